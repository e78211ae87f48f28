/* SPDX-License-Identifier: Apache-2.0 */
/* Error values and failed CHECKs. */
#include "core/error.h"

#include "core/mem.h"
#include "core/printable.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All code prints int64_t with "%ld" and no cast. */
_Static_assert(_Generic((int64_t)0, long : 1, default : 0), "int64_t is long");

/* Of a text that is too long, the middle is left out: `why` stands at its end. */
static void keep_ends(char *out, size_t room, const char *text, size_t len)
{
    static const char gap[] = " ... ";
    const size_t half = (room - sizeof gap) / 2;
    memcpy(out, text, half);
    memcpy(out + half, gap, sizeof gap - 1);
    memcpy(out + half + sizeof gap - 1, text + len - half, half + 1);
}

static void set_text(Error *err, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    const int n = vsnprintf(err->text, sizeof err->text, format, args);
    if (n >= (int)sizeof err->text) {
        char *all = mem_alloc((size_t)n + 1);
        vsnprintf(all, (size_t)n + 1, format, again);
        keep_ends(err->text, sizeof err->text, all, (size_t)n);
        mem_free(all);
    }
    va_end(again);
    printable_make(err->text, "");
}

int error_set(Error *err, int code, const char *format, ...)
{
    if (!err || err->code) return -1;
    va_list args;
    va_start(args, format);
    set_text(err, format, args);
    va_end(args);
    err->code = code;
    return -1;
}

static void set_pair(Error *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set_text(err, format, args);
    va_end(args);
}

int error_move_as(Error *err, const Error *from, int code)
{
    if (!from->code) return 0;
    return error_set(err, from->code == ERROR_DATA ? code : from->code, "%s", from->text);
}

int error_move(Error *err, const Error *from) { return error_move_as(err, from, ERROR_DATA); }

int error_prefix(Error *err, const char *format, ...)
{
    if (!err) return -1;
    const Error old = *err;
    va_list args;
    va_start(args, format);
    set_text(err, format, args);
    va_end(args);
    const Error prefix = *err;
    set_pair(err, "%s: %s", prefix.text, old.text);
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
