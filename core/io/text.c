/* SPDX-License-Identifier: Apache-2.0 */
/* A string buffer that grows. */
#include "core/io/text.h"

#include "core/io/file.h"
#include "core/mem.h"
#include "core/printable.h"
#include "core/strings/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void text_free(Text *t)
{
    mem_free(t->data);
    *t = (Text){0};
}

/* Makes room for n more bytes and a NUL. */
static void reserve(Text *t, size_t n)
{
    if (t->room > t->len + n) return;
    t->room = 2 * t->room + n + 256;
    t->data = mem_realloc(t->data, t->room);
}

void text_put_bytes(Text *t, const char *bytes, size_t n)
{
    reserve(t, n);
    memcpy(t->data + t->len, bytes, n);
    t->data[t->len += n] = 0;
}

void text_put(Text *t, const char *string) { text_put_bytes(t, string, strlen(string)); }

/* Printed a second time only if the first had too little room. */
void text_add(Text *t, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    reserve(t, 1);
    const size_t room = t->room - t->len;
    const int n = vsnprintf(t->data + t->len, room, format, args);
    va_end(args);
    CHECK(n >= 0, "bad format %s", format);
    if ((size_t)n >= room) {
        reserve(t, (size_t)n);
        vsnprintf(t->data + t->len, (size_t)n + 1, format, again);
    }
    va_end(again);
    t->len += (size_t)n;
}

static const char replacement[] = "\xef\xbf\xbd";

/* Copies one character, or the replacement character; returns the number of bytes consumed. */
static size_t put_character(Text *t, const char *p)
{
    const size_t n = utf8_length(p);
    if (n)
        text_put_bytes(t, p, n);
    else
        text_put(t, replacement);
    return n ? n : 1;
}

void text_put_valid(Text *t, const char *string)
{
    for (const char *p = string; *p;) p += put_character(t, p);
}

void text_put_name(Text *t, const char *name)
{
    const size_t start = t->len;
    text_put(t, name);
    printable_make(t->data + start, "");
    t->len = start + strlen(t->data + start);
}

void text_csv(Text *t, const char *field)
{
    const char *start = field;
    const bool whole = utf8_trim(&start) == strlen(field);
    if (whole && !field[strcspn(field, ",\"\r\n")]) {
        text_put(t, field);
        return;
    }
    text_put(t, "\"");
    for (const char *p = field; *p; p++)
        text_put_bytes(t, *p == '"' ? "\"\"" : p, *p == '"' ? 2 : 1);
    text_put(t, "\"");
}

static const char *html_escape(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    case '\n':
    case '\t':
        return " ";
    default:
        return NULL;
    }
}

void text_html(Text *t, const char *string)
{
    for (const char *p = string; *p;) {
        const char *escape = html_escape(*p);
        const size_t fault = escape ? 1 : printable_fault(p);
        if (fault) {
            text_put(t, escape ? escape : replacement);
            p += fault;
        } else {
            p += put_character(t, p);
        }
    }
}

int text_write(const Text *t, const char *path, Error *err)
{
    return file_write(path, t->data ? t->data : "", t->len, err);
}

int text_write_in(const char *folder, const char *name, const char *string, Error *err)
{
    char *path = file_join(folder, name);
    const int status = file_write(path, string, strlen(string), err);
    mem_free(path);
    return status;
}
