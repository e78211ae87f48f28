/* SPDX-License-Identifier: Apache-2.0 */
/* Templates of texts, and which descriptions are kept. */
#include "data/text_template.h"

#include "core/mem.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <string.h>

/* A list of texts, "|" between them. Owned: option_strings_free. */
static OptionStrings templates(const char *text)
{
    OptionStrings list = {0};
    char *copy = mem_strdup(text), *rest = copy;
    for (char *one; (one = strtok_r(rest, "|", &rest));)
        option_strings_add(&list, mem_strdup(one));
    mem_free(copy);
    return list;
}

static TagList tags_of(const char *text)
{
    TagList t;
    ck_assert_int_eq(tags_parse("tags", text, &t, NULL), 0);
    return t;
}

START_TEST(one_text_per_template)
{
    OptionStrings list = templates("itap of a {}.|{}|{}, and {}!");
    TagList t = tags_of("red\nblue car\n");
    Descriptions d = text_template_fill(&list, &t);
    static const char *const want[] = {"itap of a red.", "red",
                                       "red, and red!",  "itap of a blue car.",
                                       "blue car",       "blue car, and blue car!"};
    ck_assert_int_eq(d.tags, 2);
    ck_assert(d.ensemble);
    ck_assert_mem_eq(d.offset, ((int64_t[]){0, 3, 6}), 3 * sizeof(int64_t));
    for (int i = 0; i < 6; i++) ck_assert_str_eq(d.text[i], want[i]);
    descriptions_free(&d);
    option_strings_free(&list);
    tags_free(&t);
}
END_TEST

START_TEST(a_single_one_is_no_ensemble)
{
    OptionStrings list = templates("{}");
    TagList t = tags_of("red\n");
    Descriptions d = text_template_fill(&list, &t);
    ck_assert_str_eq(d.text[0], "red");
    ck_assert(!d.ensemble);
    descriptions_free(&d);
    d = text_template_fill(&(OptionStrings){0}, &t);
    ck_assert_str_eq(d.text[0], "a photo of a red.");
    ck_assert(!d.ensemble);
    descriptions_free(&d);
    option_strings_free(&list);
    tags_free(&t);
}
END_TEST

/* 80 different texts, the first and last ones as published, and templates before and after. */
START_TEST(the_templates_of_clip)
{
    OptionStrings list = templates("x {}|clip80|y {}");
    TagList t = tags_of("red\n");
    Descriptions d = text_template_fill(&list, &t);
    ck_assert_int_eq(d.offset[1], 82);
    ck_assert_str_eq(d.text[0], "x red");
    ck_assert_str_eq(d.text[1], "a bad photo of a red.");
    ck_assert_str_eq(d.text[2], "a photo of many red.");
    ck_assert_str_eq(d.text[36], "a red in a video game.");
    ck_assert_str_eq(d.text[80], "a tattoo of the red.");
    ck_assert_str_eq(d.text[81], "y red");
    for (int i = 0; i < 82; i++)
        for (int j = 0; j < i; j++) ck_assert_str_ne(d.text[i], d.text[j]);
    descriptions_free(&d);
    option_strings_free(&list);
    tags_free(&t);
}
END_TEST

START_TEST(a_template_needs_a_hole)
{
    OptionStrings a = templates("clip80|a {}"), b = templates("a {}|a photo");
    Error err = {0};
    ck_assert_int_eq(text_template_check("text.template", &a, &err), 0);
    ck_assert_int_eq(text_template_check("text.template", &b, &err), -1);
    expect_error(&err, ERROR_USAGE, "text.template: 'a photo': no {}");
    option_strings_free(&b);
    option_strings_free(&a);
}
END_TEST

/* ---- descriptions_keep ---- */

static Scratch scratch;
static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

/* Tags a (9 texts a0 to a8), b (2) and c (4), in the order of the list. */
static Descriptions texts_of(const TagList *t)
{
    Descriptions d;
    const char *path = scratch_text(
        &scratch, "d.json",
        "[{\"a\": [\"a0\",\"a1\",\"a2\",\"a3\",\"a4\",\"a5\",\"a6\",\"a7\",\"a8\"]}, "
        "{\"b\": [\"b0\", \"b1\"]}, {\"c\": [\"c0\", \"c1\", \"c2\", \"c3\"]}]");
    ck_assert_int_eq(descriptions_read(path, t, &d, NULL), 0);
    return d;
}

START_TEST(the_first_ones)
{
    TagList t = tags_of("c\na\nb\n");
    Descriptions d = texts_of(&t);
    static const char *const want[] = {"c0", "c1", "c2", "a0", "a1", "a2", "b0", "b1"};
    descriptions_keep(&d, &t, 0, 5); /* all */
    ck_assert_int_eq(d.offset[3], 15);
    descriptions_keep(&d, &t, 3, 0);
    ck_assert_mem_eq(d.offset, ((int64_t[]){0, 3, 6, 8}), 4 * sizeof(int64_t));
    for (int i = 0; i < 8; i++) ck_assert_str_eq(d.text[i], want[i]);
    descriptions_free(&d);
    tags_free(&t);
}
END_TEST

/* The texts that tag k keeps, as one string. */
static void kept(const char *list, int64_t k, uint64_t seed, char out[64])
{
    TagList t = tags_of(list);
    Descriptions d = texts_of(&t);
    descriptions_keep(&d, &t, 4, seed);
    *out = 0;
    for (int64_t i = d.offset[k]; i < d.offset[k + 1]; i++) {
        ck_assert(i == d.offset[k] || strcmp(d.text[i - 1], d.text[i]) < 0);
        strcat(out, d.text[i]);
    }
    descriptions_free(&d);
    tags_free(&t);
}

/* The choice depends on the seed and the tag, not on the list; each text is chosen about as
 * often as any other. */
START_TEST(a_random_choice)
{
    char a[64], other[64];
    int count[9] = {0}, different = 0;
    kept("a\nb\nc\n", 0, 7, a);
    kept("c\na\n", 1, 7, other);
    ck_assert_str_eq(a, other);
    kept("b\n", 0, 7, other);
    ck_assert_str_eq(other, "b0b1");
    for (uint64_t seed = 1; seed <= 180; seed++) {
        kept("a\n", 0, seed, other);
        ck_assert_uint_eq(strlen(other), 8);
        different += strcmp(a, other) != 0;
        for (int i = 0; i < 4; i++) count[other[2 * i + 1] - '0']++;
    }
    ck_assert_int_gt(different, 150);
    for (int i = 0; i < 9; i++) ck_assert_msg(count[i] > 50 && count[i] < 110, "%d", count[i]);
}
END_TEST

Suite *test_text_template_suite(void);
Suite *test_text_template_suite(void)
{
    Suite *s = suite_create("text_template");
    TCase *t = tcase_create("templates");
    tcase_add_test(t, one_text_per_template);
    tcase_add_test(t, a_single_one_is_no_ensemble);
    tcase_add_test(t, the_templates_of_clip);
    tcase_add_test(t, a_template_needs_a_hole);
    suite_add_tcase(s, t);
    TCase *k = tcase_create("keep");
    tcase_add_checked_fixture(k, setup, teardown);
    tcase_add_test(k, the_first_ones);
    tcase_add_test(k, a_random_choice);
    suite_add_tcase(s, k);
    return s;
}
