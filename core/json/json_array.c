/* SPDX-License-Identifier: Apache-2.0 */
/* Cuts a JSON array of objects into records and lets json_lenient parse each slice. After a
 * slice that ends early, or where something else stands than a comma between two records, the
 * next record is looked for in the bytes behind the fault: an object that starts with the same
 * key as the records before. The array is lost only if there is none and no closing bracket
 * either. */
#include "core/json/json_array.h"

#include "core/io/file_open.h"
#include "core/json/json_instead.h"
#include "core/json/json_lenient.h"
#include "core/json/json_member.h"
#include "core/json/json_scan.h"
#include "core/mem.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

enum { SEARCH_MAX = 1 << 28 }; /* bytes read again, beside four times those before a fault */

struct JsonArray {
    char *path;
    FILE *file;
    char *slice; /* the record being read */
    size_t len, room;
    int64_t line; /* of the next byte, from 1 */
    int64_t record, start;
    json_t *odd;      /* of the record (json_lenient), or NULL */
    const char *need; /* a key of every record, or NULL */
    char *
        key; /* the first key of all good records so far, at first a guess; NULL: they differ */
    bool known;     /* it is no guess */
    off_t mark;     /* where a search for the next record starts after a fault ... */
    int64_t marked; /* ... and its line */
    int64_t searched;
    const char *member; /* its key in an object, borrowed: others may follow; NULL: no object */
    bool seekable;
    bool lines;  /* JSON Lines */
    bool broken; /* the scan cannot simply go on */
    bool cut;    /* the file ends inside a record */
    bool placed; /* the file stands at a record, not at the comma before it */
    bool done, lost;
    int fault; /* errno of the machine, which cannot read on; 0: none */
};

static int next_byte(JsonArray *a)
{
    int c, tried = 0;
    while ((c = getc_unlocked(a->file)) == EOF && ferror(a->file)) {
        a->fault = errno;
        if (!file_call_again(&tried)) return EOF;
        a->fault = 0;
        clearerr(a->file);
    }
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

static int fail_to_read(const JsonArray *a, Error *err)
{
    return error_set(err, file_fault_code(a->fault), "%s: line %ld: cannot read: %s", a->path,
                     a->line, strerror(a->fault));
}

/* A zero behind the bracket is half a character of UTF-16, or less. */
static bool zero_follows(JsonArray *a)
{
    const int c = getc(a->file);
    if (c != EOF) ungetc(c, a->file);
    return c == 0;
}

static int fail_to_start(JsonArray *a, const char *wanted, int c, Error *err)
{
    char name[16];
    if (a->fault) return fail_to_read(a, err);
    const char *instead = a->seekable ? json_instead(a->path) : NULL;
    return error_set(err, ERROR_DATA, "%s: line %ld: not a JSON %s: %s%s", a->path, a->line,
                     wanted, instead ? "looks like " : "starts with ",
                     instead ? instead : byte_name(c, name));
}

/* lines_too: an object is the first of JSON Lines. */
static int expect_array(JsonArray *a, bool lines_too, Error *err)
{
    const int c = skip_byte_order_mark(a);
    a->lines = lines_too && c == '{';
    if (a->lines) ungetc(c, a->file);
    if (a->lines || (c == '[' && !zero_follows(a))) return 0;
    return fail_to_start(a, "array", c, err);
}

static int next_of(void *array) { return next_byte(array); }

static int expect_member(JsonArray *a, const char *member, Error *err)
{
    char name[16];
    int c = skip_byte_order_mark(a);
    if (c != '{' || zero_follows(a)) return fail_to_start(a, "object", c, err);
    const enum JsonMember found = json_member_find(next_of, a, c, member, &c);
    if (a->fault) return fail_to_read(a, err);
    if (found == JSON_MEMBER_NONE)
        return error_set(err, ERROR_DATA, "%s: has no \"%s\"", a->path, member);
    if (found == JSON_MEMBER_FOUND && c == '[') return 0;
    return error_set(err, ERROR_DATA, "%s: line %ld: \"%s\": expected an array, got %s",
                     a->path, a->line, member, byte_name(c, name));
}

/* member: NULL, or the key under which the array is. */
static int open_records(const char *path, const char *member, const char *need, bool lines_too,
                        JsonArray **out, Error *err)
{
    *out = NULL;
    FILE *file = file_stream(path, err);
    if (!file) return -1;
    JsonArray *a = mem_calloc(1, sizeof *a);
    a->path = mem_strdup(path);
    a->need = need;
    a->key = need ? mem_strdup(need) : NULL;
    a->file = file;
    a->seekable = fseeko(file, 0, SEEK_CUR) == 0;
    a->line = 1;
    a->member = member;
    if ((member ? expect_member(a, member, err) : expect_array(a, lines_too, err)) != 0) {
        json_array_close(a);
        return -1;
    }
    *out = a;
    return 0;
}

int json_array_open(const char *path, const char *need, JsonArray **out, Error *err)
{
    return open_records(path, NULL, need, false, out, err);
}

int json_array_open_lines(const char *path, const char *need, JsonArray **out, Error *err)
{
    return open_records(path, NULL, need, true, out, err);
}

int json_array_open_member(const char *path, const char *member, const char *need,
                           JsonArray **out, Error *err)
{
    return open_records(path, member, need, false, out, err);
}

void json_array_close(JsonArray *a)
{
    if (!a) return;
    fclose(a->file);
    json_decref(a->odd);
    mem_free(a->key);
    mem_free(a->path);
    mem_free(a->slice);
    mem_free(a);
}

/* ---- one record ------------------------------------------------------------------------- */

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
    JsonScan scan = {0};
    enum JsonScanStep step = JSON_SCAN_MORE;
    a->broken = true;
    for (; step == JSON_SCAN_MORE && a->len < JSON_ARRAY_RECORD_MAX; c = next_byte(a)) {
        a->cut = c == EOF;
        if (a->cut) return json_array_fail(a, err, "the file ends inside this record");
        append(a, c);
        step = json_scan(&scan, c);
        if (step != JSON_SCAN_MORE) break;
    }
    if (step == JSON_SCAN_MORE)
        return json_array_fail(a, err, "longer than %d MiB", JSON_ARRAY_RECORD_MAX >> 20);
    a->broken = step == JSON_SCAN_BROKEN;
    if (scan.deepest <= JSON_SCAN_DEPTH) return 0;
    return json_array_fail(a, err, "more than %d brackets inside each other", JSON_SCAN_DEPTH);
}

/* Collects true, false, null or a number, which ends before a comma or a bracket. */
static void read_literal(JsonArray *a, int c)
{
    for (; isalnum(c) || c == '-' || c == '+' || c == '.'; c = next_byte(a))
        if (a->len < JSON_ARRAY_RECORD_MAX) append(a, c);
    if (c == '\n') a->line--; /* next_byte counts it again */
    if (c != EOF) ungetc(c, a->file);
}

/* ---- the array -------------------------------------------------------------------------- */

/* Marks the byte read last, or the one `after` it, as the start of a search. */
static void mark(JsonArray *a, off_t after)
{
    a->mark = ftello(a->file) - 1 + after;
    a->marked = a->line;
}

/* A fault at the byte c, which does not belong to the record before. */
static int fail_at(JsonArray *a, int c, Error *err, const char *where)
{
    char name[16];
    mark(a, 0);
    a->broken = true;
    a->cut = c == EOF;
    return json_array_fail(a, err, "%s%s", byte_name(c, name), where);
}

/* Checks that the object of the array ends as JSON, without a second array of this key. */
static int expect_members(JsonArray *a, Error *err)
{
    char name[16];
    int c;
    const enum JsonMember found = json_member_find_next(next_of, a, a->member, &c);
    if (found == JSON_MEMBER_NONE) return 0;
    a->broken = true;
    if (found == JSON_MEMBER_FOUND)
        return error_set(err, ERROR_DATA, "%s: line %ld: a second \"%s\"", a->path, a->line,
                         a->member);
    return error_set(err, ERROR_DATA, "%s: line %ld: no JSON after \"%s\": %s", a->path,
                     a->line, a->member, byte_name(c, name));
}

/* Checks that only white space follows the closing bracket. */
static int expect_end(JsonArray *a, Error *err)
{
    char name[16];
    a->done = true;
    if (a->member && expect_members(a, err) != 0) return -1;
    int c = next_visible(a);
    if (c == EOF) return 0;
    mark(a, 0);
    a->broken = true;
    return error_set(err, ERROR_DATA, "%s: line %ld: %s after the end of the %s", a->path,
                     a->line, byte_name(c, name), a->member ? "object" : "array");
}

/* Collects the element that starts with the byte c. */
static int read_element(JsonArray *a, int c, Error *err)
{
    if (c == '{' || c == '"') return read_slice(a, c, err);
    if (isalnum(c) || c == '-') return read_literal(a, c), 0;
    fail_at(a, c, err, " instead of an object {...}");
    if (c != ']') return -1;
    a->broken = false; /* a comma before the closing bracket */
    expect_end(a, NULL);
    return -1;
}

/* Puts the next element into the slice; leaves the slice empty at the end of the array. */
static int scan_next(JsonArray *a, Error *err)
{
    int c = next_visible(a);
    a->len = 0;
    if (a->lines && c == EOF) {
        a->done = true;
        return 0;
    }
    if (!a->placed && !a->lines && c == ']') return expect_end(a, err);
    if (!a->placed && !a->lines && a->record > 0) {
        if (c != ',') return fail_at(a, c, err, " after this record instead of ',' or ']'");
        c = next_visible(a);
    }
    a->placed = false;
    a->record++;
    a->start = a->line;
    mark(a, 1);
    return read_element(a, c, err);
}

/* Keeps the first key of good records as long as all have the same. */
static void learn_key(JsonArray *a, json_t *record)
{
    const bool differ = a->known && !a->key;
    if (differ || !a->need || !json_object_get(record, a->need)) return;
    const char *key = json_object_iter_key(json_object_iter(record));
    if (!a->key || strcmp(key, a->key) != 0) {
        mem_free(a->key);
        a->key = a->known ? NULL : mem_strdup(key);
    }
    a->known = true;
}

static int parse_slice(JsonArray *a, json_t **out, Error *err)
{
    char name[16];
    json_error_t why;
    json_decref(a->odd);
    a->odd = NULL;
    if (a->slice[0] != '{')
        return json_array_fail(a, err, "%s instead of an object {...}",
                               byte_name((unsigned char)a->slice[0], name));
    *out = json_lenient(a->slice, a->len, &a->odd, &why);
    if (*out) return learn_key(a, *out), 0;
    a->broken = a->broken || a->seekable; /* a quote too many shifts the brackets */
    a->start += why.line > 0 ? why.line - 1 : 0;
    return json_array_fail(a, err, "%s", why.text);
}

static bool seek(JsonArray *a, off_t at, int64_t line)
{
    a->line = line;
    return fseeko(a->file, at, SEEK_SET) == 0;
}

/* Whether this key, or any if it is NULL, follows the `{` read last. The file then stands at
 * that bracket, otherwise behind it. */
static bool key_follows(JsonArray *a, const char *key)
{
    const off_t after = ftello(a->file);
    const int64_t line = a->line;
    bool same = next_visible(a) == '"';
    for (; same && key && *key; key++) same = next_byte(a) == (unsigned char)*key;
    if (same && key) same = next_byte(a) == '"';
    return seek(a, after - same, line) && same;
}

/* Looks for an object that starts with this key from the mark on. *last becomes the last
 * visible byte of the file if there is none. */
static bool search(JsonArray *a, const char *key, int *last)
{
    a->searched += ftello(a->file) - a->mark;
    if (a->searched > SEARCH_MAX + 4 * a->mark || !seek(a, a->mark, a->marked)) return false;
    for (int c; (c = next_visible(a)) != EOF; *last = c)
        if (c == '{' && (a->placed = key_follows(a, key))) return true;
    return false;
}

/* Looks for the next record from the mark on. Returns false if there is none and no end of the
 * array either. */
static bool find_record(JsonArray *a)
{
    int last = 0;
    const bool ended = a->done;
    a->done = false;
    if (search(a, a->key, &last)) return true;
    if (a->key && !a->known) { /* a wrong guess */
        mem_free(a->key);
        a->key = NULL;
        if (search(a, NULL, &last)) return true;
    }
    a->done = ended || ((last == ']' || a->lines) && !a->cut);
    return a->done;
}

/* Nothing is known about the record at which the machine failed, nor about those behind it. */
static int give_up(JsonArray *a, json_t **out, Error *err)
{
    json_decref(*out);
    *out = NULL;
    a->lost = true;
    return fail_to_read(a, err);
}

int json_array_next(JsonArray *a, json_t **out, Error *err)
{
    *out = NULL;
    CHECK(!a->lost, "%s: nothing can be read after record %ld", a->path, a->record);
    if (a->done) return 0;
    a->broken = a->cut = false;
    Error why = {0};
    if (scan_next(a, &why) == 0 && a->len > 0) parse_slice(a, out, &why);
    if (a->broken && !a->fault) a->lost = a->member != NULL || !find_record(a);
    return a->fault ? give_up(a, out, err) : error_move(err, &why);
}

bool json_array_lost(const JsonArray *a) { return a->lost; }

const char *json_array_odd(const JsonArray *a, const char *key)
{
    return json_string_value(json_object_get(a->odd, key));
}

int64_t json_array_record(const JsonArray *a) { return a->record; }

int64_t json_array_line(const JsonArray *a) { return a->start; }

int64_t json_array_bytes(const JsonArray *a) { return (int64_t)a->len; }

/* ---- all records or none ---------------------------------------------------------------- */

int json_array_each(const char *path, const char *need, JsonTake *take, void *to,
                    const char *remedy, Error *err)
{
    JsonArray *a;
    Error first = {0};
    int64_t bad = 0;
    if (json_array_open(path, need, &a, err) != 0) return -1;
    for (bool more = true; more && !a->lost;) {
        json_t *record;
        int status = json_array_next(a, &record, &first);
        more = status != 0 || record;
        if (record) status = take(to, a, record, &first);
        bad += status != 0;
        json_decref(record);
    }
    if (bad > 0)
        error_set(err, first.code, "%s; bad records: %ld of %ld%s; %s", first.text, bad,
                  a->record, a->lost ? ", and the rest of the file cannot be read" : "",
                  remedy);
    json_array_close(a);
    return bad > 0 ? -1 : 0;
}
