/* SPDX-License-Identifier: Apache-2.0 */
#include "data/descriptions.h"
#include "data/tags.h"

#include "core/io/text.h"
#include "core/log.h"
#include "core/mem.h"
#include "data/text_template.h"
#include "data/thresholds.h"
#include "tests/support/sanitized.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Scratch scratch;

static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

static TagList list(const char *text)
{
    TagList t;
    Error err = {0};
    ck_assert_msg(tags_read(scratch_text(&scratch, "tags.txt", text), &t, &err) == 0, "%s",
                  err.text);
    return t;
}

START_TEST(keeps_order_and_repeats)
{
    TagList t = list("\xef\xbb\xbfred\ncrane\r\nblue\ncrane\nred circle\ncrane");
    ck_assert_int_eq(t.count, 6);
    ck_assert_str_eq(t.name[0], "red");
    ck_assert_str_eq(t.name[1], "crane");
    ck_assert_str_eq(t.name[4], "red circle");
    ck_assert_int_eq(tags_find(&t, "red"), 0);
    ck_assert_int_eq(tags_find(&t, "red circle"), 4);
    ck_assert_int_eq(tags_find(&t, "crane"), 1);
    ck_assert_int_eq(tags_next(&t, 1), 3);
    ck_assert_int_eq(tags_next(&t, 3), 5);
    ck_assert_int_eq(tags_next(&t, 5), -1);
    ck_assert_int_eq(tags_next(&t, 0), -1);
    ck_assert_int_eq(tags_find(&t, "Red"), -1);
    ck_assert_int_eq(tags_find(&t, ""), -1);
    ck_assert_int_eq(tags_find(&t, "zebra"), -1);
    tags_free(&t);
    ck_assert_ptr_null(t.name);
    tags_free(&t);
}
END_TEST

typedef struct Bad {
    const char *text, *why;
} Bad;

static const Bad bad_tags[] = {
    {"", "no tags: empty file"},
    {"red\n\nblue\n", "line 2: empty"},
    {"red\n\xef\xbb\xbf \n", "line 2: empty"},
    {"red\n \t\n", "line 2: empty"},
    {"red\nblue\n\n", "line 3: empty"},
    {"red\n\xff\xfe\n", "line 2: not UTF-8"},
    {"ok\n\xc0\xaf\n", "line 2: not UTF-8"},     /* overlong */
    {"\xed\xa0\x80\n", "line 1: not UTF-8"},     /* surrogate */
    {"\xf4\x90\x80\x80\n", "line 1: not UTF-8"}, /* above U+10FFFF */
    {"caf\xc3", "line 1: not UTF-8"},            /* truncated */
#define HOLDS(shown, code)                                                                     \
    "line 2: tag '" shown "' holds " code ", a control or bidirectional character: remove it"
    {"red\n\x1b]0;x\a\n", HOLDS("?]0;x?", "U+001B")},
    {"red\na\tb\n", HOLDS("a?b", "U+0009")},
    {"red\na\rb\n", HOLDS("a?b", "U+000D")},
    {"red\na\x7f\n", HOLDS("a?", "U+007F")},
    {"red\na\xc2\x9b\n", HOLDS("a?", "U+009B")},
    {"red\na\xe2\x80\xae\n", HOLDS("a?", "U+202E")},
    {"red\na\xe2\x81\xa6\n", HOLDS("a?", "U+2066")},
};

START_TEST(json_is_no_list)
{
    TagList t;
    Error err = {0};
    ck_assert_int_eq(
        tags_read(scratch_text(&scratch, "d.json", "[{\"red\": [\"x\"]}]"), &t, &err), -1);
    expect_error(&err, ERROR_DATA, "d.json: looks like JSON: expected one tag per line");
}
END_TEST

START_TEST(refuses_bad_lists)
{
    TagList t;
    Error err = {0};
    const char *path = scratch_text(&scratch, "tags.txt", bad_tags[_i].text);
    ck_assert_int_eq(tags_read(path, &t, &err), -1);
    ck_assert_int_eq(err.code, ERROR_DATA);
    char want[1024];
    snprintf(want, sizeof want, "%s: %s", path, bad_tags[_i].why);
    ck_assert_str_eq(err.text, want);
    ck_assert_ptr_null(t.name);
}
END_TEST

/* Of a list with results, and as files store it, such names are only reported. */
START_TEST(lists_in_use_keep_their_names)
{
    static const char list[] = "red\na\x1b[31m\xe2\x80\xae\n";
    TagList t;
    Error err = {0};
    const char *path = scratch_text(&scratch, "tags.txt", list);
    ck_assert_msg(tags_read_used(path, &t, &err) == 0, "%s", err.text);
    ck_assert_str_eq(t.name[1], "a\x1b[31m\xe2\x80\xae");
    tags_free(&t);
    ck_assert_int_eq(tags_parse("stored", list, &t, NULL), 0);
    ck_assert_str_eq(t.line[1], "a\x1b[31m\xe2\x80\xae");
    tags_free(&t);
}
END_TEST

/* tags_can_hold(name) is true exactly if a list returns the name unchanged. */
START_TEST(names_that_a_list_can_hold)
{
    static const struct {
        const char *name;
        bool can;
    } cases[] = {
        {"red", true},  {" red circle ", true}, {"a\rb", true},         {"\xe7\x8c\xab", true},
        {"", false},    {" \t", false},         {"a\nb", false},        {"a\n", false},
        {"a\r", false}, {"\xff", false},        {"\xe3\x80\x80", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_msg(tags_can_hold(cases[i].name) == cases[i].can, "case %zu", i);
    char red[] = "red", odd[] = "a\rb", blue[] = " blue", *names[] = {red, odd, red, blue};
    TagList t = tags_new(names, 4), back;
    char *text = tags_join(&t);
    ck_assert_int_eq(tags_next(&t, 0), 2);
    ck_assert_int_eq(tags_parse("text", text, &back, NULL), 0);
    ck_assert_int_eq(tags_difference(&t, &back), -1);
    tags_free(&back);
    back = tags_new(names, 3);
    ck_assert_int_eq(tags_difference(&t, &back), 3);
    ck_assert_int_eq(tags_difference(&back, &t), 3);
    tags_free(&back);
    names[1] = blue;
    back = tags_new(names, 4);
    ck_assert_int_eq(tags_difference(&t, &back), 1);
    mem_free(text);
    tags_free(&back);
    tags_free(&t);
}
END_TEST

/* Blanks at the ends, wide blanks and the composition of letters do not tell names apart, but
 * what banks and checkpoints hash is the line as it stands. */
START_TEST(names_differ_by_more_than_blanks)
{
    TagList t = list(
        "\xef\xbb\xbf red \nblue\xc2\xa0\r\r\n\xef\xbb\xbfgreen  car\ne\xcc\x81t\xc3\xa9\n");
    TagList trimmed = list("red\nblue\ngreen car\n\xc3\xa9te\xcc\x81\n");
    Descriptions d = text_template_fill(&(OptionStrings){0}, &t);
    char *text = tags_join(&t);
    ck_assert_str_eq(t.name[0], "red");
    ck_assert_str_eq(t.name[1], "blue");
    ck_assert_str_eq(t.name[2], "green  car");
    ck_assert_int_eq(tags_find(&t, "red"), 0);
    ck_assert_int_eq(tags_find(&t, "\tblue "), 1);
    ck_assert_int_eq(tags_find(&t, "green\xe3\x80\x80"
                                   "car\xef\xbb\xbf"),
                     2);
    ck_assert_int_eq(tags_find(&t, "\xc3\xa9t\xc3\xa9"), 3);
    ck_assert_int_eq(tags_find(&t, "\xc3\x89t\xc3\xa9"), -1); /* capitals differ */
    ck_assert_int_eq(tags_find(&t, "greencar"), -1);
    ck_assert_int_eq(tags_find(&t, "red\xff"), -1);
    ck_assert_int_eq(tags_difference(&t, &trimmed), -1);
    ck_assert_str_eq(d.text[0], "a photo of a  red .");
    ck_assert_str_eq(text, " red \nblue\xc2\xa0\n\xef\xbb\xbfgreen  car\ne\xcc\x81t\xc3\xa9\n");
    mem_free(text);
    descriptions_free(&d);
    tags_free(&trimmed);
    tags_free(&t);
}
END_TEST

/* The tags of a descriptions file, in its order; the file then describes every one of them. */
START_TEST(tags_of_descriptions)
{
    TagList t;
    Descriptions d;
    Error err = {0};
    char *path = mem_strdup(scratch_text(
        &scratch, "d.json", "[{\"b\": [\"1\"]}, {\"a c\": [\"2\", \"3\"]}, {\"b\": [\"4\"]}]"));
    ck_assert_int_eq(descriptions_read_tags(path, &t, NULL), 0);
    ck_assert_int_eq(t.count, 3);
    ck_assert_str_eq(t.name[0], "b");
    ck_assert_str_eq(t.name[1], "a c");
    ck_assert_str_eq(t.name[2], "b");
    ck_assert_int_eq(descriptions_read(path, &t, &d, NULL), 0);
    for (int i = 0; i < 4; i++) ck_assert_int_eq(d.text[i][0], '1' + i);
    descriptions_free(&d);
    tags_free(&t);
    scratch_text(&scratch, "d.json", "[{\"b\": [\"1\"]},\n {\"\": [\"2\"]}]");
    ck_assert_int_eq(descriptions_read_tags(path, &t, &err), -1);
    expect_error(&err, ERROR_DATA, "d.json: record 2 (line 2): tag '': blank or more than one");
    err = (Error){0};
    scratch_text(&scratch, "d.json", "[{\"b\": [\"1\"]},\n {\"\\u202ea\": [\"2\"]}]");
    ck_assert_int_eq(descriptions_read_tags(path, &t, &err), -1);
    expect_error(&err, ERROR_DATA,
                 "d.json: record 2 (line 2): tag '?a': holds a control or bidirectional");
    err = (Error){0};
    scratch_text(&scratch, "d.json", "[{\"b\": []}]");
    ck_assert_int_eq(descriptions_read_tags(path, &t, &err), -1);
    expect_error(&err, ERROR_DATA, "tag 'b': expected a list of at least one text");
    mem_free(path);
}
END_TEST

START_TEST(missing_list_is_an_error)
{
    TagList t;
    Error err = {0};
    ck_assert_int_eq(tags_read(scratch_path(&scratch, "none"), &t, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "cannot open"));
}
END_TEST

START_TEST(reads_thresholds)
{
    float x[5];
    Error err = {0};
    TagList four = list("a\nb\nc\nd\n"), five = list("a\nb\nc\nd\ne\n");
    const char *path = scratch_text(&scratch, "t.txt", "0.65\n0\n1\n6.8e-1");
    ck_assert_int_eq(thresholds_read(path, &four, x, &err), 0);
    ck_assert(fabs((double)x[0] - 0.65) < 1e-7 && fabs((double)x[3] - 0.68) < 1e-7);
    ck_assert((double)x[1] == 0 && (double)x[2] == 1);
    ck_assert_int_eq(thresholds_read(path, &five, x, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "4 thresholds for 5 tags"));
    tags_free(&four);
    tags_free(&five);
}
END_TEST

/* Tables with a header: columns in any order, with or without the tags. */
static const char *const tables[] = {
    "tag,threshold,precision\n\"a, b\",0.25,1\nc,0.75,0\n",
    "f1,threshold,tag\n0.1,0.25,\"a, b\"\n0.2,0.75,c",
    "\xef\xbb\xbfthreshold\r\n0.25\r\n0.75\r\n",
};

START_TEST(reads_tables_of_thresholds)
{
    float x[2];
    Error err = {0};
    TagList two = list("a, b\nc\n");
    const char *path = scratch_text(&scratch, "t.csv", tables[_i]);
    ck_assert_msg(thresholds_read(path, &two, x, &err) == 0, "%s", err.text);
    ck_assert(x[0] == 0.25F && x[1] == 0.75F);
    tags_free(&two);
}
END_TEST

/* Names are equal as everywhere: in any composition, with any blanks. */
START_TEST(thresholds_are_of_equal_names)
{
    float x[2];
    Error err = {0};
    TagList two = list("caf\u00e9\nhot  dog\n");
    const char *path =
        scratch_text(&scratch, "t.csv", "tag,threshold\ncafe\u0301,0.25\n hot dog ,0.75\n");
    ck_assert_msg(thresholds_read(path, &two, x, &err) == 0, "%s", err.text);
    ck_assert(x[0] == 0.25F && x[1] == 0.75F);
    path = scratch_text(&scratch, "t.csv", "tag,threshold\ncafe,0.25\nhot dog,0.75\n");
    ck_assert_int_eq(thresholds_read(path, &two, x, &err), -1);
    expect_error(&err, ERROR_DATA, "line 2: the threshold of 'cafe'");
    tags_free(&two);
}
END_TEST

static const Bad bad_thresholds[] = {
    {"0.5\nabc\n", "line 2: expected a number, got 'abc'"},
    {"0.5\n0.5x\n", "expected a number, got '0.5x'"},
    {"0.5\n\n", "line 2: expected a number, got ''"},
    {"nan\n0.5\n", "line 1: nan is outside 0..1"},
    {"0.5\n1.01\n", "line 2: 1.01 is outside"},
    {"-0.1\n0\n", "line 1: -0.1 is outside"},
    {"a,0.5\nb,0.5\n", "line 1: expected a number, got 'a,0.5'"},
    {"tag,threshold\nb,0.5\na,0.5\n", "line 2: the threshold of 'b', but the tag list has 'a'"},
    {"tag,threshold\na,0.5\nb\n", "line 3: expected a number, got ''"},
    {"tag,threshold\na,0.5\n", "1 thresholds for 2 tags"},
    {"threshold,tag\n0.5,a\n0.5\n", "line 3: the threshold of ''"},
};

START_TEST(refuses_bad_thresholds)
{
    float x[2];
    Error err = {0};
    TagList two = list("a\nb\n");
    const char *path = scratch_text(&scratch, "t.txt", bad_thresholds[_i].text);
    ck_assert_int_eq(thresholds_read(path, &two, x, &err), -1);
    ck_assert_int_eq(err.code, ERROR_DATA);
    ck_assert_msg(strstr(err.text, bad_thresholds[_i].why) != NULL, "%s", err.text);
    tags_free(&two);
}
END_TEST

START_TEST(reads_descriptions_in_list_order)
{
    TagList t = list("red\ncrane\nblue\ncrane\nred\n");
    Descriptions d;
    Error err = {0};
    const char *path = scratch_text(
        &scratch, "d.json",
        "[{\"crane\":[\"a bird\",\"it flies\"]},\n{\"red\":[\"like blood\"]},\n"
        "{\"green\":[\"grass\"]},\n{\"crane\":[\"it lifts\"]},\n{\"blue\":[\"sky\"]}]");
    ck_assert_msg(descriptions_read(path, &t, &d, &err) == 0, "%s", err.text);
    const char *want[] = {"like blood", "a bird", "it flies", "sky", "it lifts", "like blood"};
    const int64_t offset[] = {0, 1, 3, 4, 5, 6};
    ck_assert_int_eq(d.tags, 5);
    for (int k = 0; k <= 5; k++) ck_assert_int_eq(d.offset[k], offset[k]);
    for (int i = 0; i < 6; i++) ck_assert_str_eq(d.text[i], want[i]);
    descriptions_free(&d);
    tags_free(&t);
}
END_TEST

static const Bad bad_descriptions[] = {
    {"{\"red\":[\"x\"]}", "d.json: line 1: not a JSON array: looks like one object"},
    {"[{\"red\":[\"x\"]}]", "d.json: tag 2 'blue': no description"},
    {"[{\"red\":[\"x\"]},{\"Blue\":[\"y\"]}]",
     "tag 2 'blue': no description, but 1 entry not in the tag list, such as 'Blue'"},
    {"[{\"red\":[\"x\"]},\n{\"red\":[\"y\"]}]",
     "d.json: record 2 (line 2): tag 'red': already described"},
    {"[{\"red\":[]}]", "record 1 (line 1): tag 'red': expected a list of at least one text"},
    {"[{\"red\":\"x\"}]", "tag 'red': expected a list of at least one text"},
    {"[{\"red\":[\"x\",7]}]", "tag 'red': description 1 is not a string"},
    {"[{\"red\":[\"x\"],\"blue\":[\"y\"]}]", "expected one key, {tag: [texts]}, got 2"},
    {"[{}]", "expected one key, {tag: [texts]}, got 0"},
    {"[[\"red\"]]", "'[' instead of an object {...}"},
    {"[{\"red\":[\"x\"],\"red\":[\"y\"]},{\"blue\":[]}]",
     "tag 'red' is given twice; bad records: 2 of 2; `ramplus describe --check` lists them"},
    {"[{\"red\":[\"\\ud800\"]}]", "tag 'red' holds half a surrogate pair"},
};

/* Each entry finds its place at once, however often its tag occurs. */
START_TEST(repeated_tags_take_no_longer)
{
    enum { TIMES = 200000 };
    Text tags = {0}, json = {0};
    for (int i = 0; i < TIMES; i++) {
        text_put(&tags, "crane\n");
        text_add(&json, "%s{\"crane\": [\"%d\"]}", i ? ", " : "[", i);
    }
    text_put(&json, "]");
    TagList t = list(tags.data);
    Descriptions d;
    Error err = {0};
    const double start = log_now();
    const char *path = scratch_text(&scratch, "d.json", json.data);
    ck_assert_msg(descriptions_read(path, &t, &d, &err) == 0, "%s", err.text);
    ck_assert_double_lt(log_now() - start, SANITIZED_MEMORY ? 30 : 3);
    ck_assert_int_eq(d.offset[TIMES], TIMES);
    ck_assert_str_eq(d.text[0], "0");
    ck_assert_str_eq(d.text[TIMES - 1], "199999");
    descriptions_free(&d);
    tags_free(&t);
    text_free(&tags);
    text_free(&json);
}
END_TEST

START_TEST(refuses_bad_descriptions)
{
    TagList t = list("red\nblue\n");
    Descriptions d;
    Error err = {0};
    const char *path = scratch_text(&scratch, "d.json", bad_descriptions[_i].text);
    ck_assert_int_eq(descriptions_read(path, &t, &d, &err), -1);
    ck_assert_int_eq(err.code, ERROR_DATA);
    ck_assert_msg(strstr(err.text, bad_descriptions[_i].why) != NULL, "%s", err.text);
    ck_assert_ptr_null(d.text);
    tags_free(&t);
}
END_TEST

START_TEST(template_describes_every_tag)
{
    TagList t = list("red\nred circle\n");
    Descriptions d = text_template_fill(&(OptionStrings){0}, &t);
    ck_assert_int_eq(d.offset[2], 2);
    ck_assert_str_eq(d.text[0], "a photo of a red.");
    ck_assert_str_eq(d.text[1], "a photo of a red circle.");
    descriptions_free(&d);
    tags_free(&t);
}
END_TEST

Suite *test_tags_suite(void);
Suite *test_tags_suite(void)
{
    Suite *s = suite_create("tags");
    TCase *t = tcase_create("tags");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, keeps_order_and_repeats);
    tcase_add_test(t, json_is_no_list);
    tcase_add_loop_test(t, refuses_bad_lists, 0, sizeof bad_tags / sizeof *bad_tags);
    tcase_add_test(t, names_that_a_list_can_hold);
    tcase_add_test(t, lists_in_use_keep_their_names);
    tcase_add_test(t, names_differ_by_more_than_blanks);
    tcase_add_test(t, tags_of_descriptions);
    tcase_add_test(t, missing_list_is_an_error);
    tcase_add_test(t, reads_thresholds);
    tcase_add_loop_test(t, reads_tables_of_thresholds, 0, 3);
    tcase_add_test(t, thresholds_are_of_equal_names);
    tcase_add_loop_test(t, refuses_bad_thresholds, 0,
                        sizeof bad_thresholds / sizeof *bad_thresholds);
    tcase_add_test(t, reads_descriptions_in_list_order);
    tcase_add_test(t, repeated_tags_take_no_longer);
    tcase_add_loop_test(t, refuses_bad_descriptions, 0,
                        sizeof bad_descriptions / sizeof *bad_descriptions);
    tcase_add_test(t, template_describes_every_tag);
    suite_add_tcase(s, t);
    return s;
}
