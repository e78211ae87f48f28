/* SPDX-License-Identifier: Apache-2.0 */
/* Replaces what a terminal may take as a command. */
#include "core/printable.h"

#include "core/mem.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Neither an overlong form nor a surrogate nor above U+10FFFF. */
static bool is_strict(const unsigned char *p)
{
    return !(p[0] == 0xe0 && p[1] < 0xa0) && !(p[0] == 0xed && p[1] >= 0xa0) &&
           !(p[0] == 0xf0 && p[1] < 0x90) && !(p[0] == 0xf4 && p[1] >= 0x90);
}

/* Length of the sequence of UTF-8 at p; 0 if its bytes do not belong together. Errors and logs
 * need it below the room of core/strings/utf8.h. */
static size_t length(const unsigned char *p)
{
    const size_t n = *p < 0x80 ? 1 : *p < 0xc2 ? 0 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;
    if (*p > 0xf4) return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80) return 0;
    return is_strict(p) ? n : 0;
}

static bool is_fault(int32_t rune)
{
    return rune < 0x20 || (rune >= 0x7f && rune < 0xa0) || rune == 0x61c || rune == 0x200e ||
           rune == 0x200f || (rune >= 0x2028 && rune <= 0x202e) ||
           (rune >= 0x2066 && rune <= 0x2069);
}

size_t printable_fault(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    if (*p >= 0x20 && *p < 0x7f) return 0;
    const size_t n = length(p);
    if (!*p || n > 3) return 0;
    if (n == 0) return 1;
    const int32_t rune = n == 1   ? p[0]
                         : n == 2 ? (p[0] & 0x1f) << 6 | (p[1] & 0x3f)
                                  : (p[0] & 0x0f) << 12 | (p[1] & 0x3f) << 6 | (p[2] & 0x3f);
    return is_fault(rune) ? n : 0;
}

const char *printable_find_fault(const char *text)
{
    for (; *text; text += length((const unsigned char *)text))
        if (printable_fault(text)) return text;
    return NULL;
}

/* The characters at the beginning that are printable ASCII, of which most texts consist. */
static size_t plain(const char *text)
{
    size_t n = 0;
    while (text[n] >= 0x20 && text[n] < 0x7f) n++;
    return n;
}

void printable_make(char *text, const char *kept)
{
    char *to = text;
    for (const char *from = text; *from;) {
        const size_t rest = plain(from);
        if (rest > 0) {
            if (to != from) memmove(to, from, rest);
            from += rest, to += rest;
            continue;
        }
        const size_t fault = strchr(kept, *from) ? 0 : printable_fault(from);
        const size_t n = fault ? fault : length((const unsigned char *)from);
        if (fault)
            *to++ = '?';
        else
            memmove(to, from, n), to += n;
        from += n;
    }
    *to = 0;
}

void printable_print(const char *text)
{
    char *copy = mem_strdup(text);
    printable_make(copy, "\n\t");
    fputs(copy, stdout);
    mem_free(copy);
}
