/* SPDX-License-Identifier: Apache-2.0 */
/* The best tags of an image, and the mean over all orders of equal scores. */
#include "eval/metrics/top_hits.h"

#include "core/rng.h"

#include <check.h>
#include <stdbool.h>

enum { TAGS = 7 };

static double score[TAGS];
static int8_t truth[TAGS];

static void draw(int64_t n, int64_t levels, bool unknown, uint64_t seed)
{
    Rng rng = rng_new(seed, 0, 0, RNG_TEST);
    for (int64_t k = 0; k < n; k++) {
        score[k] = (double)rng_below(&rng, levels) - 1;
        truth[k] = (int8_t)(rng_uniform(&rng) < 0.4);
        if (unknown && rng_uniform(&rng) < 0.2) truth[k] = -1;
    }
}

/* Adds the hits of the k best tags if equal scores rank by at[tag]. */
static void add_order(int64_t n, const int *at, TopHits *sum)
{
    for (int64_t k = 0; k < n; k++) {
        int64_t rank = 0;
        if (truth[k] < 0) continue;
        for (int64_t j = 0; j < n; j++)
            rank += truth[j] >= 0 &&
                    (score[j] > score[k] || (score[j] == score[k] && at[j] < at[k]));
        for (int t = 0; t < TOPS; t++) {
            sum->kept[t] += rank < top_sizes[t];
            sum->hits[t] += rank < top_sizes[t] && truth[k] == 1;
        }
    }
}

static TopHits over_all_orders(int64_t n)
{
    int at[TAGS] = {0};
    int64_t orders = 0, codes = 1;
    TopHits mean = {0};
    for (int64_t i = 0; i < n; i++) codes *= n;
    for (int64_t code = 0; code < codes; code++) {
        unsigned used = 0;
        int64_t rest = code;
        TopHits one = {0};
        for (int64_t i = 0; i < n; i++, rest /= n) used |= 1U << (at[i] = (int)(rest % n));
        if (used != (1U << n) - 1) continue;
        add_order(n, at, &one);
        orders++;
        for (int t = 0; t < TOPS; t++) {
            mean.kept[t] = one.kept[t];
            mean.hits[t] += one.hits[t];
            mean.any[t] += one.hits[t] > 0;
        }
    }
    for (int t = 0; t < TOPS; t++) {
        mean.hits[t] /= (double)orders;
        mean.any[t] /= (double)orders;
    }
    return mean;
}

START_TEST(the_mean_over_all_orders)
{
    for (uint64_t seed = 0; seed < 40; seed++) {
        const int64_t n = 1 + (int64_t)(seed % 6);
        draw(n, 1 + (int64_t)(seed % 4), seed % 2, seed);
        const TopHits got = top_hits_expected(score, truth, n), want = over_all_orders(n);
        for (int t = 0; t < TOPS; t++) {
            ck_assert_int_eq(got.kept[t], want.kept[t]);
            ck_assert_double_eq_tol(got.hits[t], want.hits[t], 1e-14);
            ck_assert_double_eq_tol(got.any[t], want.any[t], 1e-14);
        }
    }
}
END_TEST

START_TEST(equal_scores_in_the_order_of_the_tags)
{
    const int in_order[TAGS] = {0, 1, 2, 3, 4, 5, 6};
    for (uint64_t seed = 0; seed < 60; seed++) {
        const int64_t n = 1 + (int64_t)(seed % TAGS);
        draw(n, 1 + (int64_t)(seed % 4), false, seed);
        const TopHits got = top_hits(score, truth, n);
        TopHits want = {0};
        add_order(n, in_order, &want);
        for (int t = 0; t < TOPS; t++) {
            ck_assert_int_eq(got.kept[t], want.kept[t]);
            ck_assert(got.hits[t] == want.hits[t]);
            ck_assert(got.any[t] == (want.hits[t] > 0 ? 1.0 : 0.0));
        }
    }
}
END_TEST

/* A label that nobody knows is no hit, but takes a place. */
START_TEST(unknown_labels_by_the_reference)
{
    const double x[] = {3, 2, 1};
    const int8_t y[] = {-1, 1, 0};
    const TopHits plain = top_hits(x, y, 3), strict = top_hits_expected(x, y, 3);
    ck_assert(plain.hits[TOP_1] == 0.0 && plain.kept[TOP_5] == 3);
    ck_assert(strict.hits[TOP_1] == 1.0 && strict.kept[TOP_5] == 2);
}
END_TEST

Suite *test_top_hits_suite(void);
Suite *test_top_hits_suite(void)
{
    Suite *s = suite_create("top_hits");
    TCase *t = tcase_create("top_hits");
    tcase_add_test(t, the_mean_over_all_orders);
    tcase_add_test(t, equal_scores_in_the_order_of_the_tags);
    tcase_add_test(t, unknown_labels_by_the_reference);
    suite_add_tcase(s, t);
    return s;
}
