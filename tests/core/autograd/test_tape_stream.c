/* SPDX-License-Identifier: Apache-2.0 */
/* The tape: gradients from the pool, and streaming in tiles. */
#include "tests/core/autograd/tape_case.h"

#include <string.h>

enum { N = TAPE_CASE_LEN, MEGA = TAPE_CASE_MEGA };

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

/* ---- the pool of gradients ---- */

/* The sum of y after `layers` multiplications by 1. */
static Tensor *layered(Tensor *y, int layers)
{
    Tensor *one = tape_tensor(tape, y->ndim, y->shape);
    for (int64_t i = 0; i < tensor_len(y); i++) one->data[i] = 1;
    for (int i = 0; i < layers; i++) y = tape_case_mul(tape, y, one, NULL);
    return tape_case_sum(tape, y);
}

/* With twenty layers, at most two gradients of a layer's size exist at a time; the second step
 * allocates none. */
START_TEST(test_gradients_are_reused)
{
    enum { LEN = 1 << 18 };
    Tensor *wide = test_tensor(1, (int64_t[]){LEN}, true);
    size_t bytes[3];
    for (int step = 0; step < 3; step++) {
        Tensor *y = layered(wide, 20);
        const size_t before = tape_arena_bytes(tape);
        tape_seed(tape, y, 1);
        tape_backward(tape);
        bytes[step] = tape_arena_bytes(tape);
        ck_assert_uint_le(bytes[step] - before, 3 * LEN * sizeof(Real));
        tape_reset(tape);
    }
    ck_assert_uint_eq(bytes[1], bytes[0]);
    ck_assert_uint_eq(bytes[2], bytes[0]);
    for (int64_t i = 0; i < LEN; i++) ck_assert_double_eq((double)wide->grad[i], 3);
    test_tensor_free(wide);
}
END_TEST

START_TEST(test_reused_gradients_start_at_zero)
{
    for (int i = 0; i < 3; i++) {
        Tensor *y = tape_case_mul(tape, x, x, NULL);
        Real *dy = tape_grad(tape, y);
        for (int64_t j = 0; j < N; j++) {
            ck_assert_double_eq((double)dy[j], 0);
            dy[j] = 99;
        }
        tape_backward(tape);
        ck_assert_ptr_null(y->grad);
    }
}
END_TEST

static void aborted_step(Tensor *a)
{
    tape_case_seed(tape, tape_case_mul(tape, a, a, NULL), 1000);
}

/* A step that is aborted before its backward leaves no gradient and no memory allocated. */
START_TEST(test_reset_after_an_aborted_step)
{
    aborted_step(x);
    tape_reset(tape);
    const size_t bytes = tape_arena_bytes(tape);
    for (int i = 0; i < 50; i++) {
        aborted_step(x);
        tape_reset(tape);
    }
    ck_assert_uint_eq(tape_arena_bytes(tape), bytes);
    tape_case_expect_grad(x, 0, NULL);
    tape_case_seed(tape, x, 1);
    tape_backward(tape);
    tape_case_expect_grad(x, 1, NULL);
}
END_TEST

/* For an aborted tile, rewinding releases the gradients of the discarded tensors and no
 * others. */
START_TEST(test_rewind_after_an_aborted_tile)
{
    Tensor *old = tape_case_mul(tape, x, x, NULL);
    tape_grad(tape, old)[0] = 5;
    const TapeMark mark = tape_mark(tape);
    aborted_step(old);
    tape_rewind(tape, mark);
    const size_t bytes = tape_arena_bytes(tape);
    for (int i = 0; i < 50; i++) {
        aborted_step(old);
        tape_rewind(tape, mark);
    }
    ck_assert_uint_eq(tape_arena_bytes(tape), bytes);
    ck_assert_double_eq((double)tape_grad(tape, old)[0], 5);
}
END_TEST

/* ---- streaming ---- */

/* total = sum over tiles t of sum((t+1) * a^2 * w): a^2 is older than the tiles. */
static void run_tiles(Tensor *a, Tensor *w, int tiles, bool stream)
{
    Tensor *square = tape_case_mul(tape, a, a, NULL);
    const TapeMark mark = tape_mark(tape);
    for (int t = 0; t < tiles; t++) {
        Tensor *y = tape_case_scale(tape, square, t + 1, NULL);
        tape_case_seed(tape, tape_case_mul(tape, y, w, NULL), 1);
        if (stream) tape_backward_to(tape, mark);
    }
    tape_backward(tape);
}

START_TEST(test_tiles_equal_the_whole)
{
    Tensor *a[2] = {tape_case_leaf(1), tape_case_leaf(1)},
           *w[2] = {tape_case_leaf(2), tape_case_leaf(2)};
    for (int s = 0; s < 2; s++) {
        run_tiles(a[s], w[s], 5, s == 1);
        tape_reset(tape);
    }
    for (int64_t i = 0; i < N; i++) {
        const double v = (double)a[0]->data[i], u = (double)w[0]->data[i];
        ck_assert_double_eq_tol((double)a[1]->grad[i], 15 * 2 * v * u, 1e-4);
        ck_assert_double_eq_tol((double)w[1]->grad[i], 15 * v * v, 1e-4);
        ck_assert_double_eq_tol((double)a[0]->grad[i], (double)a[1]->grad[i], 1e-4);
        ck_assert_double_eq_tol((double)w[0]->grad[i], (double)w[1]->grad[i], 1e-4);
    }
    for (int s = 0; s < 2; s++) test_tensor_free(a[s]), test_tensor_free(w[s]);
}
END_TEST

START_TEST(test_memory_is_bounded_by_the_tile)
{
    Tensor *old = tape_case_mul(tape, x, x, NULL);
    const TapeMark mark = tape_mark(tape);
    size_t bytes = 0;
    for (int t = 0; t < 100; t++) {
        tape_alloc(tape, 10 * MEGA);
        tape_case_seed(tape, tape_case_mul(tape, old, old, NULL), 1);
        tape_backward_to(tape, mark);
        if (t == 0) bytes = tape_arena_bytes(tape);
        ck_assert_int_eq(tape_mark(tape).nodes, mark.nodes);
        ck_assert_uint_eq(tape_mark(tape).used, mark.used);
    }
    ck_assert_uint_eq(tape_arena_bytes(tape), bytes);
}
END_TEST

/* Only operations since the mark run; older ones keep their gradient. */
START_TEST(test_older_operations_wait)
{
    int old_runs = 0, new_runs = 0;
    Tensor *old = tape_case_scale(tape, x, 3, &old_runs);
    const TapeMark mark = tape_mark(tape);
    tape_case_seed(tape, tape_case_scale(tape, old, 2, &new_runs), 1);
    tape_backward_to(tape, mark);
    ck_assert_int_eq(old_runs, 0);
    ck_assert_int_eq(new_runs, 1);
    tape_case_expect_grad(x, 0, NULL);
    tape_case_expect_grad(old, 2, NULL);
    tape_backward(tape);
    ck_assert_int_eq(old_runs, 1);
    ck_assert_int_eq(new_runs, 1);
    tape_case_expect_grad(x, 6, NULL);
}
END_TEST

/* A tensor older than the mark keeps value and gradient while tiles of many sizes run. */
START_TEST(test_older_tensors_survive)
{
    Tensor *old = tape_case_mul(tape, x, x, NULL);
    const TapeMark mark = tape_mark(tape);
    for (int t = 0; t < 20; t++) {
        memset(tape_alloc(tape, (size_t)(t * 3 + 1) * MEGA), 0xff, (size_t)(t * 3 + 1) * MEGA);
        tape_case_seed(tape, old, 1);
        tape_backward_to(tape, mark);
    }
    tape_case_expect_grad(old, 20, NULL);
    for (int64_t i = 0; i < N; i++)
        ck_assert_double_eq((double)old->data[i], (double)(x->data[i] * x->data[i]));
    tape_backward(tape);
    tape_case_expect_grad(x, 40, x);
}
END_TEST

/* Marks may nest. */
START_TEST(test_nested_marks)
{
    Tensor *a = tape_case_scale(tape, x, 2, NULL);
    const TapeMark outer = tape_mark(tape);
    Tensor *b = tape_case_scale(tape, a, 3, NULL);
    for (int t = 0; t < 4; t++) {
        const TapeMark inner = tape_mark(tape);
        tape_case_seed(tape, tape_case_scale(tape, b, t, NULL), 1);
        tape_backward_to(tape, inner);
    }
    tape_backward_to(tape, outer);
    tape_case_expect_grad(a, 18, NULL);
    tape_backward(tape);
    tape_case_expect_grad(x, 36, NULL);
}
END_TEST

Suite *test_tape_stream_suite(void);
Suite *test_tape_stream_suite(void)
{
    Suite *s = suite_create("tape_stream");
    TCase *t = tape_case_new(s, setup, teardown, "pool");
    tcase_add_test(t, test_gradients_are_reused);
    tcase_add_test(t, test_reused_gradients_start_at_zero);
    tcase_add_test(t, test_reset_after_an_aborted_step);
    tcase_add_test(t, test_rewind_after_an_aborted_tile);
    t = tape_case_new(s, setup, teardown, "streaming");
    tcase_add_test(t, test_tiles_equal_the_whole);
    tcase_add_test(t, test_memory_is_bounded_by_the_tile);
    tcase_add_test(t, test_older_operations_wait);
    tcase_add_test(t, test_older_tensors_survive);
    tcase_add_test(t, test_nested_marks);
    return s;
}
