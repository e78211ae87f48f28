/* SPDX-License-Identifier: Apache-2.0 */
#include "core/mem.h"
#include "data/text/repair.h"

#include <check.h>
#include <string.h>

static char *repaired(const char *text)
{
    Runes in = {0}, out = {0};
    runes_decode(&in, text, strlen(text));
    repair_text(&in, &out);
    char *fixed = mem_calloc(4 * out.count + 1, 1), *p = fixed;
    for (size_t i = 0; i < out.count; i++) p += runes_encode(out.at[i], (uint8_t *)p);
    runes_free(&out);
    runes_free(&in);
    return fixed;
}

/* Values from ftfy.fix_text (6.3.1); NULL: the text itself. */
typedef struct Case {
    const char *from, *to;
} Case;

static const Case plain[] = {
    {"", NULL},
    {"plain text, 100% <ok>; \t\n", NULL},
    {"\u65e5\u672c\u8a9e \u0440\u0443\u0441 caf\u00e9 \u20ac \u2013 \u2026 \u00bd", NULL},
    {"\u201cquoted\u201d \u2018it\u2019s\u2019 \u201a \u201e \u201f \u02bc",
     "\"quoted\" 'it's' ' \" \" '"},
    {"\ufb01sh \ufb03 \ufb05 \ufb06", "fish ffi \u017ft st"},
    {"\u0132\u0133 \u0149 \u01c4\u01c5\u01c6\u01c7\u01c8\u01c9\u01ca\u01cb\u01cc "
     "\u01f1\u01f2\u01f3",
     "IJij 'n D\u017dD\u017ed\u017eLJLjljNJNjnj DZDzdz"},
    {"\u01cd \u01f4 \u0131 \u00e6", NULL}, /* neighbors of ligatures */
    {"\uff21\uff42\uff11\uff02\uff07\u3000\uff5e", "Ab1\"' ~"},
    {"\uff76\uff9e\uff77", "\u30ac\u30ad"},
    {"\uffa1 \uffe3", "\u1100  \u0304"},
    {"e\u0301 \u212b", "\u00e9 \u00c5"},
    {"a\x01\x08\x0b\x0e\x1f\x7fz", "az"},
    {"\t\n\f", NULL},
    {"\ufeffa\u206ab\u206fc\ufff9d\ufffce\ufffd", "abcde\ufffd"},
    {"\u200b\u200d\u200e\u2060\u00ad", NULL}, /* format characters of text */
    {"\x1b[31;1mred\x1b[0m \x1b[x \x1b[1", "red  [1"},
    {"\x1b[\u0663m!", "!"}, /* any decimal digit counts */
    {"&eacute; &EACUTE; &amp;amp;amp;lt;", "\u00e9 \u00c9 <"},
    {"&lt;b&gt; &amp;", "<b> &"}, /* the `<` occurs later */
    {"<b> &amp;", NULL},
    {"&amp;\n<b> &amp;\n&amp;", "&\n<b> &amp;\n&amp;"},
    {"\302\222 \302\200 \302\205", "' \u20ac \u2026"}, /* Windows-1252 decoded as Latin-1 */
    {"\302\201", NULL},                                /* undefined in Windows-1252 */
};

static const Case mojibake[] = {
    {"caf\u00c3\u00a9", "caf\u00e9"},
    {"it\u00e2\u20ac\u2122s", "it's"},
    {"it\u00e2\302\200\302\231s", "it's"}, /* decoded as Latin-1 */
    {"caf\u00c3\u0192\u00c2\u00a9", "caf\u00e9"},
    {"\u00e6\u2014\u00a5\u00e6\u0153\u00ac", "\u65e5\u672c"},
    {"\u00f0\u0178\u02dc\u20ac", "\U0001f600"},
    {"voil\u00c3 la", "voil\u00e0 la"},
    {"\u00c3 la", "\u00e0 la"},
    {"\u00c3 quele", "\u00e0quele"},
    {"a\u00c2 b", "a\u00a0b"},
    {"5 \u00e2\u201a\u00ac", "5 \u20ac"},
    {"\u00d8\u00b9\u00d8\u00b1", "\u0639\u0631"},
    {"caf\u00c3\u00a9\nna\u00efve", "caf\u00e9\nna\u00efve"}, /* line by line */
    /* Text that only looks like mojibake */
    {"\u00c9\u00bf", NULL},
    {"\u00c3\u00bc", "\u00fc"},
    {"\u00e9\u00e8 \u00dc \u00d6sterreich \u00a9 2020 5\u00b0 3\u20ac", NULL},
    {"\u00c5\u00c5 \u00c4\u00d6", NULL},
    {"na\u00efve\u2122 \u00abquoi\u00bb ?", NULL},
    {"a\u00c2b", NULL},
    /* Other encodings, parts of lines, sequences that lost a byte */
    {"\u0420\u0459\u0421\u0402\u0420\u00b0\u0421\u0403\u0420\u0405\u0421\u2039"
     "\u0420\u2116 \u0420\u0454\u0421\u0402\u0421\u0453\u0420\u0456 "
     "\u0432\u0402\u201c "
     "\u0432\u0402\u045a\u0420\u0491\u0420\u00b0\u0432\u0402\u045c",
     "\u041a\u0440\u0430\u0441\u043d\u044b\u0439 \u043a\u0440\u0443\u0433 \u2013 "
     "\"\u0434\u0430\""},                         /* Windows-1251 */
    {"na\u0413\u0407ve fa\u0413\u00a7ade", NULL}, /* Windows-1251 */
    {"Z\u0102\u013drich \u00e2\u20ac\u201c \u0102\u201erger",
     "Z\u00fcrich \u2013 \u00c4rger"}, /* Windows-1250 */
    {"\u039e\u00b5\u039e\u00bb\u039e\u00bb\u039e\u00b7\u039e\u00bd\u039e\u0389"
     "\u039e\u038a\u039e\u00ac \u03b2\u20ac\u201c "
     "\u039e\u00bd\u039e\u00b1\u039e\u0389",
     "\u03b5\u03bb\u03bb\u03b7\u03bd\u03b9\u03ba\u03ac \u2013 "
     "\u03bd\u03b1\u03b9"}, /* Windows-1253 */
    {"\u00c4\u00b1\u00c4\u0178d\u00c4\u00b1r "
     "\u00e2\u20ac\u0153\u00c5\u0178ey\u00e2\u20ac\302\235",
     "\u0131\u011fd\u0131r \"\u015fey\""}, /* Windows-1254 */
    {"\u00c5\u00a1alti \u0101\u20ac\302\234\u00c5\u00beiemos\u0101\u20ac\u00af "
     "rytai",
     "\u0161alti \"\u017eiemos\" rytai"},                               /* Windows-1257 */
    {"M\u0102\u00a4dchen f\u0102\u00a4hrt", "M\u00e4dchen f\u00e4hrt"}, /* ISO 8859-2 */
    {"Z\u221a\u00barich\u201a\u00c4\u00f4s "
     "\u201a\u00c4\u00faL\u221a\u2202we\u201a\u00c4\u00f9",
     "Z\u00fcrich's \"L\u00f6we\""}, /* Mac Roman */
    {"Fr\u251c\u255dhst\u251c\u255dck \u0393\u00c7\u00f4 zw\u251c\u2562lf \u251c\u00e4pfel",
     "Fr\u00fchst\u00fcck \u2013 zw\u00f6lf \u00c4pfel"}, /* code page 437 */
    {"caf\u221a\u00a9 \u2013 bar", NULL}, /* a dash and a space are no letter of Mac Roman */
    {"caf\u00c3\u00a9 \u65e5\u672c", "caf\u00e9 \u65e5\u672c"}, /* a part of a line */
    {"a \u2013 it\u00e2\u20ac\u2122s", "a \u2013 it's"},        /* a part beside a right dash */
    {"\u00c3\u0153ber L\u221a\u2202we \u2603",
     "\u00dcber L\u221a\u2202we \u2603"},                     /* parts in two encodings */
    {"\u00e2\u20ac\u0153so\u00e2\u20ac\ufffd", "\"so\ufffd"}, /* a lost byte */
    {"\u00c3\ufffd", "\ufffd"},                               /* a lost byte */
    {"na\u00c3?ve caf\u00c3\u00a9", "na\ufffdve caf\u00e9"},  /* a question mark */
    {"\u00ed\u00a0\u00bd\u00ed\u00b8\302\200", "\U0001f600"}, /* surrogates */
    {"\u00ed\u00a0\u00bd\u00ed\u00b8\u20ac!", "\U0001f600!"}, /* surrogates in 1252 */
    {"a\u00c0\u20acb\u00c3\u00a9", "ab\u00e9"},               /* Java's NUL */
    {"\u2502\u00b0 \u2591\u2588", NULL},                      /* only looks */
    {"\u0412\u0413 \u0412\u0421 \u0413\u0440", NULL},         /* only looks */
    {"\u221a2 \u2248 1.41", NULL},                            /* only looks */
    {"\u0141\u00f3d\u017a \u02c7 \u0119 \u0103", NULL},       /* only looks */
    {"\u03c3\u00b2 \u03c0\u22483 \u03b2\u03b1", NULL},        /* only looks */
    {"\u0413\u045e\u0412\u0402\u0412\u2122 x", "' x"},        /* Cyrillic of 1251 of Latin-1 */
    {"a\302\205b \302\226 \u00e9", "a\u2026b \u2013 \u00e9"}, /* control */
};

static void expect(const char *from, const char *to)
{
    char *got = repaired(from);
    ck_assert_str_eq(got, to ? to : from);
    char *again = repaired(got);
    if (!strchr(from, '<')) ck_assert_str_eq(again, got); /* repairing twice changes nothing */
    mem_free(again);
    mem_free(got);
}

START_TEST(repairs) { expect(plain[_i].from, plain[_i].to); }
END_TEST
START_TEST(repairs_mojibake) { expect(mojibake[_i].from, mojibake[_i].to); }
END_TEST

Suite *test_repair_suite(void);
Suite *test_repair_suite(void)
{
    Suite *s = suite_create("repair");
    TCase *t = tcase_create("repair");
    tcase_add_loop_test(t, repairs, 0, sizeof plain / sizeof *plain);
    tcase_add_loop_test(t, repairs_mojibake, 0, sizeof mojibake / sizeof *mojibake);
    suite_add_tcase(s, t);
    return s;
}
