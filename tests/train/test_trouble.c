/* SPDX-License-Identifier: Apache-2.0 */
/* Training with numbers that are not finite, and with images that cannot be read. */
#include "core/formats/safetensors.h"
#include "core/io/file.h"
#include "core/mem.h"
#include "eval/scores/scores.h"
#include "tests/support/tiny.h"
#include "tests/train/run_log.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The weight decay of AdamW multiplies every parameter by 1 - 10 * 10 per step: they overflow
 * after about twenty steps. */
#define DIVERGE                                                                                \
    " optim.lr=10 optim.weight_decay=10 optim.schedule=constant optim.warmup_steps=0"          \
    " optim.clip_norm=0 train.epochs=20 save.every=1000"

enum { NUMERIC = 5, DATA = 3 };

static int count(const char *text, const char *what)
{
    int n = 0;
    for (const char *p = text; (p = strstr(p, what)); p += strlen(what)) n++;
    return n;
}

START_TEST(divergence_ends_the_run)
{
    char before[33], after[33];
    mem_free(tiny_train(0, "diverge", "train.max_steps=5"));
    tiny_content("diverge", before);
    char *messages = tiny_train(NUMERIC, "diverge", DIVERGE);
    ck_assert_int_eq(count(messages, "warning: step "), 10);
    ck_assert_int_eq(count(messages, ": skipped; records of the step: "), 10);
    ck_assert_int_eq(count(messages, "error: "), 1);
    ck_assert_ptr_nonnull(
        strstr(messages, ": 10 steps in a row were not finite: lower optim.lr"));
    mem_free(messages);
    mem_free(tiny_out(0, "verify @/diverge"));
    tiny_content("diverge", after);
    ck_assert_str_eq(before, after);
}
END_TEST

/* The message names the records of all batches of the step by their index in the
 * annotations. */
START_TEST(a_skipped_step_names_its_records)
{
    char *messages = tiny_train(NUMERIC, "names", "optim.accumulate=2" DIVERGE);
    char *rest = strstr(messages, "records of the step:"), *end = NULL;
    bool seen[60] = {false};
    int n = 0;
    ck_assert_ptr_nonnull(rest);
    for (rest += strlen("records of the step:"); *rest != '\n'; rest = end, n++) {
        const long record = strtol(rest, &end, 10);
        ck_assert(end > rest && record >= 0 && record < 60 && !seen[record]);
        seen[record] = true;
    }
    ck_assert_int_eq(n, 16);
    mem_free(messages);
}
END_TEST

/* A weights file of the tiny model in which one parameter is not a number. */
static void write_nan(void)
{
    mem_free(tiny_train(0, "good", "train.max_steps=1"));
    mem_free(tiny_out(0, "convert @/good/checkpoints/latest @/good.safetensors"));
    char *good = tiny_path("@/good.safetensors"), *bad = tiny_path("@/nan.safetensors");
    StFile *f = NULL;
    Bytes b;
    ck_assert_int_eq(st_open(good, &f, NULL), 0);
    ck_assert_int_eq(file_read(good, &b, NULL), 0);
    memcpy(b.data + st_find(f, "fc.bias")->begin, &(float){NAN}, sizeof(float));
    ck_assert_int_eq(file_write(bad, b.data, b.len, NULL), 0);
    bytes_free(&b);
    st_close(f);
    mem_free(bad);
    mem_free(good);
}

/* Refused before the first step; nothing is left of the run. */
START_TEST(start_values_that_are_not_numbers)
{
    write_nan();
    mem_free(tiny_train(0, "from_good", "model.init=@/good.safetensors train.max_steps=1"));
    char *messages = tiny_train(NUMERIC, "from_nan", "model.init=@/nan.safetensors");
    ck_assert_ptr_nonnull(
        strstr(messages, "nan.safetensors: tensor 'fc.bias': 1 of 1 numbers"));
    mem_free(messages);
    ck_assert(!tiny_exists("@/from_nan"));
}
END_TEST

/* A step without finite numbers has a line in the log, too. */
START_TEST(numbers_that_are_not_finite_are_null)
{
    mem_free(tiny_train(NUMERIC, "null", DIVERGE));
    char *text = tiny_read("@/null/metrics.jsonl");
    ck_assert_int_eq(count(text, "\"loss\": null"), 9);
    mem_free(text);
}
END_TEST

/* debug.nan names the operation whose output was the first one that is not finite, in every
 * step; a run without bad numbers logs nothing. */
START_TEST(debug_nan_names_the_operation)
{
    char *messages = tiny_train(NUMERIC, "named", DIVERGE " debug.nan=true");
    ck_assert_int_eq(count(messages, "warning: debug.nan: step "), 10);
    ck_assert_int_eq(count(messages, ": forward of "), 10);
    ck_assert_int_eq(count(messages, " not finite), inputs ["), 10);
    ck_assert_int_eq(count(messages, "; newest parameter: "), 10);
    mem_free(messages);
    messages = tiny_train(0, "good_numbers", "train.max_steps=2 debug.nan=true");
    ck_assert_int_eq(count(messages, "debug.nan"), 0);
    mem_free(messages);
}
END_TEST

/* @/broken: a data folder in which training images 3, 14, 15 and test image 2 cannot be read,
 * and training image 5 only in part. */
static void make_broken(void)
{
    mem_free(tiny_out(0, "prepare synth @/broken --train 60 --test 20 --size 32"));
    tiny_write("@/broken/images/train/000003.png", "this is no image\n");
    tiny_write("@/broken/images/train/000014.png", "\x89PNG\r\n\x1a\n");
    char *remove_one = tiny_path("cd @/broken/images/train && rm 000015.png && "
                                 "truncate -s -60 000005.png");
    ck_assert_int_eq(system(remove_one), 0);
    mem_free(remove_one);
    tiny_write("@/broken/images/test/000002.png", "");
}

static char first[33]; /* content of @/skip */

static void setup(void)
{
    tiny_new();
    make_broken();
    mem_free(tiny_train(0, "skip", "data.root=@/broken"));
    tiny_content("skip", first);
}

static void lists_the_bad_ones(const char *run)
{
    static const char *const bad[] = {"000003.png: ", "000014.png: ", "000015.png: "};
    char *name = mem_format("@/%s/bad_images.txt", run), *text = tiny_read(name);
    ck_assert_int_eq(count(text, "\n"), 3);
    for (int i = 0; i < 3; i++) ck_assert_int_eq(count(text, bad[i]), 1);
    mem_free(text);
    mem_free(name);
}

START_TEST(bad_images_are_skipped_and_listed)
{
    char *messages = tiny_train(0, "skip2", "data.root=@/broken");
    ck_assert_ptr_nonnull(strstr(messages, "warning: 3 images could not be read: see "));
    ck_assert_int_eq(count(messages, "skip2/bad_images.txt\n"), 1);
    ck_assert_int_eq(
        count(messages, "warning: damaged images, used as far as they can be read: 1; "), 1);
    ck_assert_int_eq(count(messages, "skip2/damaged_images.txt; the first: "), 1);
    ck_assert_int_eq(count(messages, "/000005.png: PNG: the file is truncated: "), 1);
    mem_free(messages);
    lists_the_bad_ones("skip2");
}
END_TEST

static const char *const ways[][3] = {
    {"train.max_steps=4", "train.max_steps=14", "loader.threads=4"},
    {"loader.threads=1 loader.cache=16 save.every=3", "", ""},
};

START_TEST(bad_images_change_no_bit)
{
    char run[16], have[33];
    snprintf(run, sizeof run, "bad%d", _i);
    for (int i = 0; i < 3; i++) {
        char *settings = mem_format("data.root=@/broken %s", ways[_i][i]);
        mem_free(tiny_train(0, run, settings));
        mem_free(settings);
    }
    tiny_content(run, have);
    ck_assert_str_eq(have, first);
    lists_the_bad_ones(run);
    RunLog log = run_log_check(run, TINY_EPOCHS);
    run_log_free(&log);
}
END_TEST

START_TEST(evaluation_leaves_a_bad_image_out)
{
    char *messages;
    ck_assert_int_eq(tiny_run("eval --json --checkpoint @/skip --data @/broken/seen -o @/e",
                              NULL, &messages),
                     0);
    ck_assert_ptr_nonnull(strstr(messages, "test/000002.png: "));
    ck_assert_ptr_nonnull(strstr(messages, "warning: 1 image could not be read"));
    mem_free(messages);
    char *text = tiny_read("@/e/summary.json");
    json_t *json = json_loads(text, 0, NULL);
    ck_assert_int_eq(json_integer_value(json_object_get(json, "images")), 19);
    json_decref(json);
    mem_free(text);
    text = tiny_read("@/skip/metrics.jsonl");
    ck_assert_int_eq(count(text, "\"images\": 19}"), 2);
    mem_free(text);
}
END_TEST

static Scores *scores_of(const char *path)
{
    Scores *s;
    char *full = tiny_path(path);
    ck_assert_int_eq(scores_read(full, &s, NULL), 0);
    mem_free(full);
    return s;
}

/* The remaining rows still belong to the images that they name: labels and scores. */
START_TEST(the_other_images_keep_their_rows)
{
    mem_free(tiny_out(0, "eval --checkpoint @/skip --data @/broken/seen -o @/less"));
    mem_free(tiny_out(0, "eval --checkpoint @/skip --data @/data/seen -o @/all"));
    Scores *less = scores_of("@/less/scores.h5"), *all = scores_of("@/all/scores.h5");
    ck_assert_int_eq(less->images, 19);
    ck_assert_int_eq(all->images, 20);
    for (int64_t i = 0, j = 0; i < 19; i++, j++) {
        j += j == 2;
        ck_assert_str_eq(less->image[i], all->image[j]);
        ck_assert_mem_eq(less->truth + i * less->tags, all->truth + j * all->tags, less->tags);
        for (int64_t k = 0; k < all->tags; k++)
            ck_assert_double_eq_tol((double)less->score[i * all->tags + k],
                                    (double)all->score[j * all->tags + k], 1e-5);
    }
    scores_free(less);
    scores_free(all);
}
END_TEST

START_TEST(no_good_image_at_all)
{
    mem_free(tiny_messages(DATA, "eval --checkpoint @/skip --data @/data/seen --root @/none"));
    char *make = tiny_path("mkdir @/none");
    ck_assert_int_eq(system(make), 0);
    mem_free(make);
    char *messages = tiny_train(DATA, "none",
                                "data.root=@/none data.train=@/data/train.json "
                                "model.tags=@/data/train_tags.txt");
    ck_assert_ptr_nonnull(strstr(messages, "60 of 60 unreadable: not enough for one batch"));
    mem_free(messages);
}
END_TEST

Suite *test_trouble_suite(void);
Suite *test_trouble_suite(void)
{
    Suite *suite = suite_create("trouble");
    TCase *c = tcase_create("trouble");
    tcase_add_unchecked_fixture(c, setup, tiny_free);
    tcase_add_test(c, divergence_ends_the_run);
    tcase_add_test(c, a_skipped_step_names_its_records);
    tcase_add_test(c, start_values_that_are_not_numbers);
    tcase_add_test(c, numbers_that_are_not_finite_are_null);
    tcase_add_test(c, debug_nan_names_the_operation);
    tcase_add_test(c, bad_images_are_skipped_and_listed);
    tcase_add_loop_test(c, bad_images_change_no_bit, 0, 2);
    tcase_add_test(c, evaluation_leaves_a_bad_image_out);
    tcase_add_test(c, the_other_images_keep_their_rows);
    tcase_add_test(c, no_good_image_at_all);
    suite_add_tcase(suite, c);
    return suite;
}
