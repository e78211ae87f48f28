/* SPDX-License-Identifier: Apache-2.0 */
/* A line is decoded again if it looks bad (it contains neighboring characters that ordinary
 * text does not have) and if all of its characters, as bytes of the encoding, form valid
 * UTF-8. Badness is defined by a table of character classes and a table of sequences of
 * classes. */
#include "data/text/mojibake.h"

#include "core/mem.h"

#include <string.h>

/* Classes of characters; a character may belong to several. Classes are defined by
 * characters of Windows-1252. */
enum {
    BAD = 1 << 0,    /* rare in ordinary text */
    LAW = 1 << 1,    /* pilcrow, section */
    MONEY = 1 << 2,  /* currencies */
    OPEN = 1 << 3,   /* opening punctuation */
    CLOSE = 1 << 4,  /* closing punctuation */
    NUMBER = 1 << 5, /* superscripts, fractions, arithmetic signs */
    UPPER = 1 << 6,  /* accented capitals */
    LOWER = 1 << 7,  /* accented lower-case letters */
    SYMBOL = BAD | LAW | MONEY | OPEN | CLOSE | NUMBER,
    CONTROL = 1 << 8,    /* U+0080 to U+009F */
    THORN = 1 << 9,      /* capital thorn */
    LEAD = 1 << 10,      /* Â Ã Î Ð */
    TAIL = 1 << 11,      /* characters that often follow LEAD in mojibake */
    A_LEAD = 1 << 12,    /* Â Ã */
    A_HAT = 1 << 13,     /* Â */
    A_TILDE = 1 << 14,   /* Ã */
    A_GRAVE = 1 << 15,   /* à */
    INDIC = 1 << 16,     /* characters that follow à in mojibake of Indic scripts */
    NO_BREAK = 1 << 17,  /* no-break space, inverted exclamation mark */
    ARABIC = 1 << 18,    /* Ø Ù */
    ARABIC_2 = 1 << 19,  /* characters that follow them in mojibake of Arabic */
    O_AND_E = 1 << 20,   /* the OE ligature, capital and small */
    DEGREE = 1 << 21,    /* degree sign */
    TIMES = 1 << 22,     /* multiplication sign */
    SQUARE = 1 << 23,    /* superscripts 2 and 3 */
    POINT = 1 << 24,     /* . , ? ! */
    BLANK = 1 << 25,     /* U+0020 */
    SPACE = 1 << 26,     /* white space of any kind */
    WORD = 1 << 27,      /* letters, numbers, _ */
    SMALL = 1 << 28,     /* a to z */
    LATIN = 1 << 29,     /* a to z, A to Z */
    NOT_LATIN = 1 << 30, /* everything else */
};

typedef struct Members {
    uint32_t class;
    const char *bytes; /* of Windows-1252 */
} Members;

static const Members members[] = {
    {BAD, "\xa6\xa4\xa8\xac\xaf\xb8\x83\x88\x98\x86\x87\x89\xaa\xba"},
    {LAW, "\xb6\xa7"},
    {MONEY, "\xa2\xa3\xa5\x80"},
    {OPEN, "\xa1\xab\xbf\xa9\x91\x82\x93\x84\x95\x8b"},
    {CLOSE, "\xae\xbb\x94\x9b\x99"},
    {NUMBER, "\xb2\xb3\xb9\xb1\xbc\xbd\xbe\xd7\xb5\xf7"},
    {UPPER, "\xc0\xc1\xc2\xc3\xc4\xc5\xc6\xc7\xc8\xc9\xca\xcb\xcc\xcd\xce\xcf\xd0\xd1"
            "\xd8\xdc\xdd\x8a\x8c\x8e\x9f"},
    {LOWER, "\xdf\xe0\xe1\xe2\xe3\xe4\xe5\xe6\xe7\xe8\xe9\xea\xeb\xec\xed\xee\xef\xf0\xf1"
            "\xfc\x9a\x9c\x9e"},
    {THORN, "\xde"},
    {LEAD, "\xc2\xc3\xce\xd0"},
    {TAIL, "\x80\x9c\x8a\x9a\xa2\xa3\x9f\x9e\xa0\xad\xae\xa9\xb0\xb7\xbb\x96\x97\xb4"},
    {A_LEAD, "\xc2\xc3"},
    {A_HAT, "\xc2"},
    {A_TILDE, "\xc3"},
    {A_GRAVE, "\xe0"},
    {INDIC, "\xb2\xb5\xb9\xbc\xbd\xbe"},
    {NO_BREAK, "\xa0\xa1"},
    {ARABIC, "\xd8\xd9"},
    {ARABIC_2, "\xa0\xad\xb7\xb4\x96\x97\x85\x92\x9f\x8a\xae\xb0\xb5\xbb"},
    {O_AND_E, "\x8c\x9c"},
    {DEGREE, "\xb0"},
    {TIMES, "\xd7"},
    {SQUARE, "\xb2\xb3"},
    {POINT, ".,?!"},
    {BLANK, " "},
};

/* Sequences that ordinary text does not contain. */
static const uint32_t bad_sequences[][4] = {
    {CONTROL},
    {(SYMBOL | UPPER | LOWER), BAD},
    {LATIN, THORN, BAD},
    {BAD, (SYMBOL & ~BAD) | UPPER | LOWER},
    {LOWER | CLOSE | MONEY | NUMBER, UPPER},
    {CLOSE | MONEY | NUMBER, LOWER},
    {LOWER | CLOSE, MONEY},
    {SPACE, UPPER, MONEY},
    {UPPER, NUMBER | LAW},
    {LOWER | UPPER | MONEY | CLOSE, OPEN, NUMBER},
    {LOWER | UPPER | MONEY | NUMBER | LAW, CLOSE, OPEN},
    {MONEY | NUMBER, OPEN},
    {SMALL, UPPER, OPEN | MONEY},
    {LOWER | UPPER, OPEN | CLOSE, WORD},
    {O_AND_E, NOT_LATIN},
    {UPPER, DEGREE},
    {LEAD, TAIL | OPEN | CLOSE},
    {TIMES, SQUARE},
    {ARABIC, ARABIC_2 | MONEY | BAD | NUMBER | OPEN, ARABIC,
     ARABIC_2 | MONEY | BAD | NUMBER | OPEN},
    {A_GRAVE, INDIC},
    {A_TILDE, NO_BREAK},
    {SMALL, A_LEAD, BLANK},
    {SMALL, SPACE, A_LEAD, BLANK},
    {SMALL | POINT | CLOSE, A_HAT, BLANK | OPEN | CLOSE},
};
enum {
    MEMBERS = sizeof members / sizeof *members,
    SEQUENCES = sizeof bad_sequences / sizeof *bad_sequences,
};

static uint32_t classes_of(int32_t rune)
{
    const enum UnicodeClass kind = unicode_class(rune);
    const int byte = unicode_to_1252(rune);
    const bool small = rune >= 'a' && rune <= 'z', capital = rune >= 'A' && rune <= 'Z';
    uint32_t all = small || capital ? LATIN : NOT_LATIN;
    if (small) all |= SMALL;
    if (kind == UNICODE_SPACE) all |= SPACE;
    if (kind == UNICODE_LETTER || kind == UNICODE_NUMBER || rune == '_') all |= WORD;
    if (rune >= 0x80 && rune <= 0x9f) return all | CONTROL;
    for (int i = 0; i < MEMBERS && byte > 0; i++)
        if (strchr(members[i].bytes, byte)) all |= members[i].class;
    return all;
}

static bool follows(const uint32_t *sequence, const uint32_t *class, size_t left)
{
    for (size_t i = 0; i < 4 && sequence[i]; i++)
        if (i == left || !(class[i] & sequence[i])) return false;
    return true;
}

static bool is_bad(const Runes *line)
{
    bool bad = false;
    uint32_t *class = mem_alloc((line->count + 1) * sizeof *class);
    for (size_t i = 0; i < line->count; i++) class[i] = classes_of(line->at[i]);
    for (size_t i = 0; i < line->count && !bad; i++)
        for (int s = 0; s < SEQUENCES && !bad; s++)
            bad = follows(bad_sequences[s], class + i, line->count - i);
    /* A sequence that counts only at the start of a line. */
    bad = bad || (line->count >= 2 && (class[0] & A_LEAD) && (class[1] & BLANK));
    mem_free(class);
    return bad;
}

/* The byte that this rune was decoded from, in Latin-1 or Windows-1252; -1 if none. */
static int byte_of(int32_t rune, bool latin1)
{
    if (latin1) return rune <= 0xff ? rune : -1;
    return rune == 0x1a ? -1 : unicode_to_1252(rune);
}

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

/* Decodes the line's bytes as UTF-8 and replaces the line if they are valid. */
static bool decode_as(Runes *line, bool latin1)
{
    uint8_t *bytes = mem_alloc(3 * line->count), *restored = bytes + line->count;
    size_t n = 0;
    for (int byte; n < line->count && (byte = byte_of(line->at[n], latin1)) >= 0; n++)
        bytes[n] = (uint8_t)byte;
    const size_t count = restore_spaces(bytes, n, restored);
    Runes decoded = {0};
    const bool good =
        n == line->count && runes_decode(&decoded, (const char *)restored, count) == count;
    if (good) {
        line->count = 0;
        runes_append(line, decoded.at, decoded.count);
    }
    runes_free(&decoded);
    mem_free(bytes);
    return good;
}

static bool is_ascii(const Runes *line)
{
    for (size_t i = 0; i < line->count; i++)
        if (line->at[i] >= 0x80) return false;
    return true;
}

void mojibake_fix(Runes *line)
{
    while (!is_ascii(line) && is_bad(line) && (decode_as(line, true) || decode_as(line, false)))
        continue;
}
