/* SPDX-License-Identifier: Apache-2.0 */
/* Error values and failed CHECKs. */
#include "core/error.h"

#include "core/printable.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All code prints int64_t with "%ld" and no cast. */
_Static_assert(_Generic((int64_t)0, long : 1, default : 0), "int64_t is long");

int error_set(Error *err, int code, const char *format, ...)
{
    if (!err || err->code) return -1;
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    printable_make(err->text, "");
    err->code = code;
    return -1;
}

int error_move(Error *err, const Error *from)
{
    return from->code ? error_set(err, from->code, "%s", from->text) : 0;
}

int error_prefix(Error *err, const char *format, ...)
{
    if (!err) return -1;
    char old[sizeof err->text];
    memcpy(old, err->text, sizeof old);
    va_list args;
    va_start(args, format);
    int n = vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    if (n >= 0 && (size_t)n < sizeof err->text)
        snprintf(err->text + n, sizeof err->text - (size_t)n, ": %s", old);
    printable_make(err->text, "");
    return -1;
}

void error_check_failed(const char *file, int line, const char *condition, const char *format,
                        ...)
{
    fprintf(stderr, "%s:%d: bug: %s: ", file, line, condition);
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    abort();
}
