/* SPDX-License-Identifier: Apache-2.0 */
/* Cuts text into words. The text is first brought into one spelling as runes; marks are then
 * looked at one by one. */
#include "data/text/words.h"

#include "core/array.h"
#include "core/mem.h"
#include "core/strings/unicode.h"

#include <string.h>

enum { MARK = '.', APOSTROPHE = '\'', HYPHEN = '-' };

/* The word under construction and what stood before it. */
typedef struct Cutter {
    Words *out;
    const int32_t *rune;
    size_t count;
    bool open, breaks, joined;
} Cutter;

void words_free(Words *w)
{
    text_free(&w->text);
    mem_free(w->word);
    *w = (Words){0};
}

/* ---- one spelling ------------------------------------------------------------------------ */

static bool is_accent(int32_t rune) { return rune >= 0x300 && rune <= 0x36f; }

/* Apostrophes and hyphens of typography become those of ASCII. */
static int32_t plain(int32_t rune)
{
    if (rune == 0x2019 || rune == 0x2018 || rune == 0x2bc || rune == 0x60 || rune == 0xb4)
        return APOSTROPHE;
    if (rune == 0x2010 || rune == 0x2011 || rune == 0xad) return HYPHEN;
    return rune;
}

static void add_plain(Runes *out, int32_t rune)
{
    const int32_t p = plain(rune);
    if (p != rune || p < 0x80) {
        runes_add(out, p);
        return;
    }
    const size_t start = out->count;
    size_t kept = start;
    unicode_decompose(rune, out);
    for (size_t i = start; i < out->count; i++)
        if (!is_accent(out->at[i])) out->at[kept++] = out->at[i];
    out->count = kept;
}

/* Decodes the text; a byte that is not UTF-8 becomes a mark. */
static void decode(const char *text, Runes *out)
{
    size_t left = strlen(text);
    while (left > 0) {
        const size_t n = runes_decode(out, text, left);
        text += n;
        left -= n;
        if (left == 0) break;
        runes_add(out, MARK);
        text++;
        left--;
    }
}

/* Decomposing comes first: it can yield capitals. */
static Runes spell(const char *text)
{
    Runes given = {0}, apart = {0}, out = {0};
    decode(text, &given);
    for (size_t i = 0; i < given.count; i++) add_plain(&apart, given.at[i]);
    unicode_lower(&apart, &out);
    runes_free(&apart);
    runes_free(&given);
    return out;
}

/* ---- words ------------------------------------------------------------------------------- */

static bool of_word(int32_t rune)
{
    const enum UnicodeClass class = unicode_class(rune);
    return class == UNICODE_LETTER || class == UNICODE_NUMBER;
}

/* Han, Hiragana and Katakana: written without spaces. */
static bool stands_alone(int32_t rune)
{
    return (rune >= 0x3040 && rune <= 0x30ff) || (rune >= 0x3400 && rune <= 0x9fff) ||
           (rune >= 0xf900 && rune <= 0xfaff) || (rune >= 0x20000 && rune <= 0x3ffff);
}

static void begin(Cutter *c)
{
    Words *w = c->out;
    if (c->open) return;
    w->word = array_grow(w->word, sizeof *w->word, w->count, &w->room);
    w->word[w->count++] = (Word){w->text.len, 0, c->breaks, c->joined, false};
    c->open = true;
    c->breaks = c->joined = false;
}

static void end(Cutter *c)
{
    Words *w = c->out;
    if (!c->open) return;
    w->word[w->count - 1].len = w->text.len - w->word[w->count - 1].at;
    text_put_bytes(&w->text, "", 1);
    c->open = false;
}

static void add(Cutter *c, int32_t rune)
{
    uint8_t bytes[4];
    const size_t n = runes_encode(rune, bytes);
    begin(c);
    text_put_bytes(&c->out->text, (const char *)bytes, n);
}

static int32_t at(const Cutter *c, size_t i) { return i < c->count ? c->rune[i] : 0; }

/* Length of the clitic at i, after an apostrophe: s, t, d, m, re, ve, ll; 0: none. */
static size_t clitic(const Cutter *c, size_t i)
{
    static const char two[][3] = {"re", "ve", "ll"};
    if (at(c, i) && strchr("stdm", (int)(at(c, i) & 0x7f)) && at(c, i) < 0x80 &&
        !of_word(at(c, i + 1)))
        return 1;
    for (size_t k = 0; k < 3; k++)
        if (at(c, i) == two[k][0] && at(c, i + 1) == two[k][1] && !of_word(at(c, i + 2)))
            return 2;
    return 0;
}

/* Replaces the open word by `not`. */
static void negate(Cutter *c)
{
    Words *w = c->out;
    w->text.len = w->word[w->count - 1].at;
    text_put(&w->text, "not");
}

/* At an apostrophe. Returns how many runes are done. */
static size_t take_apostrophe(Cutter *c, size_t i)
{
    const size_t n = c->open ? clitic(c, i + 1) : 0;
    if (n > 0) {
        if (at(c, i + 1) == 't' && at(c, i - 1) == 'n') negate(c);
        end(c);
        return 1 + n;
    }
    if (c->open && of_word(at(c, i + 1)) &&
        unicode_class(at(c, i - 1)) == unicode_class(at(c, i + 1)))
        return 1; /* o'clock */
    end(c);
    return 1;
}

static bool is_digit(int32_t rune) { return rune >= '0' && rune <= '9'; }

/* At a rune that is no letter, digit or space. Returns how many runes are done. */
static size_t take_mark(Cutter *c, size_t i)
{
    const int32_t rune = at(c, i);
    const bool inside = c->open && of_word(at(c, i + 1));
    if (rune == APOSTROPHE) return take_apostrophe(c, i);
    if ((rune == ',' || rune == '.') && c->open && is_digit(at(c, i - 1)) &&
        is_digit(at(c, i + 1))) {
        add(c, rune);
        return 1;
    }
    end(c);
    if (rune == '&') {
        add(c, 'a'), add(c, 'n'), add(c, 'd');
        end(c);
    } else if (rune == HYPHEN && inside) {
        c->joined = true;
    } else if (rune != '_' && !(rune == HYPHEN && of_word(at(c, i + 1)))) {
        c->breaks = true;
    }
    return 1;
}

/* Length of an address (x@y, http://x, www.x) at i, where a run of visible runes begins; 0:
 * none is there. */
static size_t address(const Cutter *c, size_t i)
{
    bool found =
        at(c, i) == 'w' && at(c, i + 1) == 'w' && at(c, i + 2) == 'w' && at(c, i + 3) == '.';
    size_t n = 0;
    for (; i + n < c->count && unicode_class(at(c, i + n)) != UNICODE_SPACE; n++) {
        const bool between = n > 0 && of_word(at(c, i + n - 1));
        found = found || (between && at(c, i + n) == '@' && of_word(at(c, i + n + 1))) ||
                (between && at(c, i + n) == ':' && at(c, i + n + 1) == '/' &&
                 at(c, i + n + 2) == '/');
    }
    return found ? n : 0;
}

static size_t take(Cutter *c, size_t i)
{
    const int32_t rune = at(c, i);
    const bool first = i == 0 || unicode_class(at(c, i - 1)) == UNICODE_SPACE;
    const size_t skipped = first ? address(c, i) : 0;
    if (skipped) {
        c->breaks = true;
        return skipped;
    }
    if (stands_alone(rune)) {
        end(c);
        add(c, rune);
        end(c);
        return 1;
    }
    if (of_word(rune)) {
        if (c->open && of_word(at(c, i - 1)) &&
            unicode_class(rune) != unicode_class(at(c, i - 1))) {
            end(c);
            c->joined = true;
        }
        add(c, rune);
        return 1;
    }
    if (unicode_class(rune) != UNICODE_SPACE) return take_mark(c, i);
    end(c);
    c->joined = false;
    return 1;
}

void words_split(const char *text, Words *w)
{
    Runes spelled = spell(text);
    w->text.len = 0;
    w->count = 0;
    Cutter c = {.out = w, .rune = spelled.at, .count = spelled.count};
    for (size_t i = 0; i < c.count;) i += take(&c, i);
    end(&c);
    runes_free(&spelled);
}
