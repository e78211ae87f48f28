/* SPDX-License-Identifier: Apache-2.0 */
/* `ramplus threshold` as a user runs it: per tag, per group, one for all, cross-validated. */
#include "core/json/json.h"
#include "core/mem.h"
#include "core/rng.h"
#include "eval/scores/scores.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

enum { IMAGES = 40, TAGS = 4 };

static Scratch scratch;

static void setup(void)
{
    static const char *const tag[] = {"a", "b", "c", "d"};
    char name[IMAGES][8];
    const char *image[IMAGES];
    scratch_new(&scratch);
    for (int i = 0; i < IMAGES; i++) {
        sprintf(name[i], "%d", i);
        image[i] = name[i];
    }
    Scores *s = scores_new(image, IMAGES, tag, TAGS);
    Rng rng = rng_new(1, 0, 0, RNG_TEST);
    for (int at = 0; at < IMAGES * TAGS; at++) {
        s->truth[at] = rng_uniform(&rng) < 0.3;
        s->score[at] = (float)(rng_uniform(&rng) * 0.6 + (s->truth[at] ? 0.3 : 0));
    }
    scores_write(s, scratch_path(&scratch, "s.h5"), NULL);
    scores_free(s);
    scratch_text(&scratch, "groups.txt", "x\ny\nx\ny\n");
    scratch_text(&scratch, "list/tags.txt", "a\nb\nc\nd\n");
    scratch_text(&scratch, "list/annotations.txt", "1,a\n2,d\n");
    scratch_text(&scratch, "list/groups.txt", "x\ny\nx\ny\n");
    scratch_text(&scratch, "other/tags.txt", "a\nb\nd\nc\n");
    scratch_text(&scratch, "other/annotations.txt", "1,a\n");
    scratch_text(&scratch, "bare/tags.txt", "a\nb\nc\nd\n");
    scratch_text(&scratch, "bare/annotations.txt", "1,a\n");
}

static void teardown(void) { scratch_free(&scratch); }

/* stdout of `threshold`, whose thresholds go to OUT in the scratch folder. Owned. */
static char *output_of(int want, const char *out, const char *arguments, char **messages)
{
    const char *dir = scratch.dir;
    char *printed, *options = mem_strdup(arguments);
    for (char *at; (at = strchr(options, '@'));) {
        *at = 0;
        char *all = mem_format("%s%s%s", options, dir, at + 1);
        mem_free(options);
        options = all;
    }
    char *line = mem_format("threshold --scores %s/s.h5 -o %s/%s %s", dir, dir, out, options);
    const int code = run_program(&scratch, line, &printed, messages);
    ck_assert_msg(code == want, "%s: exit code %d", line, code);
    mem_free(options);
    mem_free(line);
    return printed;
}

static double number(const json_t *o, const char *key, const char *member)
{
    const json_t *value = json_object_get(o, key);
    if (member) value = json_object_get(value, member);
    ck_assert_msg(json_is_number(value), "no %s", key);
    return json_number_value(value);
}

/* The thresholds that were written. */
static void read_thresholds(const char *name, double out[TAGS])
{
    FILE *f = fopen(scratch_path(&scratch, name), "r");
    for (int k = 0; k < TAGS; k++) ck_assert_int_eq(fscanf(f, "%lf", &out[k]), 1);
    fclose(f);
}

START_TEST(what_one_threshold_is_of)
{
    static const char *const options[] = {"--per tag", "--per group --groups @/groups.txt",
                                          "--per group --data @/list", "--per global",
                                          "--least 1000"};
    double t[5][TAGS], f1[5];
    for (int i = 0; i < 5; i++) {
        char *line = mem_format("--json %s", options[i]);
        char *text = output_of(0, "t.txt", line, NULL);
        json_t *o = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
        ck_assert_int_eq((int)number(o, "folds", NULL), 5);
        ck_assert_int_eq((int)number(o, "fallen_back", NULL), i == 4 ? TAGS : 0);
        ck_assert_double_gt(number(o, "cross_validated", "F1"), 0.2);
        f1[i] = number(o, "after", "F1");
        const bool same =
            number(o, "cross_validated", "F1") == number(o, "cross_validated_global", "F1");
        ck_assert_int_eq(same, i >= 3);
        read_thresholds("t.txt", t[i]);
        json_decref(o);
        mem_free(text);
        mem_free(line);
    }
    for (int k = 0; k < TAGS; k++) {
        ck_assert(t[1][k] == t[1][k % 2] && t[1][k] == t[2][k]);
        ck_assert(t[3][k] == t[3][0] && t[4][k] == t[3][0]);
    }
    ck_assert(t[1][0] != t[1][1] && t[0][0] != t[0][2]);
    ck_assert(f1[0] >= f1[1] && f1[1] >= f1[3]);
}
END_TEST

START_TEST(the_table)
{
    char *text = output_of(0, "t.csv", "--folds 3", NULL);
    ck_assert_ptr_nonnull(strstr(text, "\nafter, on the same images     0."));
    ck_assert_ptr_nonnull(strstr(text, "\ncross-validated               0."));
    ck_assert_ptr_nonnull(strstr(text, "\none for all, cross-validated  0."));
    mem_free(text);
    text = output_of(0, "t.csv", "--per global --split 0.5", NULL);
    ck_assert_ptr_nonnull(strstr(text, "\nafter, on other images  "));
    ck_assert_ptr_null(strstr(text, "one for all"));
    mem_free(text);
}
END_TEST

static const struct {
    int code;
    const char *arguments, *message;
} bad[] = {
    {2, "--per group", "--per group needs --groups or --data"},
    {2, "--groups @/groups.txt", "--per group needs --groups or --data, and only it does"},
    {2, "--per group --groups @/groups.txt --data @/list", "--per group needs"},
    {2, "--folds 1", "1"},
    {3, "--per group --data @/other", "other: its tags are not those of the scores: tag 2"},
    {3, "--per group --data @/bare", "bare: no groups.txt"},
    {3, "--per group --groups @/list/annotations.txt", "2 lines for 4 tags"},
    {3, "--per group --groups @/none.txt", "none.txt: cannot open"},
};
enum { BAD = sizeof bad / sizeof *bad };

START_TEST(refuses)
{
    char *messages, *out = output_of(bad[_i].code, "t.txt", bad[_i].arguments, &messages);
    ck_assert_msg(strstr(messages, bad[_i].message) != NULL, "%s", messages);
    ck_assert_str_eq(out, "");
    mem_free(messages);
    mem_free(out);
}
END_TEST

Suite *test_cmd_threshold_suite(void);
Suite *test_cmd_threshold_suite(void)
{
    Suite *s = suite_create("cmd_threshold");
    TCase *t = tcase_create("cmd_threshold");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, what_one_threshold_is_of);
    tcase_add_test(t, the_table);
    tcase_add_loop_test(t, refuses, 0, BAD);
    suite_add_tcase(s, t);
    return s;
}
