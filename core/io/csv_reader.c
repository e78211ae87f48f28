/* SPDX-License-Identifier: Apache-2.0 */
/* A window over the file that holds the record being read: a faulty one is given up after its
 * first line, and the rest of the window is read again. So one quote too many costs one record,
 * not all that follow. */
#include "core/io/csv_reader.h"

#include "core/array.h"
#include "core/io/file_open.h"
#include "core/io/first_bytes.h"
#include "core/io/text.h"
#include "core/mem.h"
#include "core/strings/utf8.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { WINDOW = 1 << 16 };

struct CsvReader {
    char *path;
    int fd;
    char *data; /* [room] */
    size_t at, len, room;
    bool ended;
    int fault; /* errno of a read that failed */
    char separator;
    int64_t next_line, next_number;
    CsvRecord record;
    Text text;     /* its fields, each with a NUL */
    size_t *start; /* [fields] of each field in it */
    int64_t start_room, field_room;
};

int csv_reader_fail(const CsvReader *r, Error *why, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return error_set(why, ERROR_DATA, "%s: record %ld (line %ld): %s", r->path,
                     r->record.number, r->record.line, text);
}

char csv_reader_separator(const CsvReader *r) { return r->separator; }

/* ---- the window -------------------------------------------------------------------------- */

static void make_room(CsvReader *r)
{
    memmove(r->data, r->data + r->at, r->len - r->at);
    r->len -= r->at;
    r->at = 0;
    if (r->len < r->room) return;
    r->room *= 2;
    r->data = mem_realloc(r->data, r->room);
}

/* Reads more after the window. Returns false at the end. */
static bool fill(CsvReader *r)
{
    ssize_t n;
    int tried = 0;
    if (r->ended) return false;
    if (r->at > 0 || r->len == r->room) make_room(r);
    do n = read(r->fd, r->data + r->len, r->room - r->len);
    while (n < 0 && file_call_again(&tried));
    r->fault = n < 0 ? errno : 0;
    r->ended = n <= 0;
    r->len += n > 0 ? (size_t)n : 0;
    return n > 0;
}

/* The byte at this distance from the start of the record; -1 past the end, or the longest
 * record. */
static int peek(CsvReader *r, size_t i)
{
    if (i > CSV_RECORD_BYTES) return -1;
    while (r->at + i >= r->len)
        if (!fill(r)) return -1;
    return (unsigned char)r->data[r->at + i];
}

/* Length of the line end there; 0 if there is none. */
static size_t line_end(CsvReader *r, size_t i)
{
    const int c = peek(r, i);
    if (c == '\r') return peek(r, i + 1) == '\n' ? 2 : 1;
    return c == '\n';
}

/* ---- fields ------------------------------------------------------------------------------ */

enum State { START, PLAIN, QUOTED, CLOSED };

typedef struct Scan {
    size_t at;
    enum State state;
    int64_t line;   /* lines of the record before this one */
    int64_t opened; /* line of the quote opened last */
    int64_t stray;  /* field in which text follows a closing quote, from 1 */
    size_t first;   /* past the first line */
    bool nul;       /* there is a NUL byte */
} Scan;

static void begin_field(CsvReader *r)
{
    CsvRecord *record = &r->record;
    r->start = array_grow(r->start, sizeof *r->start, record->fields, &r->start_room);
    r->start[record->fields++] = r->text.len;
}

static void put(CsvReader *r, int c) { text_put_bytes(&r->text, &(char){(char)c}, 1); }

static void open_quote(CsvReader *r, Scan *s)
{
    r->text.len = r->start[r->record.fields - 1]; /* blanks before it */
    s->state = QUOTED;
    s->opened = r->record.line + s->line;
}

static void take_quoted(CsvReader *r, Scan *s, int c)
{
    const size_t end = line_end(r, s->at);
    if (end) s->line++;
    if (end && !s->first) s->first = s->at + end;
    if (c == '"' && peek(r, s->at + 1) == '"')
        s->at++;
    else if (c == '"')
        s->state = CLOSED;
    if (s->state == QUOTED) put(r, c);
    if (end == 2) put(r, '\n');
    s->at += end == 2;
}

static void take_plain(CsvReader *r, Scan *s, int c)
{
    const bool blank = c == ' ' || c == '\t';
    if (c == r->separator) {
        put(r, 0);
        begin_field(r);
        s->state = START;
    } else if (c == '"' && s->state == START) {
        open_quote(r, s);
    } else if (s->state == CLOSED) {
        if (!blank && !s->stray) s->stray = r->record.fields;
    } else {
        put(r, c);
        if (!blank) s->state = PLAIN;
    }
}

/* Reads up to the line end that is outside quotes. */
static Scan scan(CsvReader *r)
{
    Scan s = {0};
    int c;
    r->text.len = 0;
    r->record.fields = 0;
    begin_field(r);
    for (; (c = peek(r, s.at)) >= 0; s.at++) {
        s.nul |= c == 0;
        if (s.state == QUOTED)
            take_quoted(r, &s, c);
        else if (line_end(r, s.at))
            break;
        else
            take_plain(r, &s, c);
    }
    put(r, 0);
    s.at += line_end(r, s.at);
    if (!s.first) s.first = s.at;
    return s;
}

/* ---- records ----------------------------------------------------------------------------- */

static int check_text(const CsvReader *r, Error *why)
{
    const CsvRecord *record = &r->record;
    for (int64_t i = 0; i < record->fields; i++) {
        const char *p = record->field[i];
        while (*p && utf8_length(p)) p += utf8_length(p);
        if (*p)
            return csv_reader_fail(r, why,
                                   "field %ld: not UTF-8 (byte 0x%02X); if the file is "
                                   "Latin-1: iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW",
                                   i + 1, (unsigned char)*p);
    }
    return 0;
}

static int check(const CsvReader *r, const Scan *s, Error *why)
{
    const CsvRecord *record = &r->record;
    if (s->at > CSV_RECORD_BYTES && s->state != QUOTED)
        return csv_reader_fail(r, why, "longer than %d bytes", CSV_RECORD_BYTES);
    if (s->state == QUOTED)
        return csv_reader_fail(r, why, "field %ld: the quote of line %ld is not closed",
                               record->fields, s->opened);
    if (s->stray)
        return csv_reader_fail(r, why,
                               "field %ld: text follows the closing quote in line %ld; a quote "
                               "in quotes is written \"\"",
                               s->stray, record->line + s->line);
    if (s->nul) return csv_reader_fail(r, why, "NUL bytes");
    return check_text(r, why);
}

static void set_fields(CsvReader *r)
{
    CsvRecord *record = &r->record;
    if (record->fields > r->field_room) {
        r->field_room = r->start_room;
        record->field =
            mem_realloc(record->field, (size_t)r->field_room * sizeof *record->field);
    }
    for (int64_t i = 0; i < record->fields; i++) record->field[i] = r->text.data + r->start[i];
}

static int read_fault(const CsvReader *r, Error *why)
{
    return error_set(why, ERROR_RUNTIME, "%s: cannot read: %s", r->path, strerror(r->fault));
}

/* Moves past the line whose start is longer than any record. */
static void skip_line(CsvReader *r)
{
    while (peek(r, 0) >= 0 && !line_end(r, 0)) r->at++;
    r->at += line_end(r, 0);
}

/* Moves past what was read, or, of a faulty record, past its first line. */
static void advance(CsvReader *r, const Scan *s, bool bad)
{
    r->at += bad ? s->first : s->at;
    if (bad && s->first > CSV_RECORD_BYTES) skip_line(r);
    r->next_line += bad ? 1 : s->line + 1;
    r->next_number++;
}

static bool is_blank(const CsvRecord *record)
{
    return record->fields == 1 && utf8_blank(record->field[0]);
}

int csv_reader_next(CsvReader *r, const CsvRecord **record, Error *why)
{
    int status;
    do {
        *record = NULL;
        if (peek(r, 0) < 0) return r->fault ? read_fault(r, why) : 0;
        r->record.line = r->next_line;
        r->record.number = r->next_number;
        const Scan s = scan(r);
        if (r->fault) return read_fault(r, why);
        set_fields(r);
        status = check(r, &s, why);
        advance(r, &s, status != 0);
        *record = status == 0 ? &r->record : NULL;
    } while (status == 0 && is_blank(&r->record));
    return status;
}

/* ---- the start of the file --------------------------------------------------------------- */

static bool starts(CsvReader *r, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (peek(r, i) != (unsigned char)bytes[i]) return false;
    return true;
}

/* Fails if the file is no text, as far as its first bytes tell. */
static int check_kind(const CsvReader *r, Error *err)
{
    const char *kind = first_bytes_name(r->data, r->len);
    if (!kind || strcmp(kind, "plain text") == 0) return 0;
    if (strncmp(kind, "UTF-16", 6) == 0)
        kind = "UTF-16 text: iconv -f UTF-16 -t UTF-8 FILE > NEW";
    if (strcmp(kind, "a zip archive") == 0)
        kind = "a workbook or another zip archive: save the sheet as CSV";
    return error_set(err, ERROR_DATA, "%s: not CSV: looks like %s", r->path, kind);
}

/* Excel's first line `sep=;`, perhaps in quotes. */
static void skip_sep_line(CsvReader *r)
{
    const size_t quote = peek(r, 0) == '"';
    const char *want = quote ? "\"sep=" : "sep=";
    if (!starts(r, want, strlen(want))) return;
    const int separator = peek(r, 4 + quote);
    const size_t end = line_end(r, 5 + 2 * quote);
    if (separator <= 0 || !end || (quote && peek(r, 6) != '"')) return;
    if (!r->separator) r->separator = (char)separator;
    r->at += 5 + 2 * quote + end;
    r->next_line++;
}

static char find_separator(CsvReader *r)
{
    bool quoted = false;
    int c;
    for (size_t i = 0; (c = peek(r, i)) >= 0 && (quoted || !line_end(r, i)); i++) {
        if (c == '"') quoted = !quoted;
        if (!quoted && c && strchr(",;\t|", c)) return (char)c;
    }
    return ',';
}

static int start(CsvReader *r, Error *err)
{
    peek(r, FIRST_BYTES);
    if (r->fault) return read_fault(r, err);
    if (check_kind(r, err) != 0) return -1;
    if (starts(r, "\xef\xbb\xbf", 3)) r->at += 3;
    skip_sep_line(r);
    if (!r->separator) r->separator = find_separator(r);
    return 0;
}

int csv_reader_open(const char *path, char separator, CsvReader **out, Error *err)
{
    const int fd = file_open(path, err);
    if (fd < 0) return -1;
    CsvReader *r = *out = mem_calloc(1, sizeof *r);
    *r = (CsvReader){.path = mem_strdup(path),
                     .fd = fd,
                     .room = WINDOW,
                     .separator = separator,
                     .next_line = 1,
                     .next_number = 1};
    r->data = mem_realloc(NULL, r->room);
    if (start(r, err) == 0) return 0;
    csv_reader_close(r);
    *out = NULL;
    return -1;
}

void csv_reader_close(CsvReader *r)
{
    if (!r) return;
    close(r->fd);
    mem_free(r->record.field);
    mem_free(r->start);
    text_free(&r->text);
    mem_free(r->data);
    mem_free(r->path);
    mem_free(r);
}
