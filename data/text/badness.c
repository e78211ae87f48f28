/* SPDX-License-Identifier: Apache-2.0 */
/* A table of classes of characters, and a table of sequences of classes and single
 * characters. */
#include "data/text/badness.h"

#include "core/mem.h"
#include "core/strings/unicode.h"
#include "core/strings/utf8.h"

#include <string.h>

/* Classes of characters; a character may belong to several. */
enum {
    BAD = 1 << 0,           /* rare in ordinary text */
    LAW = 1 << 1,           /* pilcrow, section */
    MONEY = 1 << 2,         /* currencies */
    OPEN = 1 << 3,          /* opening punctuation */
    CLOSE = 1 << 4,         /* closing punctuation */
    NUMBER = 1 << 5,        /* superscripts, fractions, signs of arithmetic */
    UPPER = 1 << 6,         /* accented capitals */
    LOWER = 1 << 7,         /* accented lower-case letters */
    UPPER_COMMON = 1 << 8,  /* capitals of whole alphabets */
    LOWER_COMMON = 1 << 9,  /* their lower-case letters */
    BOX = 1 << 10,          /* lines and blocks */
    KAOMOJI = 1 << 11,      /* what stands beside lines in drawn faces */
    COMMON = 1 << 12,       /* spaces, dashes and the like */
    CONTROL = 1 << 13,      /* U+0080 to U+009F */
    SPACE = 1 << 14,        /* white space of any kind */
    WORD = 1 << 15,         /* letters, numbers, _ */
    SMALL = 1 << 16,        /* a to z */
    LATIN = 1 << 17,        /* a to z, A to Z */
    NOT_LATIN = 1 << 18,    /* everything else */
    NOT_LINE_END = 1 << 19, /* everything but U+000A */
    MARK = OPEN | CLOSE,
    LETTER = UPPER | LOWER,
};

/* Members of the classes; a-z stands for all from a to z. */
static const struct {
    uint32_t class;
    const char *runes;
} members[] = {
    {BAD, "¦¤¨¬¯¸ƒˆˇ˘˛˜†‡‰⌐◊\ufffdªº"},
    {LAW, "¶§"},
    {MONEY, "¢£¥₧€"},
    {OPEN, "¡«¿©΄΅‘‚“„•‹\uf8ff"},
    {CLOSE, "®»˝”›™"},
    {NUMBER, "²³¹±¼½¾×µ÷⁄∂∆∏∑√∞∩∫≈≠≡≤≥№"},
    {UPPER, "À-ÑØÜÝĂĀĄĆČĎĐĘĚĒĖĞĢİĪĶĹĽŁĻŃŇŅŒŘŚŞŠŢŤŮŰŸŹŻŽҐ"},
    {LOWER, "ßà-ñăąāćčďđęěēėğģįīķĺľłļœŕśşšťüźżžґﬁﬂ"},
    {UPPER_COMMON, "ÞΑ-ΩΆΈΉΊΌΎΏΪΫЁ-Я"},
    {LOWER_COMMON, "α-ωάέήίΰа-џ"},
    {BOX, "│┌┐┘├┤┬┼═-╬▀▄█▌▐░▒▓"},
    {KAOMOJI, "Ò-ÖÙ-Üò-öø-üŐŌŪŲ°"},
    {COMMON, "\u00a0\u00ad·´–—―…’"},
};

/* A character of one of the classes, or one of these. */
typedef struct Element {
    uint32_t class;
    const char *runes;
} Element;

enum { LONGEST = 7 };

/* Sequences that ordinary text does not contain; an empty element ends one. */
static const Element bad_sequences[][LONGEST] = {
    {{.class = CONTROL}},
    {{.class = BAD | LETTER | BOX | MARK | MONEY | NUMBER | LAW}, {.class = BAD}},
    {{.class = LATIN}, {.class = LOWER_COMMON | UPPER_COMMON}, {.class = BAD}},
    {{.class = BAD}, {.class = LETTER | BOX | MARK | MONEY | NUMBER | LAW}},
    {{.class = LOWER | LOWER_COMMON | BOX | CLOSE | MONEY | NUMBER}, {.class = UPPER}},
    {{.class = BOX | CLOSE | MONEY | NUMBER}, {.class = LOWER}},
    {{.class = LOWER | BOX | CLOSE}, {.class = MONEY}},
    {{.class = SPACE}, {.class = UPPER}, {.class = MONEY}},
    {{.class = UPPER | BOX}, {.class = NUMBER | LAW}},
    {{.class = LETTER | BOX | MONEY | CLOSE}, {.class = OPEN}, {.class = NUMBER}},
    {{.class = LETTER | MONEY | NUMBER | BOX | LAW}, {.class = CLOSE}, {.class = OPEN}},
    {{.class = MONEY | NUMBER | BOX}, {.class = OPEN}},
    {{.class = SMALL}, {.class = UPPER}, {.class = OPEN | MONEY}},
    {{.class = BOX}, {.class = KAOMOJI}},
    {{.class = LETTER | MONEY | NUMBER | MARK | LAW}, {.class = BOX}},
    {{.class = BOX}, {.class = CLOSE}},
    {{.class = LETTER}, {.class = MARK}, {.class = WORD}},
    {{0, "Œœ"}, {.class = NOT_LATIN}},
    {{.class = UPPER}, {0, "°"}},
    /* Windows-1252 */
    {{0, "ÂÃÎÐ"}, {MARK, "€œŠš¢£Ÿž\u00a0\u00ad®©°·»–—´"}},
    {{0, "×"}, {0, "²³"}},
    {{0, "ØÙ"},
     {COMMON | MONEY | BAD | NUMBER | OPEN, "ŸŠ®°µ»"},
     {0, "ØÙ"},
     {COMMON | MONEY | BAD | NUMBER | OPEN, "ŸŠ®°µ»"}},
    {{0, "à"}, {0, "²µ¹¼½¾"}},
    {{0, "Ã"}, {0, "\u00a0¡"}},
    {{.class = SMALL}, {0, "ÃÂ"}, {0, " "}},
    {{.class = SMALL}, {.class = SPACE}, {0, "ÃÂ"}, {0, " "}},
    {{SMALL | CLOSE, ".,?!"}, {0, "Â"}, {MARK, " "}},
    /* Mac Roman */
    {{0, "√"}, {0, "±∂†≠®™´≤≥¥µø"}},
    {{0, "≈"}, {0, "°¢"}},
    {{0, "‚"}, {0, "Ä"}, {0, "ìîïòôúùû†°¢π"}},
    {{0, "‚"}, {0, "âó"}, {0, "àä°ê"}},
    /* Windows-1251 */
    {{0, "в"}, {0, "Ђ"}},
    {{0, "ВГРС"}, {CONTROL | BAD | MARK | MONEY, "°µ"}, {0, "ВГРС"}},
    {{0, "Г"}, {0, "ў"}, {0, "В"}, {0, "Ђ"}, {0, "В"}, {.class = NOT_LINE_END}, {LATIN, " "}},
    /* Windows-1253 and Windows-1257 */
    {{0, "β"}, {0, "€"}, {0, "™\u00a0Ά\u00ad®°"}},
    {{0, "ΒΓΞΟ"}, {CONTROL | BAD | MARK | MONEY, "°"}, {0, "ΒΓΞΟ"}},
    {{0, "ā"}, {0, "€"}},
};
enum {
    MEMBERS = sizeof members / sizeof *members,
    SEQUENCES = sizeof bad_sequences / sizeof *bad_sequences,
};

/* Whether the rune is in the list. */
static bool is_listed(int32_t rune, const char *list)
{
    for (const char *p = list; p && *p;) {
        const int32_t first = utf8_next(&p);
        const char *end = p + (*p == '-');
        const int32_t last = end > p ? utf8_next(&end) : first;
        if (rune >= first && rune <= last) return true;
        p = end;
    }
    return false;
}

static uint32_t classes_of(int32_t rune)
{
    const enum UnicodeClass kind = unicode_class(rune);
    const bool small = rune >= 'a' && rune <= 'z', capital = rune >= 'A' && rune <= 'Z';
    uint32_t all = small || capital ? LATIN : NOT_LATIN;
    if (small) all |= SMALL;
    if (rune != '\n') all |= NOT_LINE_END;
    if (kind == UNICODE_SPACE) all |= SPACE;
    if (kind == UNICODE_LETTER || kind == UNICODE_NUMBER || rune == '_') all |= WORD;
    if (rune >= 0x80 && rune <= 0x9f) all |= CONTROL;
    for (int i = 0; i < MEMBERS && rune >= 0x80; i++)
        if (is_listed(rune, members[i].runes)) all |= members[i].class;
    return all;
}

static bool follows(const Element *e, const int32_t *text, const uint32_t *class, size_t left)
{
    for (size_t i = 0; i < LONGEST && (e[i].class || e[i].runes); i++)
        if (i == left || !((class[i] & e[i].class) || is_listed(text[i], e[i].runes)))
            return false;
    return true;
}

bool badness_any(const int32_t *text, size_t n)
{
    bool bad = false;
    uint32_t *class = mem_alloc((n + 1) * sizeof *class);
    for (size_t i = 0; i < n; i++) class[i] = classes_of(text[i]);
    for (size_t i = 0; i < n && !bad; i++)
        for (int s = 0; s < SEQUENCES && !bad; s++)
            bad = follows(bad_sequences[s], text + i, class + i, n - i);
    /* A sequence that counts only at the start of a text. */
    bad = bad || (n >= 2 && is_listed(text[0], "ÃÂ") && text[1] == ' ');
    mem_free(class);
    return bad;
}
