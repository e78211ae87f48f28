/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 in C strings. */
#include "core/strings/utf8.h"

#include "core/strings/unicode.h"

#include <string.h>

enum { LONGEST = 4 }; /* bytes of a character */

/* Decodes the code point at text and returns its length in bytes; 0 if it is not UTF-8. */
static size_t decode(const char *text, int32_t *rune)
{
    size_t len = 1;
    while (len < LONGEST && text[len - 1]) len++; /* never past the NUL */
    return unicode_decode(text, len, rune);
}

size_t utf8_length(const char *text)
{
    int32_t rune;
    return decode(text, &rune);
}

int32_t utf8_next(const char **text)
{
    int32_t rune;
    const size_t n = decode(*text, &rune);
    *text += n;
    return n ? rune : -1;
}

bool utf8_valid(const char *text)
{
    while (*text)
        if (utf8_next(&text) < 0) return false;
    return true;
}

size_t utf8_space(const char *text)
{
    int32_t rune;
    const size_t n = decode(text, &rune);
    return n && unicode_class(rune) == UNICODE_SPACE ? n : 0;
}

bool utf8_blank(const char *text) { return text[utf8_indent(text)] == 0; }

static size_t invisible(const char *text)
{
    return strncmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : utf8_space(text);
}

size_t utf8_indent(const char *text)
{
    size_t all = 0;
    for (size_t n; (n = invisible(text + all)) > 0;) all += n;
    return all;
}

size_t utf8_trim(const char **text)
{
    size_t end = 0;
    *text += utf8_indent(*text);
    for (const char *p = *text; *p;) {
        const size_t n = invisible(p);
        p += n ? n : 1;
        if (!n) end = (size_t)(p - *text);
    }
    return end;
}

char *utf8_strip(char *text)
{
    const char *start = text;
    const size_t n = utf8_trim(&start);
    text += start - text;
    text[n] = 0;
    return text;
}

void utf8_collapse(char *text)
{
    char *out = text;
    bool gap = false;
    for (const char *p = text; *p;) {
        const size_t n = utf8_space(p);
        if (n > 0) {
            gap = out > text;
            p += n;
            continue;
        }
        if (gap) *out++ = ' ';
        gap = false;
        *out++ = *p++;
    }
    *out = 0;
}

bool utf8_starts(char byte) { return ((unsigned char)byte & 0xc0) != 0x80; }

size_t utf8_cut(const char *text, size_t len, size_t max)
{
    if (len <= max) return len;
    size_t n = max;
    while (n > 0 && !utf8_starts(text[n])) n--;
    return n;
}
