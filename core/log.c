/* SPDX-License-Identifier: Apache-2.0 */
/* Messages on stderr. */
#include "core/log.h"

#include "core/printable.h"
#include "core/terminal.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

static void say(const char *prefix, const char *format, va_list args)
{
    char line[4096];
    vsnprintf(line, sizeof line, format, args);
    printable_make(line, "");
    fprintf(stderr, "%s%s%s\n", terminal_redraws() ? TERMINAL_CLEAR : "", prefix, line);
}

void log_info(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say("", format, args);
    va_end(args);
}

void log_warn(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say("warning: ", format, args);
    va_end(args);
}

void log_error(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say("error: ", format, args);
    va_end(args);
}

double log_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void log_duration(double seconds, char out[static 24])
{
    long s = seconds > 0 && seconds < 1e8 ? (long)lround(seconds) : 0;
    if (s >= 3600)
        snprintf(out, 24, "%ldh%02ldm", s / 3600, s / 60 % 60);
    else if (s >= 60)
        snprintf(out, 24, "%ldm%02lds", s / 60, s % 60);
    else
        snprintf(out, 24, "%lds", s);
}
