/* SPDX-License-Identifier: Apache-2.0 */
#include "core/mem.h"
#include "data/annotations.h"
#include "data/caption.h"

#include <check.h>
#include <string.h>

typedef struct Case {
    const char *raw, *clean;
} Case;

static const Case cases[] = {
    {"A Red Circle.", "a red circle"},
    {"", ""},
    {" \t\n ", ""},
    {"...!!", ""},
    {"  two   words \n", "two words"},
    {"tab\tline\nend\r\n", "tab\tline\nend"}, /* a lone one stays, two become a blank */
    {"a\tb \tc.\nd", "a\tb c d"},
    {"\tlead. tail\t", "\tlead tail\t"},
    {"one\n", "one"}, /* a lone line end goes, but only at the end */
    {"\none \n", "\none"},
    {"a.b!c\"d(e)f*g#h:i;j~k", "a b c d e f g h i j k"},
    {"it's, a-b? & c/d", "it's, a-b? & c/d"},
    {"\xc3\x89t\xc3\xa9 CAF\xc3\x89", "\xc3\xa9t\xc3\xa9 caf\xc3\xa9"},
    {"\xce\x9f\xce\x94\xce\x9f\xce\xa3 \xce\xa3!", /* a sigma at the end of a word */
     "\xce\xbf\xce\xb4\xce\xbf\xcf\x82 \xcf\x83"},
    {"\xc4\xb0\xc8\xba\xc4\xb0", "i\xcc\x87\xe2\xb1\xa5i\xcc\x87"}, /* longer than before */
    {"non\xc2\xa0"
     "breaking\xe3\x80\x80\xc2\xa0wide",
     "non\xc2\xa0"
     "breaking wide"},
    {"1\tx 2\nx 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 "
     "30\tx 31",
     "1\tx 2\nx 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 "
     "30\tx"},
    {"1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32",
     "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30"},
    {"1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 . ",
     "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30"},
};

START_TEST(cleans_as_the_reference)
{
    char *clean = caption_clean(cases[_i].raw);
    ck_assert_str_eq(clean, cases[_i].clean);
    char *again = caption_clean(clean);
    ck_assert_str_eq(again, clean); /* cleaning twice changes nothing */
    mem_free(again);
    mem_free(clean);
}
END_TEST

Suite *test_caption_suite(void);
Suite *test_caption_suite(void)
{
    Suite *s = suite_create("caption");
    TCase *t = tcase_create("caption");
    tcase_add_loop_test(t, cleans_as_the_reference, 0, sizeof cases / sizeof *cases);
    suite_add_tcase(s, t);
    return s;
}
