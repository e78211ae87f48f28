/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of ftfy's fix_encoding, in its order: decode the whole line from one of ten
 * encodings; else the parts that look like UTF-8; else the control characters of Latin-1. */
#include "data/text/mojibake.h"

#include "core/mem.h"
#include "data/text/badness.h"
#include "data/text/charmap.h"

#include <string.h>

/* ---- lost and altered bytes -------------------------------------------------------------- */

/* Whether `text` starts at p. */
static bool starts(const uint8_t *p, size_t left, const char *text)
{
    const size_t n = strlen(text);
    return n <= left && memcmp(p, text, n) == 0;
}

/* Whether a lone C3 before a space is the word "à", which keeps its space; Portuguese words
 * are exceptions. */
static bool is_word_a_grave(const uint8_t *p, size_t left)
{
    return starts(p, left, "\xc3 ") && !starts(p + 2, left - 2, " ") &&
           !starts(p + 2, left - 2, "quele") && !starts(p + 2, left - 2, "quela") &&
           !starts(p + 2, left - 2, "quilo") && !starts(p + 2, left - 2, "s ");
}

static bool continues(uint8_t byte) { return byte >= 0x80 && byte <= 0xbf; }

/* Length of the UTF-8 sequence at p in which a byte A0 became a space; 0 if there is none. */
static size_t spaced_sequence(const uint8_t *p, size_t left)
{
    const size_t n = *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;
    size_t spaces = 0;
    if (left < n ||
        !(strchr("\xc2\xc3\xc5\xce\xd0\xd9", *p) || (*p >= 0xe0 && *p <= 0xe3) || *p == 0xf0))
        return 0;
    for (size_t i = 1; i < n; i++) {
        spaces += p[i] == ' ';
        if (p[i] != ' ' && !continues(p[i])) return 0;
        if (n == 3 && (p[i] == 0x85 || p[i] == 0xa0)) return 0;
    }
    if (n == 3 && *p < 0xe2 && p[1] == ' ') return 0; /* unlikely scripts */
    return spaces == 1 ? n : 0;
}

/* Turns spaces that were a byte A0 of UTF-8 back into that byte. Writes at most 2n bytes and
 * returns their number. */
static size_t restore_spaces(const uint8_t *from, size_t n, uint8_t *to)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        to[count++] = from[i];
        if (is_word_a_grave(from + i, n - i)) to[count++] = 0xa0;
    }
    for (size_t i = 0; i < count;) {
        const size_t length = to[i] < 0x80 ? 0 : spaced_sequence(to + i, count - i);
        for (size_t k = 1; k < length; k++)
            if (to[i + k] == ' ') to[i + k] = 0xa0;
        i += length ? length : 1;
    }
    return count;
}

/* Whether the byte is of this kind; the kinds are those of `lossy`. */
static bool is_kind(uint8_t byte, char kind)
{
    const bool lost = byte == CHARMAP_LOST, mark = byte == '?';
    switch (kind) {
    case '2':
        return byte >= 0xc2 && byte <= 0xdf;
    case 'L':
        return byte == 0xc2 || byte == 0xc3;
    case '3':
        return byte >= 0xe0 && byte <= 0xef;
    case '4':
        return byte >= 0xf0 && byte <= 0xf4;
    case 'S':
        return byte == 0xed;
    case 'h':
        return byte >= 0xa0 && byte <= 0xaf;
    case 'l':
        return byte >= 0xb0 && byte <= 0xbf;
    case '-':
        return lost;
    case '?':
        return mark;
    case '!':
        return lost || mark;
    case 'c':
        return lost || continues(byte);
    default:
        return lost || mark || continues(byte);
    }
}

/* Length of a UTF-8 sequence at p that lost a byte (to 1A, which stands for U+FFFD, or to a
 * question mark); 0 if there is none. */
static size_t lossy_sequence(const uint8_t *p, size_t left)
{
    /* 2 3 4: the first of so many bytes, L: the first of Latin-1, S h l: surrogates, -: lost,
     * ?: a question mark, !: either, c: lost or a continuation, *: any of these. */
    static const char *const lossy[] = {"2-",  "L?",   "Sh!Sl*", "Sh*Sl!", "3!c",
                                        "3c!", "4!cc", "4c!c",   "4cc!",   "-"};
    for (size_t i = 0; i < sizeof lossy / sizeof *lossy; i++) {
        size_t n = 0;
        while (n < left && lossy[i][n] && is_kind(p[n], lossy[i][n])) n++;
        if (!lossy[i][n]) return n;
    }
    return 0;
}

/* Replaces sequences that lost a byte by U+FFFD. Writes at most 3n bytes and returns their
 * number. */
static size_t replace_lossy(const uint8_t *from, size_t n, uint8_t *to)
{
    size_t count = 0;
    for (size_t i = 0; i < n;) {
        const size_t length = lossy_sequence(from + i, n - i);
        if (length)
            count += runes_encode(0xfffd, to + count);
        else
            to[count++] = from[i];
        i += length ? length : 1;
    }
    return count;
}

/* ---- a whole line ------------------------------------------------------------------------ */

/* The rune whose two halves, each as if it were a character (CESU-8), are the six bytes at p;
 * -1 if something else is there. */
static int32_t surrogates(const uint8_t *p, size_t left)
{
    if (left < 6 || !is_kind(p[0], 'S') || !is_kind(p[1], 'h') || !continues(p[2]) ||
        !is_kind(p[3], 'S') || !is_kind(p[4], 'l') || !continues(p[5]))
        return -1;
    return 0x10000 +
           ((p[1] & 0x0f) << 16 | (p[2] & 0x3f) << 10 | (p[4] & 0x0f) << 6 | (p[5] & 0x3f));
}

/* Decodes UTF-8, and its variants for surrogates and U+0000. */
static bool decode(const uint8_t *p, size_t n, Runes *out)
{
    for (size_t i = 0, length; i < n; i += length) {
        int32_t rune = surrogates(p + i, n - i);
        length = rune >= 0 ? 6 : 2;
        if (rune < 0 && n - i >= 2 && p[i] == 0xc0 && p[i + 1] == 0x80)
            rune = 0;
        else if (rune < 0)
            length = unicode_decode((const char *)p + i, n - i, &rune);
        if (length == 0) return false;
        runes_add(out, rune);
    }
    return true;
}

/* Decodes the line's bytes in this encoding as UTF-8, and replaces the line if they are. */
static bool decode_from(Runes *line, enum Charmap map)
{
    uint8_t *bytes = mem_alloc(9 * line->count), *fixed = bytes + 3 * line->count;
    size_t n = 0;
    Runes decoded = {0};
    for (int byte; n < line->count && (byte = charmap_byte(map, line->at[n])) >= 0; n++)
        bytes[n] = (uint8_t)byte;
    bool good = n == line->count;
    if (good && map != CHARMAP_MAC_ROMAN) {
        n = restore_spaces(bytes, n, fixed);
        memcpy(bytes, fixed, n);
    }
    if (good && charmap_is_windows(map)) {
        n = replace_lossy(bytes, n, fixed);
        memcpy(bytes, fixed, n);
    }
    good = good && decode(bytes, n, &decoded);
    if (good) {
        line->count = 0;
        runes_append(line, decoded.at, decoded.count);
    }
    runes_free(&decoded);
    mem_free(bytes);
    return good;
}

static bool decode_line(Runes *line)
{
    for (int map = CHARMAP_LATIN_1; map < CHARMAPS; map++)
        if (decode_from(line, (enum Charmap)map)) return true;
    return false;
}

/* ---- parts of a line --------------------------------------------------------------------- */

/* Continuations of UTF-8 that also stand for themselves beside mojibake. */
static bool is_ordinary(int32_t rune)
{
    return (rune >= 0x2013 && rune <= 0x2015) || rune == 0x2018 || rune == 0x2019 ||
           rune == 0x201a || (rune >= 0x201c && rune <= 0x201e) || rune == 0x2022 ||
           rune == 0x2026;
}

static bool may_continue(int32_t rune) { return rune == ' ' || charmap_any(rune, 0x80, 0xbf); }

/* Length of what looks like one misread UTF-8 sequence at p; 0 if nothing does. */
static size_t misread(const int32_t *p, size_t left)
{
    size_t n = 1;
    while (n < 4 && n < left && may_continue(p[n])) n++;
    if (n >= 2 && charmap_any(*p, 0xc2, 0xdf)) return 2;
    if (n >= 3 && charmap_any(*p, 0xe0, 0xef)) return 3;
    if (n == 4 && (charmap_any(*p, 0xf0, 0xf0) || charmap_any(*p, 0xf3, 0xf3))) return 4;
    return 0;
}

/* Mends runs of sequences that look misread and bad by themselves. */
static void fix_parts(Runes *line)
{
    Runes fixed = {0};
    for (size_t i = 0, n; i < line->count; i += n ? n : 1) {
        const int32_t before = i > 0 ? line->at[i - 1] : 0;
        n = 0;
        if (is_ordinary(before) || !charmap_any(before, 0x80, 0xbf))
            for (size_t k; (k = misread(line->at + i + n, line->count - i - n)) > 0;) n += k;
        Runes part = {0};
        runes_append(&part, line->at + i, n ? n : 1);
        if (n && n < line->count) mojibake_fix(&part);
        runes_append(&fixed, part.at, part.count);
        runes_free(&part);
    }
    line->count = 0;
    runes_append(line, fixed.at, fixed.count);
    runes_free(&fixed);
}

static void fix_controls(Runes *line)
{
    for (size_t i = 0; i < line->count; i++) line->at[i] = unicode_from_1252(line->at[i]);
}

/* ---- all steps --------------------------------------------------------------------------- */

static bool is_ascii(const Runes *line)
{
    for (size_t i = 0; i < line->count; i++)
        if (line->at[i] >= 0x80) return false;
    return true;
}

static bool equal(const Runes *a, const Runes *b)
{
    return a->count == b->count &&
           (a->count == 0 || memcmp(a->at, b->at, a->count * sizeof *a->at) == 0);
}

void mojibake_fix(Runes *line)
{
    Runes before = {0};
    do {
        before.count = 0;
        runes_append(&before, line->at, line->count);
        if (is_ascii(line) || !badness_any(line->at, line->count)) break;
        if (decode_line(line)) continue;
        fix_parts(line);
        if (equal(&before, line)) fix_controls(line);
    } while (!equal(&before, line));
    runes_free(&before);
}
