/* SPDX-License-Identifier: Apache-2.0 */
/* AP of all pairs against one ranking of all of them. */
#include "eval/metrics/micro_ap.h"

#include "core/rng.h"

#include <check.h>
#include <string.h>

enum { IMAGES = 23, TAGS = 9, PAIRS = IMAGES * TAGS };

static double score[PAIRS]; /* [images, tags] */
static int8_t truth[PAIRS], plain[PAIRS];

static void draw(int64_t levels, double positives, bool unknown, uint64_t seed)
{
    Rng rng = rng_new(seed, 0, 0, RNG_TEST);
    for (int i = 0; i < PAIRS; i++) {
        score[i] = (double)rng_below(&rng, levels) / 7;
        truth[i] = rng_uniform(&rng) < positives;
        if (!truth[i] && unknown && rng_uniform(&rng) < 0.3) truth[i] = -1;
        plain[i] = truth[i] > 0;
    }
}

static MicroAp *count(void)
{
    double positive[PAIRS];
    int64_t pair[PAIRS], n = 0;
    for (int i = 0; i < PAIRS; i++)
        if (truth[i] > 0) positive[n] = score[i], pair[n++] = i;
    MicroAp *m = micro_ap_new(n, positive, pair);
    ImageOrder order = image_order_new(IMAGES);
    for (int k = 0; k < TAGS; k++) {
        double x[IMAGES];
        int8_t y[IMAGES], strict[IMAGES];
        for (int i = 0; i < IMAGES; i++) {
            x[i] = score[i * TAGS + k];
            y[i] = plain[i * TAGS + k];
            strict[i] = truth[i * TAGS + k];
        }
        image_order_sort(&order, IMAGES, x, y);
        micro_ap_add(m, &order, x, y, strict, k, TAGS);
    }
    image_order_free(&order);
    return m;
}

START_TEST(one_ranking_of_all_pairs)
{
    const int64_t levels[] = {1, 3, 50, 1 << 30};
    ImageOrder all = image_order_new(PAIRS);
    for (uint64_t seed = 0; seed < 48; seed++) {
        draw(levels[seed % 4], seed % 3 ? 0.05 : 0.5, seed % 2, seed);
        MicroAp *m = count();
        image_order_sort(&all, PAIRS, score, plain);
        ck_assert_double_eq_tol(micro_ap_value(m), image_order_ap(&all), 1e-13);
        image_order_sort(&all, PAIRS, score, truth);
        ck_assert_double_eq_tol(micro_ap_expected(m), image_order_expected_ap(&all), 1e-13);
        micro_ap_free(m);
    }
    image_order_free(&all);
}
END_TEST

START_TEST(no_positive)
{
    draw(5, 0, true, 1);
    MicroAp *m = count();
    ck_assert(micro_ap_value(m) == 0.0 && micro_ap_expected(m) == 0.0);
    micro_ap_free(m);
    micro_ap_free(NULL);
}
END_TEST

Suite *test_micro_ap_suite(void);
Suite *test_micro_ap_suite(void)
{
    Suite *s = suite_create("micro_ap");
    TCase *t = tcase_create("micro_ap");
    tcase_add_test(t, one_ranking_of_all_pairs);
    tcase_add_test(t, no_positive);
    suite_add_tcase(s, t);
    return s;
}
