/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of work on several threads, and pieces that fail. */
#include "core/parallel.h"

#include <check.h>
#include <stdatomic.h>
#include <stdio.h>

enum { PIECES = 10000 };

typedef struct Work {
    atomic_int begun[PIECES];
    int64_t bad; /* from this piece on they fail; PIECES: none */
} Work;

static Work work;

static void setup(void)
{
    work.bad = PIECES;
    for (int i = 0; i < PIECES; i++) work.begun[i] = 0;
}

static void count(int64_t i, void *context) { ((Work *)context)->begun[i]++; }

static int fail_late(int64_t i, void *context, Error *err)
{
    Work *w = context;
    count(i, w);
    return i < w->bad ? 0 : error_set(err, ERROR_RUNTIME, "piece %ld", i);
}

static int64_t total(void)
{
    int64_t n = 0;
    for (int i = 0; i < PIECES; i++) {
        ck_assert_int_le(work.begun[i], 1);
        n += work.begun[i];
    }
    return n;
}

START_TEST(each_piece_once)
{
    Error err = {0};
    if (_i == 0)
        parallel_for(PIECES, count, &work);
    else
        ck_assert_int_eq(parallel_try(PIECES, fail_late, &work, &err), 0);
    ck_assert_int_eq(total(), PIECES);
    ck_assert_int_eq(err.code, 0);
}
END_TEST

/* The first piece that fails, in whatever order the threads come. */
START_TEST(the_first_failure_ends_it)
{
    Error err = {0};
    work.bad = 5;
    ck_assert_int_eq(parallel_try(PIECES, fail_late, &work, &err), -1);
    ck_assert_int_eq(err.code, ERROR_RUNTIME);
    ck_assert_int_lt(total(), PIECES / 2);
    int64_t first = 5;
    while (!work.begun[first]) first++;
    char want[32];
    snprintf(want, sizeof want, "piece %ld", first);
    ck_assert_str_eq(err.text, want);
}
END_TEST

Suite *test_parallel_suite(void);
Suite *test_parallel_suite(void)
{
    Suite *s = suite_create("parallel");
    TCase *c = tcase_create("parallel");
    tcase_add_checked_fixture(c, setup, NULL);
    tcase_add_loop_test(c, each_piece_once, 0, 2);
    tcase_add_test(c, the_first_failure_ends_it);
    suite_add_tcase(s, c);
    return s;
}
