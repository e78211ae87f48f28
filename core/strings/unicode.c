/* SPDX-License-Identifier: Apache-2.0 */
/* Code points and their properties from utf8proc, with shortcuts for ASCII. */
#include "core/strings/unicode.h"

#include "core/error.h"
#include "core/mem.h"

#include <string.h>

#include <utf8proc.h>

enum { DECOMPOSITION_MAX = 32 }; /* the longest decomposition of one rune has 18 */

void runes_free(Runes *r)
{
    mem_free(r->at);
    *r = (Runes){0};
}

static void reserve(Runes *r, size_t more)
{
    if (r->room - r->count >= more) return;
    r->room = 2 * r->room + more;
    r->at = mem_realloc(r->at, r->room * sizeof *r->at);
}

void runes_add(Runes *r, int32_t rune)
{
    reserve(r, 1);
    r->at[r->count++] = rune;
}

void runes_append(Runes *r, const int32_t *from, size_t count)
{
    if (count == 0) return;
    reserve(r, count);
    memcpy(r->at + r->count, from, count * sizeof *from);
    r->count += count;
}

size_t unicode_decode(const char *text, size_t len, int32_t *rune)
{
    const uint8_t *p = (const uint8_t *)text;
    if (len == 0) return 0;
    *rune = *p;
    if (*p < 0x80) return 1;
    const utf8proc_ssize_t n = utf8proc_iterate(p, (utf8proc_ssize_t)len, rune);
    return n > 0 ? (size_t)n : 0;
}

size_t unicode_fit(const char *text, int columns)
{
    const size_t len = strlen(text);
    size_t at = 0;
    for (int32_t rune; at < len;) {
        const size_t n = unicode_decode(text + at, len - at, &rune);
        columns -= n > 0 ? utf8proc_charwidth(rune) : 1;
        if (columns < 0) break;
        at += n > 0 ? n : 1;
    }
    return at;
}

size_t runes_decode(Runes *r, const char *text, size_t len)
{
    size_t done = 0;
    if (len == 0) return 0;
    reserve(r, len);
    for (size_t n; (n = unicode_decode(text + done, len - done, &r->at[r->count])) > 0;) {
        r->count++;
        done += n;
    }
    return done;
}

size_t runes_encode(int32_t rune, uint8_t *out)
{
    if (rune >= 0x80) return (size_t)utf8proc_encode_char(rune, out);
    *out = (uint8_t)rune;
    return 1;
}

static enum UnicodeClass class_of_ascii(int32_t c)
{
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return UNICODE_LETTER;
    if (c >= '0' && c <= '9') return UNICODE_NUMBER;
    if (c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f)) return UNICODE_SPACE;
    return UNICODE_OTHER;
}

enum UnicodeClass unicode_class(int32_t rune)
{
    if (rune < 0x80) return class_of_ascii(rune);
    switch (utf8proc_category(rune)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
        return UNICODE_LETTER;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        return UNICODE_NUMBER;
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return UNICODE_SPACE;
    default:
        return rune == 0x85 ? UNICODE_SPACE : UNICODE_OTHER;
    }
}

bool unicode_is_digit(int32_t rune) { return utf8proc_category(rune) == UTF8PROC_CATEGORY_ND; }

int32_t unicode_upper(int32_t rune) { return utf8proc_toupper(rune); }

/* Code points of the bytes 0x80 to 0x9f; 0: not defined. */
static const uint16_t windows_1252[32] = {
    0x20ac, 0,      0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021, 0x2c6,  0x2030, 0x160,
    0x2039, 0x152,  0,      0x17d,  0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x2dc,  0x2122, 0x161,  0x203a, 0x153,  0,      0x17e,  0x178};

int32_t unicode_from_1252(int32_t rune)
{
    const bool control = rune >= 0x80 && rune <= 0x9f;
    return control && windows_1252[rune - 0x80] ? windows_1252[rune - 0x80] : rune;
}

/* Unicode's Case_Ignorable: marks, modifiers, format characters and punctuation inside
 * words. */
static bool case_ignorable(int32_t rune)
{
    static const int32_t punctuation[] = {'\'',   '.',    ':',    0xb7,   0x387,  0x55f,
                                          0x5f4,  0x2018, 0x2019, 0x2024, 0x2027, 0xfe13,
                                          0xfe52, 0xfe55, 0xff07, 0xff0e, 0xff1a};
    switch (utf8proc_category(rune)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_SK:
        return true;
    default:
        break;
    }
    for (size_t i = 0; i < sizeof punctuation / sizeof *punctuation; i++)
        if (rune == punctuation[i]) return true;
    return false;
}

/* Unicode's Cased, for runes that are not case-ignorable: letters with a case, runes with a
 * partner in the other case, and the few that only the standard's list calls cased. */
static bool cased(int32_t rune)
{
    switch (utf8proc_category(rune)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
        return true;
    default:
        break;
    }
    if (utf8proc_tolower(rune) != rune || utf8proc_toupper(rune) != rune) return true;
    return rune == 0xaa || rune == 0xba ||         /* ordinal indicators */
           (rune >= 0x1f130 && rune <= 0x1f149) || /* squared, ... */
           (rune >= 0x1f150 && rune <= 0x1f169) || /* negative circled and ... */
           (rune >= 0x1f170 && rune <= 0x1f189);   /* negative squared capitals */
}

/* Unicode's Final_Sigma: a cased rune before, no cased rune after, case-ignorable runes
 * skipped. */
static bool ends_word(const Runes *r, size_t sigma)
{
    size_t before = sigma, after = sigma + 1;
    while (before > 0 && case_ignorable(r->at[before - 1])) before--;
    if (before == 0 || !cased(r->at[before - 1])) return false;
    while (after < r->count && case_ignorable(r->at[after])) after++;
    return after == r->count || !cased(r->at[after]);
}

void unicode_lower(const Runes *r, Runes *out)
{
    reserve(out, r->count);
    for (size_t i = 0; i < r->count; i++) {
        const int32_t rune = r->at[i];
        if (rune < 0x80) {
            runes_add(out, rune >= 'A' && rune <= 'Z' ? rune - 'A' + 'a' : rune);
        } else if (rune == 0x130) { /* I with a dot becomes i and a combining dot */
            runes_add(out, 'i');
            runes_add(out, 0x307);
        } else if (rune == 0x3a3) {
            runes_add(out, ends_word(r, i) ? 0x3c2 : 0x3c3);
        } else {
            runes_add(out, utf8proc_tolower(rune));
        }
    }
}

/* Whether all runes are below U+0300 and therefore composed already. */
static bool needs_no_composing(const Runes *r)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->at[i] >= 0x300) return false;
    return true;
}

void unicode_compose(Runes *r)
{
    if (needs_no_composing(r)) return;
    const utf8proc_option_t form = UTF8PROC_COMPOSE | UTF8PROC_STABLE;
    uint8_t *text = mem_alloc(4 * r->count);
    size_t len = 0;
    for (size_t i = 0; i < r->count; i++) len += runes_encode(r->at[i], text + len);
    const utf8proc_ssize_t need =
        utf8proc_decompose(text, (utf8proc_ssize_t)len, NULL, 0, form);
    CHECK(need >= 0, "%s", utf8proc_errmsg(need));
    r->count = 0;
    reserve(r, (size_t)need);
    utf8proc_decompose(text, (utf8proc_ssize_t)len, r->at, need, form);
    r->count = (size_t)utf8proc_normalize_utf32(r->at, need, form);
    mem_free(text);
}

void unicode_decompose(int32_t rune, Runes *out)
{
    utf8proc_int32_t part[DECOMPOSITION_MAX];
    int boundary = 0;
    const utf8proc_ssize_t n = utf8proc_decompose_char(
        rune, part, DECOMPOSITION_MAX, UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT, &boundary);
    CHECK(n >= 0 && n <= DECOMPOSITION_MAX, "U+%04X: %ld parts", (unsigned)rune, n);
    runes_append(out, part, (size_t)n);
}
