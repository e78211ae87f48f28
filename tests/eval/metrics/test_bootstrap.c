/* SPDX-License-Identifier: Apache-2.0 */
/* Bootstrap intervals against resamples that repeat images and are measured like any others. */
#include "eval/metrics/bootstrap.h"

#include "core/mem.h"
#include "core/rng.h"
#include "eval/metrics/bootstrap_draws.h"

#include <check.h>
#include <math.h>
#include <omp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { IMAGES = 41, TAGS = 7, RESAMPLES = 130, CELLS = IMAGES * TAGS };

static float score[CELLS], other[CELLS];
static uint8_t truth[CELLS];
static const MetricsInput input = {IMAGES, TAGS, score, truth},
                          second = {IMAGES, TAGS, other, truth};

/* Few positives, so that some resamples have none of a tag; many equal scores. The last tag is
 * never positive. */
static void setup(void)
{
    Rng rng = rng_new(5, 0, 0, RNG_TEST);
    for (int i = 0; i < CELLS; i++) {
        truth[i] = i % TAGS < TAGS - 1 && rng_uniform(&rng) < 0.04 * (1 + i % TAGS);
        score[i] = (float)rng_below(&rng, i % 2 ? 8 : 1 << 20) / (float)(1 << 20);
        other[i] = truth[i] ? 0.5F : (float)rng_uniform(&rng);
    }
}

/* The APs of resample b, with every image as often as it was drawn, beside itself. */
static void resample(const MetricsInput *in, uint64_t seed, int b, TagMetrics *tag)
{
    int times[IMAGES] = {0};
    float x[CELLS], half[TAGS] = {0};
    uint8_t y[CELLS];
    size_t n = 0;
    Rng rng = rng_new(seed, 0, (uint64_t)b, RNG_BOOTSTRAP);
    for (int i = 0; i < IMAGES; i++) times[rng_below(&rng, IMAGES)]++;
    for (int i = 0; i < IMAGES; i++)
        for (int t = 0; t < times[i]; t++, n++) {
            memcpy(x + n * TAGS, in->score + i * TAGS, TAGS * sizeof *x);
            memcpy(y + n * TAGS, in->truth + i * TAGS, TAGS);
        }
    ck_assert_uint_eq(n, IMAGES);
    const MetricsInput again = {IMAGES, TAGS, x, y};
    ck_assert_int_eq(metrics_tags(&again, half, METRICS_AT_LEAST, tag, NULL), 0);
}

static double mean_of(const TagMetrics *tag, bool draws_tags, uint64_t seed, int b)
{
    double sum = 0;
    Rng rng = rng_new(seed, 1, (uint64_t)b, RNG_BOOTSTRAP);
    for (int k = 0; k < TAGS; k++) sum += tag[draws_tags ? rng_below(&rng, TAGS) : k].ap;
    return sum / TAGS;
}

static int ascending(const void *a, const void *b)
{
    return (*(const double *)a > *(const double *)b) -
           (*(const double *)a < *(const double *)b);
}

/* Value number `place` of n sorted values, counted from 0, between two values if broken. */
static double at_place(const double *sorted, double place)
{
    const int i = (int)place;
    return sorted[i] * (i + 1 - place) + (place > i ? sorted[i + 1] * (place - i) : 0);
}

static void check_interval(const BootstrapInterval *got, double *mean, double level)
{
    double sum = 0, squares = 0, above = 0;
    for (int b = 0; b < RESAMPLES; b++) sum += mean[b], above += mean[b] > 0;
    for (int b = 0; b < RESAMPLES; b++) squares += pow(mean[b] - sum / RESAMPLES, 2);
    qsort(mean, RESAMPLES, sizeof *mean, ascending);
    ck_assert_double_eq_tol(got->low, at_place(mean, (1 - level) / 2 * (RESAMPLES - 1)), 1e-12);
    ck_assert_double_eq_tol(got->high, at_place(mean, (1 + level) / 2 * (RESAMPLES - 1)),
                            1e-12);
    ck_assert_double_eq_tol(got->deviation, sqrt(squares / (RESAMPLES - 1)), 1e-12);
    ck_assert_double_eq_tol(got->above, above / RESAMPLES, 1e-12);
    ck_assert_double_lt(got->low, got->high);
}

static double map_of(const MetricsInput *in)
{
    TagMetrics tag[TAGS];
    float half[TAGS] = {0};
    ck_assert_int_eq(metrics_tags(in, half, METRICS_AT_LEAST, tag, NULL), 0);
    return metrics_mean(tag, TAGS, NULL).map;
}

static const BootstrapOptions cases[] = {
    {.resamples = RESAMPLES, .seed = 1},
    {.resamples = RESAMPLES, .seed = 1, .tags = true},
    {.resamples = RESAMPLES, .seed = 9, .level = 0.5, .tags = true},
};

START_TEST(the_interval_is_that_of_repeated_images)
{
    const BootstrapOptions *o = &cases[_i];
    BootstrapInterval got;
    double mean[RESAMPLES];
    for (int b = 0; b < RESAMPLES; b++) {
        TagMetrics tag[TAGS];
        resample(&input, o->seed, b, tag);
        mean[b] = mean_of(tag, o->tags, o->seed, b);
    }
    ck_assert_int_eq(bootstrap_map(&input, o, &got, NULL), 0);
    ck_assert_double_eq_tol(got.value, map_of(&input), 1e-14);
    check_interval(&got, mean, o->level > 0 ? o->level : 0.95);
}
END_TEST

/* Both sides see the same images and tags. */
START_TEST(a_difference_is_paired)
{
    const BootstrapOptions *o = &cases[_i];
    BootstrapInterval got, one;
    double mean[RESAMPLES];
    for (int b = 0; b < RESAMPLES; b++) {
        TagMetrics a[TAGS], c[TAGS];
        resample(&input, o->seed, b, a);
        resample(&second, o->seed, b, c);
        mean[b] = mean_of(a, o->tags, o->seed, b) - mean_of(c, o->tags, o->seed, b);
    }
    ck_assert_int_eq(bootstrap_difference(&input, &second, o, &got, NULL), 0);
    ck_assert_double_eq_tol(got.value, map_of(&input) - map_of(&second), 1e-14);
    check_interval(&got, mean, o->level > 0 ? o->level : 0.95);
    ck_assert_int_eq(bootstrap_difference(&input, &input, o, &one, NULL), 0);
    ck_assert(one.value == 0.0 && one.low == 0.0 && one.high == 0.0 && one.deviation == 0.0);
}
END_TEST

START_TEST(the_same_bits_for_any_number_of_threads)
{
    BootstrapInterval one, many;
    omp_set_num_threads(1);
    ck_assert_int_eq(bootstrap_map(&input, &cases[1], &one, NULL), 0);
    omp_set_num_threads(5);
    ck_assert_int_eq(bootstrap_map(&input, &cases[1], &many, NULL), 0);
    ck_assert_mem_eq(&one, &many, sizeof one);
}
END_TEST

START_TEST(zero_means_the_defaults)
{
    const BootstrapOptions said = {.resamples = 1000, .level = 0.95}, none = {0};
    BootstrapInterval a, b;
    ck_assert_int_eq(bootstrap_map(&input, &said, &a, NULL), 0);
    ck_assert_int_eq(bootstrap_map(&input, &none, &b, NULL), 0);
    ck_assert_mem_eq(&a, &b, sizeof a);
}
END_TEST

/* The closed form of tied groups, whose copies are tied, too, against repeated images. */
START_TEST(expected_ap_of_weighted_groups)
{
    const BootstrapOptions *o = &cases[0];
    BootstrapDraws *draws = bootstrap_draws_new(IMAGES, o);
    for (int k = 0; k < TAGS; k++) {
        double column[IMAGES], again[IMAGES], ap[RESAMPLES];
        int8_t y[IMAGES], y_again[IMAGES];
        ImageOrder r = image_order_new(IMAGES);
        for (int i = 0; i < IMAGES; i++) {
            column[i] = (double)score[i * TAGS + k];
            y[i] = (int8_t)(i % 9 ? truth[i * TAGS + k] : -1);
        }
        image_order_sort(&r, IMAGES, column, y);
        bootstrap_draws_ap(draws, &r, BOOTSTRAP_EXPECTED, ap);
        for (int b = 0; b < RESAMPLES; b++) {
            Rng rng = rng_new(o->seed, 0, (uint64_t)b, RNG_BOOTSTRAP);
            for (int i = 0; i < IMAGES; i++) {
                const int64_t from = rng_below(&rng, IMAGES);
                again[i] = column[from];
                y_again[i] = y[from];
            }
            image_order_sort(&r, IMAGES, again, y_again);
            ck_assert_int_eq(isnan(ap[b]), r.positives == 0);
            if (r.positives) ck_assert_double_eq_tol(ap[b], image_order_expected_ap(&r), 1e-13);
        }
        image_order_free(&r);
    }
    bootstrap_draws_free(draws);
}
END_TEST

/* A tag without a positive in a resample leaves the mean of that one alone. */
START_TEST(missing_aps_leave_the_mean)
{
    const double ap[] = {0.5, (double)NAN, 1, 1}; /* [2 tags, 2 resamples] */
    const BootstrapOptions o = {.resamples = 2};
    const BootstrapInterval got = bootstrap_interval(ap, 2, &o, 0.8);
    ck_assert(got.value == 0.8);
    ck_assert_double_eq_tol(got.low, 0.75 + 0.025 * 0.25, 1e-15);
    ck_assert_double_eq_tol(got.high, 1 - 0.025 * 0.25, 1e-15);
}
END_TEST

static void refuse(const MetricsInput *a, const MetricsInput *b, int code, const char *words)
{
    BootstrapInterval out;
    Error err = {0};
    const int status = b ? bootstrap_difference(a, b, &cases[0], &out, &err)
                         : bootstrap_map(a, &cases[0], &out, &err);
    ck_assert_int_eq(status, -1);
    ck_assert_msg(err.code == code && strstr(err.text, words), "%d: %s", err.code, err.text);
}

START_TEST(what_cannot_be_measured_is_refused)
{
    uint8_t changed[CELLS];
    memcpy(changed, truth, CELLS);
    changed[3 * TAGS + 2] ^= 1;
    const MetricsInput differs = {IMAGES, TAGS, other, changed}, none = {0, TAGS, score, truth},
                       no_tag = {IMAGES, 0, score, truth};
    refuse(&input, &differs, ERROR_DATA, "image 3, tag 2 (from 0): the labels of both sides");
    refuse(&none, NULL, ERROR_DATA, "0 images, 7 tags");
    refuse(&no_tag, NULL, ERROR_DATA, "41 images, 0 tags");
    other[5 * TAGS + 1] = NAN;
    refuse(&second, NULL, ERROR_NUMERIC, "image 5, tag 1 (from 0): not a number");
    refuse(&input, &second, ERROR_NUMERIC, "image 5, tag 1 (from 0): not a number");
}
END_TEST

START_TEST(other_shapes)
{
    const MetricsInput fewer = {IMAGES - 1, TAGS, score, truth};
    BootstrapInterval out;
    bootstrap_difference(&input, &fewer, &cases[0], &out, NULL);
}
END_TEST

START_TEST(too_many_resamples)
{
    const BootstrapOptions o = {.resamples = BOOTSTRAP_MAX + 1};
    bootstrap_draws_new(IMAGES, &o);
}
END_TEST

Suite *test_bootstrap_suite(void);
Suite *test_bootstrap_suite(void)
{
    Suite *s = suite_create("bootstrap");
    TCase *t = tcase_create("bootstrap");
    const int n = sizeof cases / sizeof *cases;
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_loop_test(t, the_interval_is_that_of_repeated_images, 0, n);
    tcase_add_loop_test(t, a_difference_is_paired, 0, n);
    tcase_add_test(t, the_same_bits_for_any_number_of_threads);
    tcase_add_test(t, zero_means_the_defaults);
    tcase_add_test(t, expected_ap_of_weighted_groups);
    tcase_add_test(t, missing_aps_leave_the_mean);
    tcase_add_test(t, what_cannot_be_measured_is_refused);
    tcase_add_test_raise_signal(t, other_shapes, SIGABRT);
    tcase_add_test_raise_signal(t, too_many_resamples, SIGABRT);
    suite_add_tcase(s, t);
    return s;
}
