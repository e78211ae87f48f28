/* SPDX-License-Identifier: Apache-2.0 */
/* Learning rates inside the cells: which one is chosen, on which images, and what is reported,
 * against the stored scores and a plain computation. */
#include "core/mem.h"
#include "eval/metrics/image_split.h"
#include "eval/scores/scores.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHARE "0.4"
#define BASE  "ablate -c @/tiny.yaml swin.depths=1,1,1,1 model.layers=1 train.max_steps=6 "
#define GRID  "--grid loss.tag=bce,hill --seeds 2 "

enum { CELLS = 2, RATES = 2, SEEDS = 2, LISTS = 2 };
static const char *const cells[CELLS] = {"loss.tag=bce", "loss.tag=hill"};
static const char *const rates[RATES] = {"1e-3", "2e-2"};
static const char *const lists[LISTS] = {"seen", "unseen"};

static json_t *grid; /* of the whole suite */

static json_t *table_of(const char *arguments)
{
    char *out = tiny_out(0, arguments);
    json_t *json = json_loads(out, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_ptr_nonnull(json);
    mem_free(out);
    return json;
}

static void setup(void)
{
    tiny_new();
    grid = table_of(BASE GRID "run=@/g --lr 1e-3,2e-2 --validation " SHARE " --json");
}

static void teardown(void)
{
    json_decref(grid);
    tiny_free();
}

/* AP of one tag on the images of one part: equal scores by image. */
static double naive_ap(const Scores *s, int64_t k, const bool *use)
{
    double sum = 0, positives = 0;
    for (int64_t i = 0; i < s->images; i++) {
        if (!use[i] || !s->truth[i * s->tags + k]) continue;
        double rank = 1, before = 1;
        for (int64_t j = 0; j < s->images; j++) {
            const float x = s->score[i * s->tags + k], y = s->score[j * s->tags + k];
            if (!use[j] || j == i || !(y > x || (y == x && j < i))) continue;
            rank++;
            before += s->truth[j * s->tags + k];
        }
        sum += before / rank;
        positives++;
    }
    return sum / (positives + 1e-8);
}

static double naive_map(const char *cell, const char *rate, int seed, const char *list,
                        bool validation)
{
    Scores *s;
    char *text = mem_format("@/g/%s/lr_%s/seed_%d/eval/step_00000006/%s/scores.h5", cell, rate,
                            seed, list);
    char *path = tiny_path(text);
    ck_assert_int_eq(scores_read(path, &s, NULL), 0);
    bool *use = mem_alloc((size_t)s->images);
    int64_t n = 0;
    for (int64_t i = 0; i < s->images; i++) {
        use[i] = (image_split(s->image[i], SPLIT_SHARE) < atof(SHARE)) == validation;
        n += use[i];
    }
    ck_assert(n > 0 && n < s->images);
    double sum = 0;
    for (int64_t k = 0; k < s->tags; k++) sum += naive_ap(s, k, use) / (double)s->tags;
    scores_free(s);
    mem_free(use);
    mem_free(path);
    mem_free(text);
    return sum;
}

static double validation_of(const char *cell, const char *rate)
{
    return (naive_map(cell, rate, 0, "seen", true) + naive_map(cell, rate, 1, "seen", true)) /
           2;
}

static const json_t *row_of(int cell, int list)
{
    return json_array_get(grid, (size_t)(cell * LISTS + list));
}

static double number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    ck_assert_msg(json_is_number(value), "%s", key);
    return json_number_value(value);
}

static int best_of(int cell)
{
    return validation_of(cells[cell], rates[1]) > validation_of(cells[cell], rates[0]);
}

START_TEST(chooses_by_validation)
{
    for (int c = 0; c < CELLS; c++) {
        const json_t *row = row_of(c, 0), *kept = json_object_get(row, "rates");
        ck_assert_uint_eq(json_array_size(kept), RATES);
        for (size_t r = 0; r < RATES; r++) {
            ck_assert_double_eq(number(json_array_get(kept, r), "learning_rate"),
                                atof(rates[r]));
            ck_assert_double_eq_tol(number(json_array_get(kept, r), "validation"),
                                    validation_of(cells[c], rates[r]), 1e-8);
        }
        ck_assert_double_eq(number(row, "learning_rate"), atof(rates[best_of(c)]));
    }
}
END_TEST

START_TEST(reports_the_other_images)
{
    for (int c = 0; c < CELLS; c++)
        for (int l = 0; l < LISTS; l++) {
            double map[SEEDS];
            for (int s = 0; s < SEEDS; s++) {
                map[s] = naive_map(cells[c], rates[best_of(c)], s, lists[l], false);
                const json_t *run =
                    json_array_get(json_object_get(row_of(c, l), "runs"), (size_t)s);
                ck_assert_double_eq_tol(number(run, "mAP"), map[s], 1e-8);
            }
            ck_assert_double_eq_tol(number(row_of(c, l), "mean"), (map[0] + map[1]) / 2, 1e-8);
            ck_assert_double_eq_tol(number(row_of(c, l), "deviation"),
                                    fabs(map[0] - map[1]) / sqrt(2), 1e-8);
        }
}
END_TEST

/* Paired over seeds: t of one degree of freedom. */
START_TEST(paired_differences)
{
    for (int l = 0; l < LISTS; l++) {
        double d[SEEDS];
        for (int s = 0; s < SEEDS; s++)
            d[s] = naive_map(cells[1], rates[best_of(1)], s, lists[l], false) -
                   naive_map(cells[0], rates[best_of(0)], s, lists[l], false);
        const double mean = (d[0] + d[1]) / 2, half = 12.7062047364 * fabs(d[0] - d[1]) / 2;
        const json_t *difference = json_object_get(row_of(1, l), "difference");
        ck_assert_str_eq(json_string_value(json_object_get(difference, "to")), cells[0]);
        ck_assert_double_eq_tol(number(difference, "mean"), mean, 1e-8);
        ck_assert_double_eq_tol(number(difference, "low"), mean - half, 1e-6);
        ck_assert_double_eq_tol(number(difference, "high"), mean + half, 1e-6);
        ck_assert_double_le(number(difference, "images_low"), mean);
        ck_assert_double_ge(number(difference, "images_high"), mean);
        const double better = mean > 0 ? 1 : 2;
        if ((d[0] > 0) == (d[1] > 0)) ck_assert_double_eq(number(row_of(1, l), "rank"), better);
    }
}
END_TEST

/* Scores that cannot be read cost one cell its numbers. */
START_TEST(unreadable_scores)
{
    char *copy =
        tiny_path("cp -r @/g @/torn && truncate -s 100 "
                  "@/torn/loss.tag=bce/lr_1e-3/seed_0/eval/step_00000006/seen/scores.h5 && "
                  "truncate -s 100 "
                  "@/torn/loss.tag=bce/lr_2e-2/seed_0/eval/step_00000006/seen/scores.h5");
    ck_assert_int_eq(system(copy), 0);
    char *out, *said;
    ck_assert_int_eq(
        tiny_run(BASE GRID "run=@/torn --lr 1e-3,2e-2 --validation " SHARE, &out, &said), 6);
    ck_assert_ptr_nonnull(strstr(out, "loss.tag=bce   1e-3  failed"));
    ck_assert_ptr_nonnull(strstr(out, "loss.tag=hill  "));
    ck_assert_ptr_nonnull(strstr(said, "loss.tag=bce, lr 1e-3, seed 0: "));
    ck_assert_ptr_nonnull(strstr(said, "error: ablate: 2 of 8 runs failed"));
    mem_free(said);
    mem_free(out);
    mem_free(copy);
}
END_TEST

/* A folder of its own chooses, and is no list of the table. */
START_TEST(validation_folder)
{
    json_t *json = table_of(BASE "--grid loss.tag=bce --seeds 1 run=@/f --lr 1e-3,2e-2 "
                                 "data.eval=@/data/unseen --validation @/data/seen --json");
    ck_assert_uint_eq(json_array_size(json), 1);
    const json_t *row = json_array_get(json, 0);
    ck_assert_str_eq(json_string_value(json_object_get(row, "list")), "unseen");
    double best = -1, rate = 0;
    for (int r = 0; r < RATES; r++) {
        Scores *s;
        char *text = mem_format(
            "@/f/loss.tag=bce/lr_%s/seed_0/eval/step_00000006/seen/scores.h5", rates[r]);
        char *path = tiny_path(text);
        ck_assert_int_eq(scores_read(path, &s, NULL), 0);
        bool *all = mem_alloc((size_t)s->images);
        memset(all, 1, (size_t)s->images);
        double map = 0;
        for (int64_t k = 0; k < s->tags; k++) map += naive_ap(s, k, all) / (double)s->tags;
        if (map > best) rate = atof(rates[r]);
        if (map > best) best = map;
        mem_free(all);
        scores_free(s);
        mem_free(path);
        mem_free(text);
    }
    ck_assert_double_eq(number(row, "learning_rate"), rate);
    json_decref(json);
}
END_TEST

/* Nothing is trained, and nothing is written. */
START_TEST(dry_run)
{
    char *out = tiny_out(0, BASE GRID "run=@/dry --lr 1e-3,2e-2 --dry-run");
    ck_assert_ptr_nonnull(strstr(out, "loss.tag=hill  4     0         6      "));
    ck_assert_ptr_nonnull(strstr(out, " for 8 runs, without their evaluations"));
    ck_assert(!tiny_exists("@/dry"));
    mem_free(out);
    /* A cell is measured by a run that is left, here of the second seed. */
    mem_free(tiny_out(0, BASE "--grid loss.tag=bce --seeds 1 run=@/half"));
    out = tiny_out(0, BASE "--grid loss.tag=bce --seeds 2 run=@/half --dry-run");
    ck_assert_ptr_nonnull(strstr(out, "loss.tag=bce  2     1         6      "));
    mem_free(out);
    out = tiny_out(0, BASE GRID "run=@/g --lr 1e-3,2e-2 --validation " SHARE " --dry-run");
    ck_assert_ptr_nonnull(strstr(out, " for 0 runs"));
    mem_free(out);
}
END_TEST

static void refused_run(const char *line)
{
    char *said = tiny_messages(2, line);
    ck_assert_ptr_nonnull(strstr(said, "trained with other settings"));
    mem_free(said);
}

/* A cell keeps the steps that were measured for it, and a slower cell takes fewer. */
START_TEST(budget)
{
    static const char line[] =
        "ablate -c @/tiny.yaml model.layers=1 --grid 'swin.depths=[1,1,1,1],[1,1,18,1]' "
        "--seeds 2 run=@/time --budget 0.6";
    char *said = tiny_messages(0, line);
    int64_t steps[2];
    static const char *const name[] = {"swin.depths=%5B1%2C1%2C1%2C1%5D",
                                       "swin.depths=%5B1%2C1%2C18%2C1%5D"};
    for (int c = 0; c < 2; c++) {
        char *text = mem_format("@/time/%s/budget.txt", name[c]), *record = tiny_read(text);
        ck_assert_int_eq(sscanf(record, "%*f seconds: %ld steps, settings", &steps[c]), 1);
        for (int s = 0; s < 2; s++) {
            char *path = mem_format("@/time/%s/seed_%d/config.yaml", name[c], s);
            char *config = tiny_read(path), *want = mem_format("max_steps: %ld\n", steps[c]);
            ck_assert_ptr_nonnull(strstr(config, want));
            mem_free(want);
            mem_free(config);
            mem_free(path);
        }
        mem_free(record);
        mem_free(text);
    }
    ck_assert_int_gt(steps[0], steps[1]);
    mem_free(said);
    said = tiny_messages(0, line);
    ck_assert_ptr_null(strstr(said, "cell 1 of"));
    mem_free(said);
    /* Another budget is measured anew, and is another run. */
    refused_run(
        "ablate -c @/tiny.yaml model.layers=1 --grid 'swin.depths=[1,1,1,1]' run=@/time "
        "--budget 60");
}
END_TEST

Suite *test_ablate_rates_suite(void);
Suite *test_ablate_rates_suite(void)
{
    Suite *suite = suite_create("ablate_rates");
    TCase *c = tcase_create("ablate_rates");
    tcase_add_unchecked_fixture(c, setup, teardown);
    tcase_add_test(c, chooses_by_validation);
    tcase_add_test(c, reports_the_other_images);
    tcase_add_test(c, paired_differences);
    tcase_add_test(c, validation_folder);
    tcase_add_test(c, unreadable_scores);
    tcase_add_test(c, dry_run);
    tcase_add_test(c, budget);
    suite_add_tcase(suite, c);
    return suite;
}
