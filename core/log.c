/* SPDX-License-Identifier: Apache-2.0 */
/* Messages and progress on stderr. */
#include "core/log.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static void say(const char *prefix, const char *format, va_list args)
{
    char line[1024];
    vsnprintf(line, sizeof line, format, args);
    fprintf(stderr, "%s%s\n", prefix, line);
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

Progress progress_start(const char *what, int64_t total)
{
    double now = log_now();
    return (Progress){.what = what,
                      .total = total,
                      .started = now,
                      .shown = now,
                      .terminal = isatty(STDERR_FILENO) == 1};
}

static void show(const Progress *p, int64_t done, const char *extra, const char *end)
{
    double elapsed = log_now() - p->started;
    char eta[24];
    double rest = done > 0 ? elapsed / (double)done * (double)(p->total - done) : 0;
    log_duration(rest, eta);
    fprintf(stderr, "%s%s", p->terminal ? "\r\033[K" : "", p->what);
    if (p->total > 0)
        fprintf(stderr, " %ld/%ld (%.0f%%)", done, p->total,
                100.0 * (double)done / (double)p->total);
    else
        fprintf(stderr, " %ld", done);
    if (elapsed > 0) fprintf(stderr, " %.1f/s", (double)done / elapsed);
    if (p->total > done) fprintf(stderr, " ETA %s", eta);
    fprintf(stderr, "%s%s%s", extra ? " " : "", extra ? extra : "", end);
    fflush(stderr);
}

void progress_step(Progress *p, int64_t done, const char *extra)
{
    double now = log_now();
    if (now - p->shown < (p->terminal ? 0.2 : 10.0)) return;
    p->shown = now;
    show(p, done, extra, p->terminal ? "" : "\n");
}

void progress_end(Progress *p, int64_t done) { show(p, done, NULL, "\n"); }
