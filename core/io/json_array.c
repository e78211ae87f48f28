/* SPDX-License-Identifier: Apache-2.0 */
/* Cuts a JSON array of objects into records by counting brackets outside strings, and lets
 * jansson parse each slice. A slice ends early where it cannot be JSON (a bracket of the wrong
 * kind, a line end inside a string), so that one broken record does not swallow the file. The
 * array is lost where the scan itself fails: no comma after a record, a record without an
 * end. */
#include "core/io/json_array.h"

#include "core/mem.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct JsonArray {
    char *path;
    FILE *file;
    char *slice; /* the record being read */
    size_t len, room;
    int64_t line; /* of the next byte, from 1 */
    int64_t record, start;
    bool done, lost;
};

/* State of the scan of one record. */
typedef struct Scan {
    bool in_string, escaped;
    int depth;
    bool square[JSON_ARRAY_DEPTH]; /* whether open bracket i is `[` */
} Scan;

enum ScanStep { SCAN_MORE, SCAN_END, SCAN_TOO_DEEP };

static int next_byte(JsonArray *a)
{
    int c = getc(a->file);
    if (c == '\n') a->line++;
    return c;
}

static int next_visible(JsonArray *a)
{
    int c;
    do c = next_byte(a);
    while (c == ' ' || c == '\t' || c == '\n' || c == '\r');
    return c;
}

/* Names a byte in messages: "'x'", "byte 0x07" or "the end of the file". */
static const char *byte_name(int c, char out[static 16])
{
    if (c == EOF) return "the end of the file";
    snprintf(out, 16, c > 0x20 && c < 0x7f ? "'%c'" : "byte 0x%02x", c);
    return out;
}

int json_array_fail(const JsonArray *a, Error *err, const char *format, ...)
{
    char why[600];
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    return error_set(err, ERROR_DATA, "%s: record %ld (line %ld): %s", a->path, a->record,
                     a->start, why);
}

static int skip_byte_order_mark(JsonArray *a)
{
    int c = next_visible(a);
    if (c != 0xef) return c;
    return next_byte(a) == 0xbb && next_byte(a) == 0xbf ? next_visible(a) : 0xef;
}

static int expect_array(JsonArray *a, Error *err)
{
    char name[16];
    int c = skip_byte_order_mark(a);
    if (c == '[') return 0;
    if (c == EOF && ferror(a->file))
        return error_set(err, ERROR_DATA, "%s: cannot read: %s", a->path, strerror(errno));
    return error_set(err, ERROR_DATA, "%s: line %ld: not a JSON array: starts with %s", a->path,
                     a->line, byte_name(c, name));
}

int json_array_open(const char *path, JsonArray **out, Error *err)
{
    *out = NULL;
    FILE *file = fopen(path, "rb");
    if (!file) return error_set(err, ERROR_DATA, "%s: cannot open: %s", path, strerror(errno));
    JsonArray *a = mem_calloc(1, sizeof *a);
    a->path = mem_strdup(path);
    a->file = file;
    a->line = 1;
    if (expect_array(a, err) != 0) {
        json_array_close(a);
        return -1;
    }
    *out = a;
    return 0;
}

void json_array_close(JsonArray *a)
{
    if (!a) return;
    fclose(a->file);
    mem_free(a->path);
    mem_free(a->slice);
    mem_free(a);
}

static enum ScanStep scan_string(Scan *s, int c)
{
    if (c == '\n') return SCAN_END;
    if (s->escaped)
        s->escaped = false;
    else if (c == '\\')
        s->escaped = true;
    else if (c == '"')
        s->in_string = false;
    return s->in_string || s->depth > 0 ? SCAN_MORE : SCAN_END;
}

static enum ScanStep scan_byte(Scan *s, int c)
{
    if (s->in_string) return scan_string(s, c);
    s->in_string = c == '"';
    if (c == '{' || c == '[') {
        if (s->depth == JSON_ARRAY_DEPTH) return SCAN_TOO_DEEP;
        s->square[s->depth++] = c == '[';
    }
    if (c == '}' || c == ']') {
        s->depth--;
        if (s->square[s->depth] != (c == ']')) return SCAN_END;
    }
    return s->in_string || s->depth > 0 ? SCAN_MORE : SCAN_END;
}

static void append(JsonArray *a, int c)
{
    if (a->len == a->room) {
        a->room = a->room ? a->room * 2 : 4096;
        a->slice = mem_realloc(a->slice, a->room);
    }
    a->slice[a->len++] = (char)c;
}

/* Collects the slice that starts with the byte c. */
static int read_slice(JsonArray *a, int c, Error *err)
{
    Scan scan = {0};
    for (;; c = next_byte(a)) {
        if (c == EOF) return json_array_fail(a, err, "the file ends inside this record");
        if (a->len == JSON_ARRAY_RECORD_MAX)
            return json_array_fail(a, err, "longer than %d MiB", JSON_ARRAY_RECORD_MAX >> 20);
        append(a, c);
        enum ScanStep step = scan_byte(&scan, c);
        if (step == SCAN_TOO_DEEP)
            return json_array_fail(a, err, "more than %d brackets inside each other",
                                   JSON_ARRAY_DEPTH);
        if (step == SCAN_END) return 0;
    }
}

/* Checks that only white space follows the closing bracket. */
static int expect_end(JsonArray *a, Error *err)
{
    char name[16];
    a->done = true;
    int c = next_visible(a);
    if (c == EOF) return 0;
    return error_set(err, ERROR_DATA, "%s: line %ld: %s after the end of the array", a->path,
                     a->line, byte_name(c, name));
}

/* Collects true, false, null or a number, which ends before a comma or a bracket. */
static void read_literal(JsonArray *a, int c)
{
    for (; isalnum(c) || c == '-' || c == '+' || c == '.'; c = next_byte(a))
        if (a->len < JSON_ARRAY_RECORD_MAX) append(a, c);
    if (c == '\n') a->line--; /* next_byte counts it again */
    if (c != EOF) ungetc(c, a->file);
}

/* Collects the element that starts with the byte c. */
static int read_element(JsonArray *a, int c, Error *err)
{
    char name[16];
    a->len = 0;
    if (c == '{') return read_slice(a, c, err);
    if ((c == '[' || c == '"') && read_slice(a, c, NULL) == 0) return 0;
    if (isalnum(c) || c == '-') return read_literal(a, c), 0;
    if (c != ']')
        return json_array_fail(a, err, "%s instead of an object {...}", byte_name(c, name));
    append(a, c); /* a comma before the closing bracket */
    return expect_end(a, err);
}

/* Puts the next element into the slice; leaves the slice empty at the end of the array. */
static int scan_next(JsonArray *a, Error *err)
{
    char name[16];
    int c = next_visible(a);
    a->len = 0;
    if (c == ']') return expect_end(a, err);
    if (a->record > 0) {
        if (c != ',')
            return json_array_fail(a, err, "%s after this record instead of ',' or ']'",
                                   byte_name(c, name));
        c = next_visible(a);
    }
    a->record++;
    a->start = a->line;
    return read_element(a, c, err);
}

static int parse_slice(JsonArray *a, json_t **out, Error *err)
{
    char name[16];
    json_error_t why;
    if (a->slice[0] != '{')
        return json_array_fail(a, err, "%s instead of an object {...}",
                               byte_name((unsigned char)a->slice[0], name));
    *out = json_loadb(a->slice, a->len, JSON_REJECT_DUPLICATES, &why);
    if (*out) return 0;
    a->start += why.line > 0 ? why.line - 1 : 0;
    return json_array_fail(a, err, "%s", why.text);
}

int json_array_next(JsonArray *a, json_t **out, Error *err)
{
    *out = NULL;
    CHECK(!a->lost, "%s: nothing can be read after record %ld", a->path, a->record);
    if (a->done) return 0;
    a->lost = scan_next(a, err) != 0;
    if (a->lost) return -1;
    return a->len > 0 ? parse_slice(a, out, err) : 0;
}

bool json_array_lost(const JsonArray *a) { return a->lost; }

int64_t json_array_record(const JsonArray *a) { return a->record; }

int64_t json_array_line(const JsonArray *a) { return a->start; }
