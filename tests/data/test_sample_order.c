/* SPDX-License-Identifier: Apache-2.0 */
/* Orders of epochs: each record once, and those of a shard near one another. */
#include "data/sample_order.h"

#include "core/mem.h"
#include "core/rng.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 5000 };

static Scratch scratch;
static Annotations notes;
static char *path[MOST];
static int64_t order[MOST], other[MOST];

static void setup(void)
{
    scratch_new(&scratch);
    notes = (Annotations){.image_path = path};
}
static void teardown(void)
{
    for (int64_t i = 0; i < notes.count; i++) mem_free(path[i]);
    scratch_free(&scratch);
}

static void add(const char *shard, int64_t n)
{
    for (int64_t i = 0; i < n; i++) path[notes.count++] = mem_format("%s/%05ld.jpg", shard, i);
}

/* Shards of 1, 2, ... records; every tenth record is loose if `loose`. */
static void add_shards(int shards, bool loose)
{
    char name[40];
    for (int i = 1; i <= shards; i++) {
        snprintf(name, sizeof name, "%05d.tar", i);
        add(name, i);
        if (loose && i % 10 == 0) add("images", 1);
    }
}

static void expect_permutation(const int64_t *of)
{
    bool *seen = mem_calloc((size_t)notes.count, sizeof *seen);
    for (int64_t i = 0; i < notes.count; i++) {
        ck_assert(of[i] >= 0 && of[i] < notes.count && !seen[of[i]]);
        seen[of[i]] = true;
    }
    mem_free(seen);
}

/* The records of a shard of n lie within n + 2 (window - 1) places. */
static void expect_near(int64_t window)
{
    for (int64_t from = 0, to; from < notes.count; from = to) {
        const size_t n = strcspn(path[from], "/");
        int64_t low = MOST, high = -1;
        for (to = from; to < notes.count && strncmp(path[from], path[to], n + 1) == 0; to++)
            continue;
        for (int64_t i = 0; i < notes.count; i++)
            if (order[i] >= from && order[i] < to) {
                if (i < low) low = i;
                if (i > high) high = i;
            }
        if (strncmp(path[from], "images", 6) != 0)
            ck_assert_int_le(high - low + 1, to - from + 2 * (window - 1));
    }
}

START_TEST(each_record_once_and_near_its_shard)
{
    static const int64_t window[] = {1, 2, 7, 100, 1000};
    const uint64_t seed = (uint64_t)_i;
    add_shards(60, _i % 2);
    for (size_t w = 0; w < sizeof window / sizeof *window; w++) {
        SampleOrder o = sample_order_new(&notes, scratch.dir, window[w]);
        ck_assert_int_eq(o.shards, 60);
        sample_order_epoch(&o, seed, 3, order);
        expect_permutation(order);
        expect_near(window[w]);
        sample_order_free(&o);
    }
}
END_TEST

/* The distinct shards in any stretch of a window: those that hold its records, and of the
 * blocks around. */
START_TEST(a_window_touches_few_shards)
{
    enum { SHARDS = 40, EACH = 100, WINDOW = 250 };
    char name[40];
    for (int i = 0; i < SHARDS; i++) {
        snprintf(name, sizeof name, "%05d.tar", i);
        add(name, EACH);
    }
    SampleOrder o = sample_order_new(&notes, scratch.dir, WINDOW);
    sample_order_epoch(&o, 1, 0, order);
    for (int64_t at = 0; at + WINDOW <= notes.count; at++) {
        bool seen[SHARDS] = {false};
        int shards = 0;
        for (int64_t i = at; i < at + WINDOW; i++) {
            shards += !seen[order[i] / EACH];
            seen[order[i] / EACH] = true;
        }
        ck_assert_int_le(shards, (2 * WINDOW + EACH - 1) / EACH + 1);
        ck_assert_int_ge(shards, 3);
    }
    sample_order_free(&o);
}
END_TEST

static double distance(const int64_t *a, const int64_t *b)
{
    int64_t differ = 0;
    for (int64_t i = 0; i < notes.count; i++) differ += a[i] != b[i];
    return (double)differ / (double)notes.count;
}

START_TEST(it_depends_on_seed_and_epoch_alone)
{
    add_shards(60, true);
    SampleOrder o = sample_order_new(&notes, scratch.dir, 100);
    sample_order_epoch(&o, 5, 2, order);
    sample_order_epoch(&o, 5, 3, other);
    ck_assert(distance(order, other) > 0.9);
    sample_order_epoch(&o, 6, 2, other);
    ck_assert(distance(order, other) > 0.9);
    sample_order_free(&o);
    o = sample_order_new(&notes, "another/root", 100);
    sample_order_epoch(&o, 5, 2, other);
    ck_assert(distance(order, other) == 0);
    sample_order_free(&o);
}
END_TEST

/* The permutation that loose files always had. */
START_TEST(without_shards_or_window_all_records_are_permuted)
{
    int64_t window = 100;
    if (_i == 0) add("images", 1000);
    if (_i == 1) add("a.tar", 1000), window = 0;
    if (_i == 2) add("a.tar", 1000), window = 1000;
    if (_i == 3) { /* a folder may be called like a shard */
        scratch_text(&scratch, "a.tar/00000.jpg", "x");
        add("a.tar", 1000);
    }
    SampleOrder o = sample_order_new(&notes, scratch.dir, window);
    Rng rng = rng_new(5, 2, 0, RNG_SHUFFLE);
    rng_permutation(&rng, notes.count, other);
    sample_order_epoch(&o, 5, 2, order);
    ck_assert(distance(order, other) == 0);
    sample_order_free(&o);
}
END_TEST

/* Records that are mixed in the annotations are sorted by shard. */
START_TEST(records_of_a_shard_may_stand_anywhere)
{
    int64_t last = -1, runs = 0;
    for (int i = 0; i < 1000; i++)
        path[notes.count++] = mem_format("%d.tar/%d.jpg", i * 7 % 10, i);
    SampleOrder o = sample_order_new(&notes, scratch.dir, 1);
    ck_assert_int_eq(o.shards, 10);
    sample_order_epoch(&o, 1, 1, order);
    expect_permutation(order);
    for (int64_t i = 0; i < notes.count; i++) {
        runs += order[i] * 7 % 10 != last;
        last = order[i] * 7 % 10;
    }
    ck_assert_int_eq(runs, 10);
    sample_order_free(&o);
}
END_TEST

/* Within a window every record is as likely in each place. */
START_TEST(a_window_is_shuffled_evenly)
{
    enum { WINDOW = 20, EPOCHS = 4000 };
    int64_t first = 0, moved = 0;
    add("a.tar", 200);
    SampleOrder o = sample_order_new(&notes, scratch.dir, WINDOW);
    for (int64_t e = 0; e < EPOCHS; e++) {
        sample_order_epoch(&o, 1, (uint32_t)e, order);
        first += order[100] < 100;
        moved += llabs(order[100] - 100);
    }
    /* The block of place 100 starts evenly among 81..100 and holds each of its records evenly:
     * the mean distance is that of two even draws among 20, (20^2 - 1) / 60 = 6.65. */
    ck_assert_double_eq_tol((double)moved / EPOCHS, 6.65, 0.3);
    ck_assert_double_eq_tol((double)first / EPOCHS, 0.475, 0.03);
    sample_order_free(&o);
}
END_TEST

Suite *test_sample_order_suite(void);
Suite *test_sample_order_suite(void)
{
    Suite *s = suite_create("sample_order");
    TCase *t = tcase_create("sample_order");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, each_record_once_and_near_its_shard, 0, 6);
    tcase_add_test(t, a_window_touches_few_shards);
    tcase_add_test(t, it_depends_on_seed_and_epoch_alone);
    tcase_add_loop_test(t, without_shards_or_window_all_records_are_permuted, 0, 4);
    tcase_add_test(t, records_of_a_shard_may_stand_anywhere);
    tcase_add_test(t, a_window_is_shuffled_evenly);
    suite_add_tcase(s, t);
    return s;
}
