/* SPDX-License-Identifier: Apache-2.0 */
/* The fixes of ftfy, in ftfy's order; data/text/repair.h lists them. */
#include "data/text/repair.h"

#include "data/text/html.h"
#include "data/text/mojibake.h"

#include <string.h>

/* Each round undoes one layer (`&amp;amp;`, mojibake of mojibake); ftfy itself has no limit. */
enum { MAX_ROUNDS = 64, ESCAPE = 0x1b, LONG_S = 0x17f };

static bool is_wide(int32_t c) { return c == 0x3000 || (c >= 0xff01 && c <= 0xffef); }

static bool is_ligature(int32_t c)
{
    return c == 0x132 || c == 0x133 || (c >= 0x1c4 && c <= 0x1cc) ||
           (c >= 0x1f1 && c <= 0x1f3) || (c >= 0xfb00 && c <= 0xfb06);
}

static int32_t uncurled(int32_t c)
{
    if (c == 0x2bc || (c >= 0x2018 && c <= 0x201b)) return '\'';
    return c >= 0x201c && c <= 0x201f ? '"' : c;
}

/* Appends c, or the plain characters that replace it. */
static void add_plain(Runes *out, int32_t c)
{
    if (c == 0x149) { /* the Afrikaans article: an apostrophe and n */
        runes_add(out, '\'');
        runes_add(out, 'n');
    } else if (c == 0xfb05) { /* long s and t */
        runes_add(out, LONG_S);
        runes_add(out, 't');
    } else if (is_ligature(c) || is_wide(c)) {
        unicode_decompose(c, out);
    } else {
        runes_add(out, uncurled(unicode_from_1252(c)));
    }
}

/* Length of the terminal escape at p, for example ESC [ 3 6 ; 4 4 m; 0 if there is none. */
static size_t escape_at(const int32_t *p, size_t left)
{
    size_t i = 2;
    if (left < 3 || p[0] != ESCAPE || p[1] != '[') return 0;
    while (i < left && (p[i] == ';' || unicode_is_digit(p[i]))) i++;
    const bool letter = i < left && p[i] < 0x80 && unicode_class(p[i]) == UNICODE_LETTER;
    return letter ? i + 1 : 0;
}

/* Control characters, other than white space, joiners and directional marks. */
static bool is_control(int32_t c)
{
    return c <= 8 || c == 0xb || (c >= 0xe && c <= 0x1f) || c == 0x7f ||
           (c >= 0x206a && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffc);
}

static void drop_controls(Runes *line)
{
    size_t kept = 0;
    for (size_t i = 0; i < line->count;) {
        const size_t escape = escape_at(line->at + i, line->count - i);
        if (escape == 0 && !is_control(line->at[i])) line->at[kept++] = line->at[i];
        i += escape ? escape : 1;
    }
    line->count = kept;
}

/* Runs one round over `line` into `fixed`. */
static void fix_once(const Runes *line, bool unescape, Runes *fixed)
{
    Runes raw = {0};
    if (unescape)
        html_unescape_closed(line->at, line->count, &raw);
    else
        runes_append(&raw, line->at, line->count);
    mojibake_fix(&raw);
    fixed->count = 0;
    for (size_t i = 0; i < raw.count; i++) add_plain(fixed, raw.at[i]);
    runes_free(&raw);
    drop_controls(fixed);
    unicode_compose(fixed);
}

static bool equal(const Runes *a, const Runes *b)
{
    return a->count == b->count &&
           (a->count == 0 || memcmp(a->at, b->at, a->count * sizeof *a->at) == 0);
}

static void fix_line(const int32_t *from, size_t count, bool unescape, Runes *out)
{
    Runes line = {0}, fixed = {0};
    runes_append(&line, from, count);
    for (int round = 0; round < MAX_ROUNDS; round++) {
        fix_once(&line, unescape, &fixed);
        const bool done = equal(&line, &fixed);
        const Runes swap = line;
        line = fixed;
        fixed = swap;
        if (done) break;
    }
    runes_append(out, line.at, line.count);
    runes_free(&fixed);
    runes_free(&line);
}

/* Whether the text is ASCII without a reference and so needs no repair. */
static bool is_plain(const Runes *r)
{
    for (size_t i = 0; i < r->count; i++) {
        const int32_t c = r->at[i];
        if (c >= 0x7f || c == '&' || is_control(c)) return false;
    }
    return true;
}

void repair_text(const Runes *in, Runes *out)
{
    bool unescape = true;
    if (is_plain(in)) {
        runes_append(out, in->at, in->count);
        return;
    }
    for (size_t first = 0, next; first < in->count; first = next) {
        for (next = first; next < in->count && in->at[next] != '\n'; next++)
            if (in->at[next] == '<') unescape = false;
        next += next < in->count;
        fix_line(in->at + first, next - first, unescape, out);
    }
}
