/* SPDX-License-Identifier: Apache-2.0 */
/* Rankings against the metrics' own order, and the AP of tied scores against every order. */
#include "eval/metrics/image_order.h"

#include "core/rng.h"
#include "eval/metrics/metrics.h"

#include <check.h>
#include <math.h>
#include <signal.h>

enum { MANY = 300 };

static double score[MANY];
static int8_t truth[MANY];
static ImageOrder order;

static void setup(void) { order = image_order_new(MANY); }
static void teardown(void) { image_order_free(&order); }

/* Scores of any sign and size, many of them equal if levels is small. */
static void draw(int64_t n, int64_t levels, double positives, uint64_t seed)
{
    Rng rng = rng_new(seed, 0, 0, RNG_TEST);
    for (int64_t i = 0; i < n; i++) {
        const double x = (double)rng_below(&rng, levels) / (double)levels - 0.4;
        score[i] = x * pow(10, x * 3);
        truth[i] = rng_uniform(&rng) < positives;
    }
}

static double reference_ap(int64_t n)
{
    float column[MANY], half = 0.5F;
    uint8_t labels[MANY];
    TagMetrics tag;
    for (int64_t i = 0; i < n; i++) {
        column[i] = (float)score[i];
        score[i] = (double)column[i];
        labels[i] = truth[i] > 0;
    }
    const MetricsInput in = {n, 1, column, labels};
    ck_assert_int_eq(metrics_tags(&in, &half, METRICS_AT_LEAST, &tag, NULL), 0);
    return tag.ap;
}

START_TEST(scores_fall_and_equal_ones_keep_the_order_of_the_list)
{
    const int64_t levels[] = {1, 2, 9, 1 << 30};
    for (uint64_t seed = 0; seed < 40; seed++) {
        const int64_t n = 1 + (int64_t)seed * 7;
        draw(n, levels[seed % 4], 0.2, seed);
        image_order_sort(&order, n, score, truth);
        ck_assert_int_eq(order.images, n);
        for (int64_t i = 1; i < n; i++) {
            const int32_t a = order.image[i - 1], b = order.image[i];
            const bool tied = score[a] == score[b];
            ck_assert(score[a] > score[b] || (tied && a < b));
            ck_assert_int_eq((order.mark[i] & ORDER_TIED) != 0, tied);
            ck_assert_int_eq(order.mark[i] & ORDER_POSITIVE, truth[b]);
        }
    }
}
END_TEST

START_TEST(the_depth_ends_with_the_last_group_that_has_a_positive)
{
    const double x[] = {0.5, 0.9, 0.5, 0.1, 0.5, 0.0, -0.0, -HUGE_VAL};
    const int8_t y[] = {0, 0, 1, 0, 0, 0, 0, 0};
    image_order_sort(&order, 8, x, y);
    ck_assert_int_eq(order.positives, 1);
    ck_assert_int_eq(order.depth, 4);
    ck_assert(order.mark[6] & ORDER_TIED); /* both zeros are one score */
    ck_assert(!(order.mark[7] & ORDER_TIED));
    image_order_sort(&order, 8, x, (const int8_t[8]){0});
    ck_assert_int_eq(order.depth, 0);
    ck_assert(image_order_ap(&order) == 0.0 && image_order_expected_ap(&order) == 0.0);
}
END_TEST

START_TEST(the_ap_is_that_of_the_metrics)
{
    const int64_t levels[] = {2, 30, 1 << 30};
    for (uint64_t seed = 0; seed < 60; seed++) {
        const int64_t n = 1 + (int64_t)seed * 5;
        draw(n, levels[seed % 3], 0.1, seed);
        const double want = reference_ap(n);
        image_order_sort(&order, n, score, truth);
        ck_assert_double_eq_tol(image_order_ap(&order), want, 1e-14);
        if (seed % 3 < 2 || !order.positives) continue;
        const double positives = (double)order.positives; /* no ties: only 1e-8 differs */
        ck_assert_double_eq_tol(image_order_expected_ap(&order) * positives,
                                want * (positives + 1e-8), 1e-12);
    }
}
END_TEST

START_TEST(images_that_nobody_labeled_are_left_out)
{
    const double x[] = {0.9, 0.8, 0.7, 0.6};
    const int8_t y[] = {-1, 1, -1, 1};
    image_order_sort(&order, 4, x, y);
    ck_assert_int_eq(order.images, 2);
    ck_assert_int_eq(order.image[1], 3);
    ck_assert_double_eq(image_order_expected_ap(&order), 1);
}
END_TEST

/* The mean of AP over all orders of equal scores: all permutations of the images, ranked by
 * score and then by place in the permutation. */
static double over_all_orders(int64_t n)
{
    int at[8] = {0};
    double sum = 0;
    int64_t orders = 0, codes = 1;
    for (int64_t i = 0; i < n; i++) codes *= n;
    for (int64_t code = 0; code < codes; code++) {
        unsigned used = 0;
        int64_t rest = code;
        for (int64_t i = 0; i < n; i++, rest /= n) used |= 1U << (at[i] = (int)(rest % n));
        if (used != (1U << n) - 1) continue;
        double hits = 0, ap = 0;
        for (int64_t i = 0; i < n; i++) {
            if (!truth[i]) continue;
            double rank = 1, before = 1;
            for (int64_t j = 0; j < n; j++) {
                if (j == i || !(score[j] > score[i] || (score[j] == score[i] && at[j] < at[i])))
                    continue;
                rank++;
                before += truth[j];
            }
            ap += before / rank;
            hits++;
        }
        sum += hits > 0 ? ap / hits : 0;
        orders++;
    }
    return sum / (double)orders;
}

START_TEST(tied_scores_give_the_mean_over_all_orders)
{
    for (uint64_t seed = 0; seed < 60; seed++) {
        const int64_t n = 2 + (int64_t)(seed % 5);
        draw(n, 1 + (int64_t)(seed % 3), 0.5, seed);
        image_order_sort(&order, n, score, truth);
        ck_assert_double_eq_tol(image_order_expected_ap(&order), over_all_orders(n), 1e-14);
    }
}
END_TEST

START_TEST(too_many_images) { image_order_sort(&order, MANY + 1, score, truth); }
END_TEST

Suite *test_image_order_suite(void);
Suite *test_image_order_suite(void)
{
    Suite *s = suite_create("image_order");
    TCase *t = tcase_create("image_order");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, scores_fall_and_equal_ones_keep_the_order_of_the_list);
    tcase_add_test(t, the_depth_ends_with_the_last_group_that_has_a_positive);
    tcase_add_test(t, the_ap_is_that_of_the_metrics);
    tcase_add_test(t, images_that_nobody_labeled_are_left_out);
    tcase_add_test(t, tied_scores_give_the_mean_over_all_orders);
    tcase_add_test_raise_signal(t, too_many_images, SIGABRT);
    suite_add_tcase(s, t);
    return s;
}
