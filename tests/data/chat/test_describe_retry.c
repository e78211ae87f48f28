/* SPDX-License-Identifier: Apache-2.0 */
/* Pauses and the circuit breaker, with the test's clock and random numbers. */
#include "data/chat/retry.h"

#include <check.h>
#include <math.h>

static const RetryPolicy policy = {.base = 1, .max = 60, .tries = 8};

START_TEST(pauses_are_spread_over_a_growing_range)
{
    Rng rng = rng_new(1, 0, 0, RNG_TEST);
    for (int64_t failures = 1; failures <= 70; failures++) {
        const double max = fmin(60, ldexp(1, (int)failures - 1));
        double lo = 1e9, hi = 0, sum = 0;
        for (int i = 0; i < 1000; i++) {
            const double d = retry_delay(&policy, failures, 0, &rng);
            lo = fmin(lo, d);
            hi = fmax(hi, d);
            sum += d;
        }
        ck_assert(lo >= 0 && lo < 0.02 * max);
        ck_assert(hi <= max && hi > 0.98 * max);
        ck_assert(fabs(sum / 1000 - max / 2) < 0.05 * max);
    }
}
END_TEST

START_TEST(the_server_sets_the_minimum_pause)
{
    Rng rng = rng_new(1, 0, 0, RNG_TEST);
    for (int i = 0; i < 100; i++) {
        ck_assert(retry_delay(&policy, 1, 30, &rng) == 30);
        ck_assert(retry_delay(&policy, 9, 30, &rng) >= 30);
        ck_assert(retry_delay(&policy, 1, 1e9, &rng) == RETRY_AFTER_MAX);
    }
}
END_TEST

static void fail_often(Breaker *b, int n, double now)
{
    for (int i = 0; i < n; i++) breaker_failed(b, &policy, false, now);
}

START_TEST(failures_in_a_row_open_the_breaker)
{
    Breaker b = {.alive = true};
    fail_often(&b, BREAKER_FAILURES - 1, 100);
    ck_assert(breaker_allows(&b, 100));
    breaker_succeeded(&b);
    fail_often(&b, BREAKER_FAILURES - 1, 100);
    ck_assert(breaker_allows(&b, 100)); /* a success interrupts the row */
    ck_assert(breaker_failed(&b, &policy, false, 100));
    ck_assert(!breaker_allows(&b, 100));
    ck_assert(!breaker_allows(&b, 100.9));
    ck_assert(breaker_allows(&b, 101));
}
END_TEST

START_TEST(one_probe_decides)
{
    Breaker b = {.alive = true};
    fail_often(&b, BREAKER_FAILURES, 0);
    breaker_sent(&b);
    ck_assert(!breaker_allows(&b, 50));                 /* the probe is in progress */
    ck_assert(!breaker_failed(&b, &policy, false, 50)); /* a request sent before the pause */
    ck_assert(!breaker_allows(&b, 50));
    ck_assert(breaker_failed(&b, &policy, true, 50));
    ck_assert(!breaker_allows(&b, 51.9)); /* twice as long as the first pause */
    ck_assert(breaker_allows(&b, 52));
    breaker_sent(&b);
    breaker_succeeded(&b);
    ck_assert(breaker_allows(&b, 52));
    fail_often(&b, BREAKER_FAILURES, 60);
    ck_assert(breaker_allows(&b, 61)); /* pauses start over */
}
END_TEST

static int probes_until_given_up(bool alive)
{
    Breaker b = {.alive = alive};
    double now = 0;
    int probes = 0;
    for (fail_often(&b, alive ? BREAKER_FAILURES : BREAKER_FAILURES_DEAD, now);
         !breaker_given_up(&b); probes++) {
        ck_assert_int_lt(probes, 100);
        now = b.until;
        ck_assert(breaker_allows(&b, now));
        breaker_sent(&b);
        breaker_failed(&b, &policy, true, now);
    }
    if (!alive) ck_assert_double_le(now, 15); /* with pauses of 1, 2, 4 and 8 s */
    return probes;
}

START_TEST(a_server_that_never_replied_is_given_up_sooner)
{
    ck_assert_int_eq(probes_until_given_up(true), BREAKER_PROBES);
    ck_assert_int_eq(probes_until_given_up(false), BREAKER_PROBES_DEAD);
}
END_TEST

Suite *test_describe_retry_suite(void);

Suite *test_describe_retry_suite(void)
{
    Suite *s = suite_create("describe_retry");
    TCase *c = tcase_create("describe_retry");
    tcase_add_test(c, pauses_are_spread_over_a_growing_range);
    tcase_add_test(c, the_server_sets_the_minimum_pause);
    tcase_add_test(c, failures_in_a_row_open_the_breaker);
    tcase_add_test(c, one_probe_decides);
    tcase_add_test(c, a_server_that_never_replied_is_given_up_sooner);
    suite_add_tcase(s, c);
    return s;
}
