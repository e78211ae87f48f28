/* SPDX-License-Identifier: Apache-2.0 */
/* `ramplus eval --scores` as a user runs it: one file, several, and mistakes. */
#include "core/io/file.h"
#include "core/json/json.h"
#include "core/mem.h"
#include "core/rng.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <string.h>

static Scratch scratch;

/* Four images, two tags; model a ranks all right, b almost. */
static void setup(void)
{
    scratch_new(&scratch);
    scratch_text(&scratch, "list/tags.txt", "cat\ndog\n");
    scratch_text(&scratch, "list/annotations.txt", "1,cat\n2,dog\n3,cat,dog\n4\n");
    scratch_text(&scratch, "list/groups.txt", "small\nlarge\n");
    scratch_text(&scratch, "a.csv",
                 "image,cat,dog\n1,0.9,0.1\n2,0.2,0.8\n3,0.7,0.7\n4,0.1,0.3\n");
    scratch_text(&scratch, "b.csv",
                 "image,dog,cat\n1,0.9,0.9\n2,0.8,0.2\n3,0.7,0.7\n4,0.3,0.1\n");
}

static void teardown(void) { scratch_free(&scratch); }

/* stdout of `eval` in the scratch folder. Owned. */
static char *output_of(int want, const char *arguments, char **messages)
{
    char *out, *line = mem_format("eval %s", arguments), *all = NULL;
    for (char *at; (at = strchr(line, '@'));) {
        *at = 0;
        all = mem_format("%s%s%s", line, scratch.dir, at + 1);
        mem_free(line);
        line = all;
    }
    const int code = run_program(&scratch, line, &out, messages);
    ck_assert_msg(code == want, "%s: exit code %d: %s", line, code, messages ? *messages : out);
    mem_free(line);
    return out;
}

static char *read_text(const char *name)
{
    Bytes b;
    ck_assert_int_eq(file_read(scratch_path(&scratch, name), &b, NULL), 0);
    return (char *)b.data;
}

static void contains(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) != NULL, "no '%s' in:\n%s", part, text);
}

START_TEST(one_file)
{
    char *text = output_of(0, "--scores @/a.csv --data @/list -o @/out --bands 1,2", NULL);
    contains(text, "images                  4                     4\n");
    contains(text, "\nmAP                     1.0000                1.0000\n");
    contains(text, "\n  1 to 2                1.0000 (2 tags)       1.0000 (2 tags)\n");
    contains(text, "\n  more than 2           -                     -\n");
    contains(text, "\n  large                 1.0000 (1 tag)        1.0000 (1 tag)\n");
    char *file = read_text("out/summary.txt"), *csv = read_text("out/per_tag.csv");
    ck_assert_str_eq(text, file);
    contains(csv, "\ncat,2,0.999999995,1.000000000,0.999999999");
    mem_free(csv);
    mem_free(file);
    mem_free(text);
    char *json =
        output_of(0, "--scores @/a.csv --data @/list --json --bootstrap 50 --bands 1,2", NULL);
    json_t *o = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_ptr_nonnull(o);
    const json_t *strict = json_object_get(o, "strict");
    const json_t *interval = json_object_get(strict, "mAP_over_images_and_tags");
    ck_assert_double_eq(json_number_value(json_object_get(interval, "high")), 1);
    ck_assert_double_eq(json_number_value(json_object_get(strict, "top1")), 0.75);
    ck_assert_int_eq(json_integer_value(json_object_get(o, "positives")), 4);
    ck_assert_uint_eq(json_array_size(json_object_get(o, "per_tag")), 2);
    const json_t *groups = json_object_get(strict, "mAP_by_group");
    ck_assert_uint_eq(json_object_size(groups), 2);
    json_decref(o);
    mem_free(json);
}
END_TEST

START_TEST(several_files)
{
    char *text = output_of(0,
                           "--scores @/a.csv --scores @/b.csv --data @/list --bootstrap 64 "
                           "-o @/out",
                           NULL);
    contains(text, "mAP, strict\n       list\na.csv  1.0000\nb.csv  0.7917\n");
    contains(text, "mAP minus that of a.csv, with its 95% interval over images, strict\n");
    contains(text, "\nb.csv  -0.2083 (-0.");
    char *file = read_text("out/table.txt"), *csv = read_text("out/table.csv");
    ck_assert_str_eq(text, file);
    contains(csv, "model,list:reference:mAP,");
    contains(csv, "\nb.csv,0.79166666");
    ck_assert(file_exists(scratch_path(&scratch, "out/b.csv/per_tag.csv")));
    char *json = read_text("out/table.json");
    json_t *o = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
    const json_t *models = json_object_get(o, "models");
    ck_assert_uint_eq(json_array_size(models), 2);
    json_decref(o);
    mem_free(json);
    mem_free(csv);
    mem_free(file);
    mem_free(text);
}
END_TEST

/* One positive per tag: resamples without it leave the mean, those with it twice raise it. */
START_TEST(an_interval_beside_its_value)
{
    enum { IMAGES = 40, TAGS = 150 };
    Text x = {0}, y = {0};
    char *messages;
    Rng rng = rng_new(1, 0, 0, RNG_TEST);
    for (int i = -1; i < IMAGES; i++) {
        text_add(&x, "%d", i);
        text_add(&y, "%d", i);
        for (int k = 0; k < TAGS; k++) {
            text_add(&x, ",%.6g", i < 0 ? k : rng_uniform(&rng));
            text_add(&y, ",%d", i < 0 ? k : k % IMAGES == i);
        }
        text_put(&x, "\n");
        text_put(&y, "\n");
    }
    scratch_text(&scratch, "x.csv", x.data);
    scratch_text(&scratch, "y.csv", y.data);
    mem_free(output_of(0, "--scores @/x.csv --truth @/y.csv --bootstrap 200", &messages));
    contains(messages, "warning: strict: mAP 0.");
    contains(messages, " is outside its interval over images");
    mem_free(messages);
    text_free(&y);
    text_free(&x);
}
END_TEST

START_TEST(thresholds_of_standardized_scores)
{
    char *messages,
        *text = output_of(0, "--scores @/a.csv --data @/list --standardize tag", &messages);
    contains(messages, "CP, CR, F1, OP, OR, OF1 are left out");
    ck_assert_ptr_null(strstr(text, "\nCP "));
    mem_free(messages);
    mem_free(text);
    text =
        output_of(0, "--scores @/a.csv --data @/list --standardize tag --threshold -9", NULL);
    contains(text, "\nCP                      0.5000                0.5000\n");
    mem_free(text);
}
END_TEST

START_TEST(unlabeled_images)
{
    char *text = output_of(0, "--scores @/a.csv --data @/list --labeled-only --limit 4", NULL);
    contains(text, "images                  4                     3\n");
    contains(text, "\ntop-1 accuracy          0.7500                1.0000\n");
    mem_free(text);
}
END_TEST

static const struct {
    int code;
    const char *arguments, *message;
} bad[] = {
    {2, "--scores @/a.csv --checkpoint @/m --data @/list", "either --checkpoint or --scores"},
    {2, "--scores @/a.csv --data @/list --data @/list2", "--scores: one --data"},
    {2, "--scores @/a.csv --tags @/list/tags.txt", "--tags and --annotations need --data"},
    {2, "--scores @/a.csv --data @/list --bank @/x.h5", "need a --checkpoint"},
    {2, "--scores @/a.csv --data @/list --bands 5", "--bands: expected two numbers"},
    {2, "--scores @/a.csv --data @/list --standardize x", "none|image|tag"},
    {2, "--scores @/a.csv --data @/list --bootstrap 100001", "100001"},
    {2, "--checkpoint @/m --data @/list --threshold 2",
     "--threshold: expected a number in 0..1"},
    {2, "--checkpoint @/m --data @/list --truth @/a.csv", "--truth and --groups belong to"},
    {2, "--data @/list", "--checkpoint is missing"},
    {3, "--scores @/a.csv", "has no labels"},
    {3, "--scores @/none.csv --data @/list", "none.csv: cannot open"},
    {3, "--scores @/a.csv --data @/none", "none: no such folder"},
    {3, "--scores @/a.csv --truth @/b.csv", "label 0.9: expected 1, 0 or -1"},
};
enum { BAD = sizeof bad / sizeof *bad };

START_TEST(refuses)
{
    char *messages, *out = output_of(bad[_i].code, bad[_i].arguments, &messages);
    contains(messages, bad[_i].message);
    ck_assert_str_eq(out, "");
    mem_free(messages);
    mem_free(out);
}
END_TEST

Suite *test_eval_scores_suite(void);
Suite *test_eval_scores_suite(void)
{
    Suite *s = suite_create("eval_scores");
    TCase *t = tcase_create("eval_scores");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, one_file);
    tcase_add_test(t, several_files);
    tcase_add_test(t, an_interval_beside_its_value);
    tcase_add_test(t, thresholds_of_standardized_scores);
    tcase_add_test(t, unlabeled_images);
    tcase_add_loop_test(t, refuses, 0, BAD);
    suite_add_tcase(s, t);
    return s;
}
