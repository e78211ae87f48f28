/* SPDX-License-Identifier: Apache-2.0 */
/* How much of its memory a tape uses, and its limit. */
#include "tests/core/autograd/tape_case.h"

#include <setjmp.h>

enum { MEGA = TAPE_CASE_MEGA, LINE = 64 };

static Tape *tape;

static void setup(void) { tape = tape_new(); }
static void teardown(void) { tape_free(tape); }

static void take(size_t bytes) { tape_alloc(tape, bytes); }

START_TEST(only_what_was_used_counts)
{
    take(LINE);
    ck_assert_uint_ge(tape_arena_bytes(tape), MEGA);
    ck_assert_uint_eq(tape_use(tape).values, LINE);
    take(2 * LINE - 1); /* rounded up to cache lines */
    ck_assert_uint_eq(tape_use(tape).values, 3 * LINE);
    ck_assert_uint_eq(tape_use(tape).values_peak, 3 * LINE);
}
END_TEST

/* Large pieces get chunks of their own; the rest of a chunk before them was never used. */
START_TEST(the_rest_of_a_chunk_does_not_count)
{
    take(MEGA);
    take((size_t)MEGA * 40);
    take((size_t)MEGA * 50);
    ck_assert_uint_eq(tape_use(tape).values, (size_t)MEGA * 91);
    ck_assert_uint_gt(tape_arena_bytes(tape), (size_t)MEGA * 91);
}
END_TEST

START_TEST(the_peak_outlives_a_rewind)
{
    take(LINE);
    const TapeMark mark = tape_mark(tape);
    take(MEGA);
    take((size_t)MEGA * 40);
    tape_rewind(tape, mark);
    ck_assert_uint_eq(tape_use(tape).values, LINE);
    ck_assert_uint_eq(tape_use(tape).values_peak, (size_t)MEGA * 41 + LINE);
    tape_use_restart(tape);
    ck_assert_uint_eq(tape_use(tape).values_peak, LINE);
    take(3 * LINE);
    ck_assert_uint_eq(tape_use(tape).values_peak, 4 * LINE);
    tape_reset(tape);
    ck_assert_uint_eq(tape_use(tape).values, 0);
    ck_assert_uint_eq(tape_use(tape).values_peak, 4 * LINE);
}
END_TEST

/* After a restart in a later chunk, what is in the chunks before it still counts. */
START_TEST(a_restart_keeps_what_is_in_use)
{
    take(MEGA);
    take((size_t)MEGA * 40);
    tape_use_restart(tape);
    ck_assert_uint_eq(tape_use(tape).values, (size_t)MEGA * 41);
    ck_assert_uint_eq(tape_use(tape).values_peak, (size_t)MEGA * 41);
}
END_TEST

START_TEST(gradients_and_their_pool)
{
    Tensor *x = tape_case_leaf(1);
    Tensor *y = tape_case_mul(tape, x, x, NULL), *z = tape_case_mul(tape, y, y, NULL);
    tape_grad(tape, y);
    tape_grad(tape, z);
    const size_t both = 2 * TAPE_CASE_LEN * sizeof(Real);
    ck_assert_uint_eq(tape_use(tape).grads, both);
    tape_backward(tape);
    ck_assert_uint_eq(tape_use(tape).grads, 0);
    ck_assert_uint_eq(tape_use(tape).pool, both);
    test_tensor_free(x);
}
END_TEST

START_TEST(a_released_tape_is_a_new_one)
{
    Tensor *x = tape_case_leaf(1);
    for (int i = 0; i < 3; i++) {
        tape_case_seed(tape, tape_case_mul(tape, x, x, NULL), 1);
        tape_backward(tape);
        ck_assert_uint_gt(tape_arena_bytes(tape), 0);
        tape_release(tape);
        const TapeUse use = tape_use(tape);
        ck_assert_uint_eq(tape_arena_bytes(tape) + use.values_peak + use.pool, 0);
    }
    tape_case_expect_grad(x, 6, x);
    test_tensor_free(x);
}
END_TEST

static void leave(void *over) { longjmp(*(jmp_buf *)over, 1); }

/* How many pieces of a mebibyte fit before the tape is left. */
static int pieces(size_t limit, bool grads)
{
    jmp_buf over;
    volatile int n = 0;
    tape_set_limit(tape, limit, leave, &over);
    if (setjmp(over) != 0) return n;
    for (; n < 1000; n++) {
        Tensor *x = tape_tensor(tape, 1, (int64_t[]){MEGA / (int64_t)sizeof(Real)});
        x->needs_grad = true;
        if (grads) tape_grad(tape, x);
    }
    return n;
}

START_TEST(the_limit_is_met)
{
    const size_t chunk = 32 * (size_t)MEGA;
    ck_assert_int_eq(pieces(chunk - 1, false), 0);
    ck_assert_uint_eq(tape_arena_bytes(tape), 0);
    ck_assert_int_eq(pieces(2 * chunk, false), 62); /* each is a little more than a mebibyte */
    ck_assert_uint_eq(tape_arena_bytes(tape), 2 * chunk);
}
END_TEST

START_TEST(gradients_count_towards_the_limit)
{
    ck_assert_int_eq(pieces(36 * (size_t)MEGA, true), 4);
}
END_TEST

Suite *test_tape_use_suite(void);
Suite *test_tape_use_suite(void)
{
    Suite *s = suite_create("tape_use");
    TCase *c = tape_case_new(s, setup, teardown, "use");
    tcase_add_test(c, only_what_was_used_counts);
    tcase_add_test(c, the_rest_of_a_chunk_does_not_count);
    tcase_add_test(c, the_peak_outlives_a_rewind);
    tcase_add_test(c, a_restart_keeps_what_is_in_use);
    tcase_add_test(c, gradients_and_their_pool);
    tcase_add_test(c, a_released_tape_is_a_new_one);
    tcase_add_test(c, the_limit_is_met);
    tcase_add_test(c, gradients_count_towards_the_limit);
    return s;
}
