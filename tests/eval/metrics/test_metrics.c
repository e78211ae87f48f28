/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics against a naive oracle (full sort, plain loops), ties, and invalid inputs. */
#include "eval/metrics/metrics.h"

#include "core/rng.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_IMAGES = 128, MAX_TAGS = 40 };

static float score[MAX_IMAGES * MAX_TAGS];
static uint8_t truth[MAX_IMAGES * MAX_TAGS];
static float threshold[MAX_TAGS];
static TagMetrics tag[MAX_TAGS];

/* Ranks by counting, O(n^2), so that the oracle shares no sorting mistake. */
static double naive_ap(int64_t n, int64_t K, int64_t k)
{
    double sum = 0, positives = 0;
    for (int64_t i = 0; i < n; i++) {
        if (!truth[i * K + k]) continue;
        positives++;
        double rank = 1, before = 1;
        for (int64_t j = 0; j < n; j++) {
            float a = score[j * K + k], b = score[i * K + k];
            if (!(a > b || (a == b && j < i))) continue;
            rank++;
            before += truth[j * K + k];
        }
        sum += before / rank;
    }
    return sum / (positives + 1e-8);
}

static void draw(int64_t n, int64_t K, int levels, uint64_t seed)
{
    Rng rng = rng_new(seed, 0, 0, RNG_TEST);
    for (int64_t i = 0; i < n * K; i++) {
        score[i] = (float)rng_below(&rng, levels) / (float)levels;
        truth[i] = rng_uniform(&rng) < 0.3;
    }
    for (int64_t k = 0; k < K; k++) threshold[k] = (float)rng_below(&rng, levels) / 8;
}

START_TEST(agrees_with_counting_oracle)
{
    const int levels[] = {2, 7, 1 << 20};
    for (int round = 0; round < 12; round++) {
        const int64_t n = 1 + round * 11, K = round % 2 ? 33 : 5;
        draw(n, K, levels[round % 3], (uint64_t)round);
        MetricsInput in = {n, K, score, truth};
        ck_assert_int_eq(metrics_tags(&in, threshold, METRICS_AT_LEAST, tag, NULL), 0);
        for (int64_t k = 0; k < K; k++) {
            double want = naive_ap(n, K, k);
            ck_assert_msg(fabs(tag[k].ap - want) < 1e-12, "tag %ld: %.15g, want %.15g", k,
                          tag[k].ap, want);
        }
    }
}
END_TEST

START_TEST(ties_rank_by_image_index)
{
    /* All scores are equal: positives at images 1 and 3 have ranks 2 and 4. */
    const float flat[] = {0.5F, 0.5F, 0.5F, 0.5F};
    const uint8_t wanted[] = {0, 1, 0, 1};
    const float half = 0.5F;
    MetricsInput in = {4, 1, flat, wanted};
    metrics_tags(&in, &half, METRICS_AT_LEAST, tag, NULL);
    ck_assert_double_eq_tol(tag[0].ap, (1.0 / 2 + 2.0 / 4) / (2 + 1e-8), 1e-15);
}
END_TEST

/* The AP of tag k with every negative of a positive's score moved by `shift` to a score of its
 * own, just above or below. */
static double shifted_ap(int64_t n, int64_t K, int64_t k, float shift)
{
    double ap;
    float before[MAX_IMAGES];
    for (int64_t i = 0; i < n; i++) before[i] = score[i * K + k];
    for (int64_t i = 0; i < n; i++) score[i * K + k] += truth[i * K + k] ? 0 : shift;
    ap = naive_ap(n, K, k);
    for (int64_t i = 0; i < n; i++) score[i * K + k] = before[i];
    return ap;
}

START_TEST(ties_bound_the_ap)
{
    const int64_t n = 90, K = 6;
    int tied = 0;
    draw(n, K, 5, 8);
    for (int64_t k = 3; k < K; k++) /* no two scores are equal */
        for (int64_t i = 0; i < n; i++) score[i * K + k] = (float)i;
    MetricsInput in = {n, K, score, truth};
    ck_assert_int_eq(metrics_tags(&in, threshold, METRICS_AT_LEAST, tag, NULL), 0);
    for (int64_t k = 0; k < K; k++) {
        ck_assert_double_eq_tol(tag[k].ap_low, shifted_ap(n, K, k, 0.01F), 1e-12);
        ck_assert_double_eq_tol(tag[k].ap_high, shifted_ap(n, K, k, -0.01F), 1e-12);
        ck_assert(metrics_tied(&tag[k]) == (k < 3));
        tied += tag[k].ap_low < tag[k].ap && tag[k].ap < tag[k].ap_high;
    }
    ck_assert_int_eq(tied, 3);
}
END_TEST

START_TEST(rules_differ_only_at_the_threshold)
{
    const float column[] = {0.75F, 0.5F, 0.5F, 0.25F};
    const uint8_t wanted[] = {1, 1, 0, 1};
    const float half = 0.5F;
    MetricsInput in = {4, 1, column, wanted};
    metrics_tags(&in, &half, METRICS_AT_LEAST, tag, NULL);
    ck_assert_int_eq(tag[0].hits, 2);
    ck_assert_int_eq(tag[0].false_alarms, 1);
    ck_assert_double_eq_tol(tag[0].precision, 2 / (3 + 1e-9), 1e-15);
    ck_assert_double_eq_tol(tag[0].recall, 2 / (3 + 1e-9), 1e-15);
    metrics_tags(&in, &half, METRICS_ABOVE, tag, NULL);
    ck_assert_int_eq(tag[0].hits, 1);
    ck_assert_int_eq(tag[0].false_alarms, 0);
    ck_assert_double_eq_tol(tag[0].precision, 1 / (1 + 1e-9), 1e-15);
}
END_TEST

START_TEST(repeated_and_never_positive_tags_count)
{
    /* cat, dog, cat (other scores), unicorn (never positive). */
    const char *const name[] = {"cat", "dog", "cat", "unicorn"};
    const float rows[] = {0.9F, 0.1F, 0.1F, 0.9F, 0.2F, 0.8F, 0.9F, 0.2F};
    const uint8_t wanted[] = {1, 0, 1, 0, 0, 1, 0, 0};
    const float at[] = {0.5F, 0.5F, 0.5F, 0.5F};
    MetricsInput in = {2, 4, rows, wanted};
    ck_assert_int_eq(metrics_tags(&in, at, METRICS_AT_LEAST, tag, NULL), 0);
    ck_assert(tag[3].ap == 0.0 && tag[3].positives == 0);
    bool first[4];
    metrics_first_columns(name, 4, first);
    ck_assert(first[0] && first[1] && !first[2] && first[3]);
    Metrics m = metrics_mean(tag, 4, first);
    ck_assert_double_eq_tol(m.map, (1 + 1 + 0.5 + 0) / 4, 1e-7);
    ck_assert_int_eq(m.with_positive, 3);
    ck_assert_double_eq_tol(m.map_positive, (1 + 1 + 0.5) / 3, 1e-7);
    ck_assert_double_eq_tol(m.cp, (1 + 1 + 0) / 3.0, 1e-8);
    ck_assert_double_eq_tol(m.cr, (1 + 1 + 0) / 3.0, 1e-8);
    ck_assert_double_eq_tol(m.f1, 2 / 3.0, 1e-8);
    /* At 0.5 the first columns keep a cat, a dog and a unicorn, which is wrong. */
    ck_assert_double_eq_tol(m.op, 2 / 3.0, 1e-8);
    ck_assert_double_eq_tol(m.or, 1, 1e-8);
    ck_assert_double_eq_tol(m.of1, 0.8, 1e-8);
    Metrics all = metrics_mean(tag, 4, NULL);
    ck_assert_double_eq_tol(all.cp, (1 + 1 + 0 + 0) / 4.0, 1e-8);
}
END_TEST

START_TEST(refuses_nan_and_names_it)
{
    draw(50, 20, 9, 1);
    score[37 * 20 + 18] = NAN;
    MetricsInput in = {50, 20, score, truth};
    Error err = {0};
    ck_assert_int_eq(metrics_tags(&in, threshold, METRICS_AT_LEAST, tag, &err), -1);
    ck_assert_int_eq(err.code, ERROR_NUMERIC);
    ck_assert_ptr_nonnull(strstr(err.text, "image 37, tag 18"));
}
END_TEST

START_TEST(infinite_scores_and_empty_inputs_are_defined)
{
    const float column[] = {-INFINITY, INFINITY, 0};
    const uint8_t wanted[] = {0, 1, 0};
    const float zero = 0;
    MetricsInput in = {3, 1, column, wanted};
    ck_assert_int_eq(metrics_tags(&in, &zero, METRICS_AT_LEAST, tag, NULL), 0);
    ck_assert_double_eq_tol(tag[0].ap, 1, 1e-7);
    MetricsInput no_images = {0, 1, column, wanted};
    ck_assert_int_eq(metrics_tags(&no_images, &zero, METRICS_AT_LEAST, tag, NULL), 0);
    ck_assert(tag[0].ap == 0.0 && tag[0].precision == 0.0);
    MetricsInput no_tags = {3, 0, column, wanted};
    ck_assert_int_eq(metrics_tags(&no_tags, &zero, METRICS_AT_LEAST, tag, NULL), 0);
    Metrics m = metrics_mean(tag, 0, NULL);
    ck_assert(m.map == 0.0 && m.f1 == 0.0);
}
END_TEST

Suite *test_metrics_suite(void);
Suite *test_metrics_suite(void)
{
    Suite *s = suite_create("metrics");
    TCase *t = tcase_create("metrics");
    tcase_add_test(t, agrees_with_counting_oracle);
    tcase_add_test(t, ties_rank_by_image_index);
    tcase_add_test(t, ties_bound_the_ap);
    tcase_add_test(t, rules_differ_only_at_the_threshold);
    tcase_add_test(t, repeated_and_never_positive_tags_count);
    tcase_add_test(t, refuses_nan_and_names_it);
    tcase_add_test(t, infinite_scores_and_empty_inputs_are_defined);
    suite_add_tcase(s, t);
    return s;
}
