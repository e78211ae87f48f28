/* SPDX-License-Identifier: Apache-2.0 */
/* The tape: memory, recording, gradients. */
#include "core/ops/ops.h"
#include "tests/core/autograd/tape_case.h"

#include <signal.h>
#include <string.h>

enum { N = TAPE_CASE_LEN, MEGA = TAPE_CASE_MEGA };
static const int64_t SHAPE[1] = {N};

static Tape *tape;
static Tensor *x;

static void setup(void)
{
    tape = tape_new();
    x = tape_case_leaf(1);
}

static void teardown(void)
{
    tape_free(tape);
    test_tensor_free(x);
}

/* ---- memory ---- */

START_TEST(test_alloc_is_aligned_and_apart)
{
    unsigned char *p[100];
    for (int i = 0; i < 100; i++) {
        p[i] = tape_alloc(tape, (size_t)(i * 7 + 1));
        ck_assert_uint_eq((uintptr_t)p[i] % 64, 0);
        memset(p[i], i, (size_t)(i * 7 + 1));
    }
    for (int i = 0; i < 100; i++)
        for (int j = 0; j < i * 7 + 1; j++) ck_assert_int_eq(p[i][j], i);
}
END_TEST

/* Five pieces of 1 to 70 MiB, whose first and last bytes must not overwrite each other. */
static void fill_arena(void)
{
    static const size_t mega[5] = {1, 70, 20, 20, 1};
    unsigned char *p[5];
    for (int i = 0; i < 5; i++) {
        p[i] = tape_alloc(tape, mega[i] * MEGA);
        p[i][0] = p[i][mega[i] * MEGA - 1] = (unsigned char)(i + 1);
    }
    for (int i = 0; i < 5; i++) {
        ck_assert_int_eq(p[i][0], i + 1);
        ck_assert_int_eq(p[i][mega[i] * MEGA - 1], i + 1);
    }
}

START_TEST(test_arena_grows_once)
{
    ck_assert_uint_eq(tape_arena_bytes(tape), 0);
    fill_arena();
    const size_t bytes = tape_arena_bytes(tape);
    ck_assert(bytes >= 112u * MEGA);
    for (int step = 0; step < 3; step++) {
        tape_reset(tape);
        fill_arena();
        ck_assert_uint_eq(tape_arena_bytes(tape), bytes);
    }
}
END_TEST

START_TEST(test_rewind)
{
    Tensor *old = tape_case_constant(tape, 3);
    const TapeMark mark = tape_mark(tape);
    void *first = tape_alloc(tape, 100);
    fill_arena(); /* on to other chunks */
    tape_rewind(tape, mark);
    ck_assert_ptr_eq(tape_alloc(tape, 100), first);
    fill_arena();
    for (int64_t i = 0; i < N; i++) ck_assert_double_eq((double)old->data[i], 3);
    const size_t bytes = tape_arena_bytes(tape);
    for (int i = 0; i < 5; i++) {
        tape_rewind(tape, mark);
        fill_arena();
    }
    ck_assert_uint_eq(tape_arena_bytes(tape), bytes);
}
END_TEST

START_TEST(test_rewind_to_an_empty_tape)
{
    const TapeMark mark = tape_mark(tape);
    void *first = tape_alloc(tape, 10);
    fill_arena();
    tape_rewind(tape, mark);
    ck_assert_ptr_eq(tape_alloc(tape, 10), first);
}
END_TEST

START_TEST(test_keep)
{
    tape_set_recording(tape, false);
    Tensor *two = tape_case_constant(tape, 2);
    const TapeMark mark = tape_mark(tape);
    tape_alloc(tape, 1000);
    Tensor *y = tape_case_mul(tape, two, two, NULL);
    y = tape_keep(tape, mark, tape_case_mul(tape, y, two, NULL));
    const TapeMark after = tape_mark(tape);
    ck_assert_uint_lt(after.used - mark.used, 1000);
    tape_alloc(tape, 1000);
    ck_assert_int_eq(y->ndim, 1);
    ck_assert_int_eq(y->shape[0], N);
    for (int64_t i = 0; i < N; i++) ck_assert_double_eq((double)y->data[i], 8);
    tape_set_recording(tape, true);
    ck_assert_ptr_eq(tape_keep(tape, mark, y), y);
}
END_TEST

/* What is older than the mark is not moved. */
START_TEST(test_keep_in_place)
{
    tape_set_recording(tape, false);
    const Tensor *two = tape_case_constant(tape, 2);
    const TapeMark mark = tape_mark(tape);
    tape_alloc(tape, 1000);
    Tensor *y = tape_output_of(tape, two->data, 1, SHAPE, 0, NULL);
    y = tape_keep(tape, mark, y);
    ck_assert_uint_lt(tape_mark(tape).used - mark.used, 1000);
    ck_assert_ptr_eq(y->data, two->data);
    ck_assert_int_eq(y->shape[0], N);
}
END_TEST

START_TEST(test_input_is_copied)
{
    float values[N] = {1, 2, 3, 4, 5, 6};
    const Tensor *copy = tape_input(tape, 1, SHAPE, values);
    memset(values, 0, sizeof values);
    for (int64_t i = 0; i < N; i++) ck_assert_double_eq((double)copy->data[i], (double)(i + 1));
    ck_assert(!copy->needs_grad);
}
END_TEST

/* ---- recording ---- */

START_TEST(test_nothing_recorded)
{
    int runs = 0;
    ck_assert(tape_recording(tape) && !tape_training(tape));
    tape_set_recording(tape, false);
    ck_assert(!tape_recording(tape));
    const Tensor *y = tape_case_sum(tape, tape_case_mul(tape, x, x, &runs));
    ck_assert(!y->needs_grad);
    ck_assert_int_eq(tape_mark(tape).nodes, 0);
    tape_backward(tape);
    ck_assert_int_eq(runs, 0);
    tape_case_expect_grad(x, 0, NULL);
}
END_TEST

START_TEST(test_no_input_needs_a_gradient)
{
    Tensor *y =
        tape_case_mul(tape, tape_case_constant(tape, 1), tape_case_constant(tape, 2), NULL);
    ck_assert(!y->needs_grad);
    ck_assert_ptr_null(tape_grad(tape, y));
    ck_assert_ptr_null(tape_grad(tape, NULL));
    ck_assert_int_eq(tape_mark(tape).nodes, 0);
    tape_case_seed(tape, y, 1); /* nothing to do */
    tape_backward(tape);
    ck_assert_ptr_null(y->grad);
}
END_TEST

START_TEST(test_inputs_may_be_missing)
{
    ck_assert(tape_output(tape, 1, SHAPE, 2, (Tensor *[]){NULL, x})->needs_grad);
    ck_assert(!tape_output(tape, 1, SHAPE, 1, (Tensor *[]){NULL})->needs_grad);
}
END_TEST

START_TEST(test_streams)
{
    tape_set_training(tape, true);
    ck_assert(tape_training(tape));
    uint32_t first[6];
    for (int i = 0; i < 6; i++) {
        tape_set_step(tape, i == 4 ? 9 : 8, i == 5 ? 3 : 2);
        Rng rng = tape_stream(tape, i == 3 ? RNG_DROP_PATH : RNG_DROPOUT, i == 2 ? 5 : 4);
        first[i] = rng_u32(&rng);
    }
    ck_assert_uint_eq(first[0], first[1]);
    for (int i = 2; i < 6; i++) ck_assert_uint_ne(first[0], first[i]);
}
END_TEST

/* ---- gradients ---- */

START_TEST(test_chain_and_several_uses)
{
    Tensor *square = tape_case_mul(tape, x, x, NULL);
    Tensor *cube = tape_case_mul(tape, square, x, NULL);
    tape_case_seed(tape, cube, 1);
    tape_case_seed(tape, square, 0.5);
    tape_backward(tape);
    for (int64_t i = 0; i < N; i++) {
        const double v = (double)x->data[i];
        ck_assert_double_eq_tol((double)x->grad[i], 3 * v * v + v, 1e-5);
    }
}
END_TEST

START_TEST(test_seeds_add)
{
    Tensor *y = tape_case_sum(tape, x);
    tape_seed(tape, y, 2);
    tape_seed(tape, y, 0.25);
    tape_backward(tape);
    tape_case_expect_grad(x, 2.25, NULL);
}
END_TEST

START_TEST(test_gradients_add_over_steps)
{
    for (int step = 0; step < 3; step++) {
        tape_case_seed(tape, x, 1);
        tape_backward(tape);
        tape_reset(tape);
    }
    tape_case_expect_grad(x, 3, NULL);
}
END_TEST

START_TEST(test_unused_branch_is_skipped)
{
    int used = 0, unused = 0;
    tape_case_mul(tape, x, x, &unused);
    tape_case_seed(tape, tape_case_scale(tape, x, 2, &used), 1);
    tape_case_mul(tape, x, x, &unused);
    tape_backward(tape);
    ck_assert_int_eq(used, 1);
    ck_assert_int_eq(unused, 0);
    tape_case_expect_grad(x, 2, NULL);
}
END_TEST

START_TEST(test_views_share)
{
    Tensor *square = tape_case_mul(tape, x, x, NULL);
    Tensor *view = tape_reshape(tape, square, 2, (int64_t[]){2, 3});
    Tensor *again = tape_reshape(tape, view, 3, (int64_t[]){1, 6, 1}); /* a view of a view */
    ck_assert_ptr_eq(again->data, square->data);
    ck_assert_ptr_eq(tape_grad(tape, again), tape_grad(tape, square));
    tape_case_seed(tape, view, 1);
    tape_case_seed(tape, again, 2);
    tape_case_seed(tape, square, 4);
    tape_backward(tape);
    tape_case_expect_grad(x, 14, x);
    Tensor *of_leaf = tape_reshape(tape, x, 2, (int64_t[]){3, 2});
    ck_assert_ptr_eq(tape_grad(tape, of_leaf), x->grad);
    Tensor *of_constant = tape_reshape(tape, tape_case_constant(tape, 1), 2, (int64_t[]){3, 2});
    ck_assert_ptr_null(tape_grad(tape, of_constant));
}
END_TEST

/* ---- misuse ---- */

START_TEST(test_seed_of_many) { tape_seed(tape, tape_case_constant(tape, 1), 1); }
END_TEST
START_TEST(test_six_axes) { tape_tensor(tape, 6, (int64_t[]){1, 1, 1, 1, 1, 1}); }
END_TEST
START_TEST(test_empty_axis) { tape_tensor(tape, 2, (int64_t[]){3, 0}); }
END_TEST
START_TEST(test_other_length)
{
    tape_reshape(tape, tape_case_constant(tape, 1), 2, (int64_t[]){2, 2});
}
END_TEST
START_TEST(test_forgotten_mark)
{
    tape_case_mul(tape, x, x, NULL);
    const TapeMark mark = tape_mark(tape);
    tape_reset(tape);
    tape_rewind(tape, mark);
}
END_TEST
START_TEST(test_absurd_size) { tape_alloc(tape, SIZE_MAX - 3); }
END_TEST
START_TEST(test_product_overflows)
{
    tape_tensor(tape, 3, (int64_t[]){1LL << 31, 1LL << 31, 1LL << 31});
}
END_TEST

static void add_memory(Suite *s)
{
    TCase *t = tape_case_new(s, setup, teardown, "memory");
    tcase_add_test(t, test_alloc_is_aligned_and_apart);
    tcase_add_test(t, test_arena_grows_once);
    tcase_add_test(t, test_rewind);
    tcase_add_test(t, test_rewind_to_an_empty_tape);
    tcase_add_test(t, test_keep);
    tcase_add_test(t, test_keep_in_place);
    tcase_add_test(t, test_input_is_copied);
    t = tape_case_new(s, setup, teardown, "recording");
    tcase_add_test(t, test_nothing_recorded);
    tcase_add_test(t, test_no_input_needs_a_gradient);
    tcase_add_test(t, test_inputs_may_be_missing);
    tcase_add_test(t, test_streams);
}

Suite *test_tape_suite(void);
Suite *test_tape_suite(void)
{
    Suite *s = suite_create("tape");
    add_memory(s);
    TCase *t = tape_case_new(s, setup, teardown, "gradients");
    tcase_add_test(t, test_chain_and_several_uses);
    tcase_add_test(t, test_seeds_add);
    tcase_add_test(t, test_gradients_add_over_steps);
    tcase_add_test(t, test_unused_branch_is_skipped);
    tcase_add_test(t, test_views_share);
    t = tape_case_new(s, setup, teardown, "misuse");
    tcase_add_test_raise_signal(t, test_seed_of_many, SIGABRT);
    tcase_add_test_raise_signal(t, test_six_axes, SIGABRT);
    tcase_add_test_raise_signal(t, test_empty_axis, SIGABRT);
    tcase_add_test_raise_signal(t, test_other_length, SIGABRT);
    tcase_add_test_raise_signal(t, test_forgotten_mark, SIGABRT);
    tcase_add_test_raise_signal(t, test_absurd_size, SIGABRT);
    tcase_add_test_raise_signal(t, test_product_overflows, SIGABRT);
    return s;
}
