/* SPDX-License-Identifier: Apache-2.0 */
#include "core/mem.h"
#include "data/text/html.h"
#include "data/text/html_entities.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static void expect(const char *from, const char *want, bool closed)
{
    Runes in = {0}, out = {0};
    runes_decode(&in, from, strlen(from));
    if (closed)
        html_unescape_closed(in.at, in.count, &out);
    else
        html_unescape(&in, &out);
    char *text = mem_calloc(4 * out.count + 1, 1), *p = text;
    for (size_t i = 0; i < out.count; i++) p += runes_encode(out.at[i], (uint8_t *)p);
    ck_assert_str_eq(text, want);
    mem_free(text);
    runes_free(&out);
    runes_free(&in);
}

/* Values from Python's html.unescape and ftfy.fixes.unescape_html; NULL: the text itself. */
typedef struct Case {
    const char *from, *open, *closed;
} Case;

static const Case cases[] = {
    {"", NULL, NULL},
    {"R&D at AT&T & co &; &# &#; &#x; &#xg;", NULL, NULL},
    {"&amp;&lt;&gt;&quot;&#39;&#x27;&apos;", "&<>\"'''", "&<>\"'''"},
    {"&amp;amp;", "&amp;", "&amp;"},
    {"&amp &ampx &lt1", "& &x <1", NULL},
    {"&not &notit; &notin; &notin", "\u00ac \u00acit; \u2209 \u00acin",
     "&not &notit; \u2209 &notin"},
    {"&copy2 &COPY", "\u00a92 \u00a9", NULL},
    {"&sup &sup1 &sup1; &sup12;", "&sup \u00b9 \u00b9 \u00b92;", "&sup &sup1 \u00b9 &sup12;"},
    {"&hearts;&hearts", "\u2665&hearts", "\u2665&hearts"},
    {"&ngE; &NotEqualTilde;", "\u2267\u0338 \u2242\u0338", "\u2267\u0338 \u2242\u0338"},
    {"&CounterClockwiseContourIntegral;", "\u2233", NULL}, /* too long if closed */
    {"&ClockwiseContourIntegral;", "\u2232", "\u2232"},
    {"&EACUTE; &NTILDE; &nTILDE;", "&EACUTE; &NTILDE; &nTILDE;", "\u00c9 \u00d1 &nTILDE;"},
    {"&SZLIG; &FJLIG; &HEARTS; &FRAC12;", NULL, "SS FJ \u2665 \u00bd"},
    {"&GTCC; &AMPX;", ">CC; &X;", NULL}, /* prefixes are legacy names */
    {"&#65;&#65&#065;&#x41;&#X41 &#x0041;", "AAAAA A", "A&#65AA&#X41 A"},
    {"&#65a; &#x41g;", "Aa; Ag;", NULL},
    {"&#0; &#xd800; &#xdfff; &#x110000; &#99999999999999999999;",
     "\ufffd \ufffd \ufffd \ufffd \ufffd", "\ufffd \ufffd \ufffd \ufffd \ufffd"},
    {"&#1;&#8;&#11;&#14;&#31;&#127;&#xfdd0;&#xfffe;&#x1ffff;", "", ""},
    {"&#9;&#10;&#12;&#13;", "\t\n\f\r", "\t\n\f\r"},
    {"&#128;&#129;&#150;&#159;&#160;", "\u20ac\302\201\u2013\u0178\u00a0",
     "\u20ac\302\201\u2013\u0178\u00a0"},
    {"&#59;&#x3b;", ";;", NULL},
    {"&#000000000000000000000065;", "A", "A"},   /* 24 digits */
    {"&#0000000000000000000000065;", "A", NULL}, /* 25 */
    {"&\u00e9; &am\u00e9p;", NULL, NULL},
    {"a&", NULL, NULL},
    {"&&amp;&", "&&&", "&&&"},
};

START_TEST(unescapes)
{
    const Case *c = &cases[_i];
    expect(c->from, c->open ? c->open : c->from, false);
    expect(c->from, c->closed ? c->closed : c->from, true);
}
END_TEST

/* Every name of the table yields its own value, with its semicolon and, for legacy names,
 * without. */
START_TEST(knows_every_name)
{
    int names = 0, old = 0;
    for (int letter = 0; letter < 52; letter++)
        for (const char *e = html_entities[letter]; *e; e = strchr(e, ' ') + 1) {
            char name[40], from[48], want[16] = "";
            unsigned rune[2];
            char mark;
            const int values =
                sscanf(e, "%39[^;!]%c%x+%x", name, &mark, &rune[0], &rune[1]) - 2;
            ck_assert_int_ge(values, 1);
            ck_assert_int_eq(name[0], letter < 26 ? 'A' + letter : 'a' + letter - 26);
            size_t n = 0;
            for (int v = 0; v < values; v++)
                n += runes_encode((int32_t)rune[v], (uint8_t *)want + n);
            snprintf(from, sizeof from, "&%s;", name);
            expect(from, want, false);
            from[strlen(from) - 1] = 0;
            if (mark == '!') expect(from, want, false);
            names++;
            old += mark == '!';
        }
    ck_assert_int_eq(names + old, 2231);
    ck_assert_int_eq(old, 106);
}
END_TEST

Suite *test_html_suite(void);
Suite *test_html_suite(void)
{
    Suite *s = suite_create("html");
    TCase *t = tcase_create("html");
    tcase_add_loop_test(t, unescapes, 0, sizeof cases / sizeof *cases);
    tcase_add_test(t, knows_every_name);
    suite_add_tcase(s, t);
    return s;
}
