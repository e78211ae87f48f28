/* SPDX-License-Identifier: Apache-2.0 */
/* Resolves HTML character references by the rules of the HTML standard, like Python's
 * html.unescape. The names are stored in one string per first letter
 * (data/text/html_entities.h), which is scanned linearly. */
#include "data/text/html.h"

#include "core/error.h"
#include "data/text/html_entities.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_NAME = 32, MAX_CLOSED = 24, BEYOND = 0x110000 };

/* A reference: the number of runes it occupies (0: no reference) and its replacement. */
typedef struct Reference {
    size_t length;
    int count; /* 0 to 2 */
    int32_t rune[2];
    bool closed; /* ends in a semicolon */
} Reference;

static int digit_of(int32_t c, int base)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (base == 16 && c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (base == 16 && c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* Code points that are replaced by nothing: control characters and noncharacters. */
static bool is_dropped(int32_t c)
{
    return (c >= 1 && c <= 8) || c == 0xb || (c >= 0xe && c <= 0x1f) || c == 0x7f ||
           (c >= 0xfdd0 && c <= 0xfdef) || (c & 0xfffe) == 0xfffe;
}

static void set_number(Reference *r, int32_t c)
{
    r->count = 1;
    if (c == 0 || c >= BEYOND || (c >= 0xd800 && c <= 0xdfff))
        r->rune[0] = 0xfffd;
    else if (is_dropped(c))
        r->count = 0;
    else
        r->rune[0] = unicode_from_1252(c);
}

/* Parses a numeric reference; p points to the '#'. */
static Reference number_at(const int32_t *p, size_t left)
{
    Reference r = {0};
    const int base = left > 1 && (p[1] == 'x' || p[1] == 'X') ? 16 : 10;
    const size_t first = base == 16 ? 2 : 1;
    size_t i = first;
    int32_t value = 0;
    for (int d; i < left && (d = digit_of(p[i], base)) >= 0; i++)
        value = value >= BEYOND ? BEYOND : value * base + d;
    if (i == first) return r;
    set_number(&r, value);
    r.closed = i < left && p[i] == ';';
    r.length = i + r.closed;
    return r;
}

static const char *names_of(int32_t letter)
{
    if (letter >= 'A' && letter <= 'Z') return html_entities[letter - 'A'];
    if (letter >= 'a' && letter <= 'z') return html_entities[26 + letter - 'a'];
    return "";
}

static void set_value(Reference *r, const char *hex)
{
    char *end;
    r->rune[0] = (int32_t)strtol(hex, &end, 16);
    r->count = 1;
    if (*end == '+') r->rune[r->count++] = (int32_t)strtol(end + 1, NULL, 16);
}

static bool same(const int32_t *p, const char *name, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != name[i]) return false;
    return true;
}

/* The longest known name at p. Only legacy names may lack the semicolon. */
static Reference name_at(const int32_t *p, size_t left)
{
    Reference best = {0};
    size_t run = 0;
    while (run < left && run < MAX_NAME && p[run] < 0x80 && p[run] != ';') run++;
    const bool closed = run < left && p[run] == ';';
    for (const char *entry = left ? names_of(*p) : ""; *entry; entry = strchr(entry, ' ') + 1) {
        const size_t n = strcspn(entry, ";!");
        const bool whole = closed && n == run, legacy = entry[n] == '!';
        if (n > run || n + whole <= best.length || !(whole || legacy) || !same(p, entry, n))
            continue;
        best = (Reference){.length = n + whole, .closed = whole};
        set_value(&best, entry + n + 1);
    }
    return best;
}

/* The reference that follows the '&' at p - 1. */
static Reference reference_at(const int32_t *p, size_t left)
{
    return left && *p == '#' ? number_at(p, left) : name_at(p, left);
}

static void unescape(const int32_t *in, size_t count,
                     Reference (*find)(const int32_t *, size_t), Runes *out)
{
    for (size_t i = 0; i < count;) {
        Reference r = {0};
        if (in[i] == '&') r = find(in + i + 1, count - i - 1);
        if (r.length == 0) {
            runes_add(out, in[i++]);
        } else {
            runes_append(out, r.rune, (size_t)r.count);
            i += 1 + r.length;
        }
    }
}

void html_unescape(const Runes *in, Runes *out)
{
    unescape(in->at, in->count, reference_at, out);
}

/* A name in capitals with a semicolon that is only known in lower case: its value in upper
 * case. */
static Reference capitals_at(const int32_t *p, size_t left)
{
    int32_t small[MAX_CLOSED + 1];
    size_t n = 0;
    for (; n < left && n <= MAX_CLOSED && p[n] != ';'; n++) {
        if (!(p[n] >= 'A' && p[n] <= 'Z') && !(p[n] >= '0' && p[n] <= '9'))
            return (Reference){0};
        small[n] = p[n] >= 'A' ? p[n] - 'A' + 'a' : p[n];
    }
    if (n == left || n > MAX_CLOSED) return (Reference){0};
    small[n] = ';';
    Reference r = name_at(small, n + 1);
    for (int i = 0; i < r.count; i++) r.rune[i] = unicode_upper(r.rune[i]);
    if (r.count == 1 && r.rune[0] == 0x1e9e) /* capital sharp s: SS */
        r = (Reference){.length = r.length, .count = 2, .rune = {'S', 'S'}, .closed = r.closed};
    return r;
}

/* The reference that follows the '&' at p - 1, by the conservative rules. */
static Reference closed_at(const int32_t *p, size_t left)
{
    const bool number = left && *p == '#';
    Reference r = reference_at(p, left);
    if (r.length == 0 && !number) r = capitals_at(p, left);
    const bool itself = number && r.count == 1 && r.rune[0] == ';';
    const bool fits = r.length <= MAX_CLOSED + 1 + (size_t)number;
    return r.closed && fits && !itself ? r : (Reference){0};
}

void html_unescape_closed(const int32_t *in, size_t count, Runes *out)
{
    unescape(in, count, closed_at, out);
}
