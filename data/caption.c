/* SPDX-License-Identifier: Apache-2.0 */
/* Caption cleaning as the reference does it before tokenizing (ram/data/utils.py:
 * pre_caption). */
#include "data/caption.h"

#include "core/mem.h"
#include "core/strings/unicode.h"

#include <stdbool.h>
#include <string.h>

enum { CAPTION_WORDS = 30 };

/* Marks become blanks. */
static int32_t plain(int32_t rune)
{
    return rune > 0 && rune < 0x80 && strchr(".!\"()*#:;~", rune) ? ' ' : rune;
}

/* Number of white-space characters at p; marks count as such. */
static size_t spaces(const int32_t *p, size_t left)
{
    size_t n = 0;
    while (n < left && unicode_class(plain(p[n])) == UNICODE_SPACE) n++;
    return n;
}

/* Whether n white-space characters at p separate words: a blank does, and so do two of any
 * kind; a lone tab or line end is a part of a word, except for a line end at the end. */
static bool separates(const int32_t *p, size_t n, size_t left)
{
    return n > 1 || (n == 1 && (plain(*p) == ' ' || (*p == '\n' && left == 1)));
}

/* Writes the words of the lower-cased caption, separated by one blank; returns the end. */
static uint8_t *put_words(const Runes *r, uint8_t *out)
{
    bool in_word = false;
    int words = 0;
    for (size_t i = 0; i < r->count;) {
        const size_t n = spaces(r->at + i, r->count - i);
        if (separates(r->at + i, n, r->count - i)) {
            in_word = false;
            i += n;
            continue;
        }
        if (!in_word && words++ == CAPTION_WORDS) break;
        if (!in_word && words > 1) *out++ = ' ';
        in_word = true;
        out += runes_encode(r->at[i++], out);
    }
    return out;
}

char *caption_clean(const char *raw)
{
    Runes given = {0}, lower = {0};
    runes_decode(&given, raw, strlen(raw));
    unicode_lower(&given, &lower);
    char *clean = mem_alloc(4 * lower.count + 1);
    *put_words(&lower, (uint8_t *)clean) = 0;
    runes_free(&lower);
    runes_free(&given);
    return clean;
}
