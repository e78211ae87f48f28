/* SPDX-License-Identifier: Apache-2.0 */
/* The tape: gradients from the pool, and streaming in tiles. */
#include "tests/core/autograd/tape_case.h"

#include <string.h>

enum { N = TAPE_CASE_LEN, MEGA = TAPE_CASE_MEGA };

/* ---- the pool of gradients ---- */

static Tensor *big(Tape *tape, Tensor *x, int layers)
{
    Tensor *two = tape_tensor(tape, x->ndim, x->shape);
    for (int64_t i = 0; i < tensor_len(x); i++) two->data[i] = 1;
    for (int i = 0; i < layers; i++) x = tape_case_mul(tape, x, two, NULL);
    return tape_case_sum(tape, x);
}

/* With twenty layers, at most two gradients of a layer's size exist at a time; the second step
 * allocates none. */
START_TEST(test_gradients_are_reused)
{
    enum { LEN = 1 << 18 };
    Tape *tape = tape_new();
    Tensor *x = test_tensor(1, (int64_t[]){LEN}, true);
    size_t bytes[3];
    for (int step = 0; step < 3; step++) {
        Tensor *y = big(tape, x, 20);
        const size_t before = tape_arena_bytes(tape);
        tape_seed(tape, y, 1);
        tape_backward(tape);
        bytes[step] = tape_arena_bytes(tape);
        ck_assert_uint_le(bytes[step] - before, 3 * LEN * sizeof(Real));
        tape_reset(tape);
    }
    ck_assert_uint_eq(bytes[1], bytes[0]);
    ck_assert_uint_eq(bytes[2], bytes[0]);
    for (int64_t i = 0; i < LEN; i++) ck_assert_double_eq((double)x->grad[i], 3);
    tape_free(tape);
    test_tensor_free(x);
}
END_TEST

START_TEST(test_reused_gradients_start_at_zero)
{
    Tape *tape = tape_new();
    Tensor *x = tape_case_leaf(1);
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
    tape_free(tape);
    test_tensor_free(x);
}
END_TEST

static Tensor *aborted(Tape *tape, Tensor *x)
{
    Tensor *y = tape_case_sum(tape, tape_case_mul(tape, x, x, NULL));
    tape_seed(tape, y, 1000);
    return y;
}

/* A step that is aborted before its backward leaves no gradient and no memory allocated. */
START_TEST(test_reset_after_an_aborted_step)
{
    Tape *tape = tape_new();
    Tensor *x = tape_case_leaf(1);
    aborted(tape, x);
    tape_reset(tape);
    const size_t bytes = tape_arena_bytes(tape);
    for (int i = 0; i < 50; i++) {
        aborted(tape, x);
        tape_reset(tape);
    }
    ck_assert_uint_eq(tape_arena_bytes(tape), bytes);
    tape_case_expect_grad(x, 0, NULL);
    tape_seed(tape, tape_case_sum(tape, x), 1);
    tape_backward(tape);
    tape_case_expect_grad(x, 1, NULL);
    tape_free(tape);
    test_tensor_free(x);
}
END_TEST

/* For an aborted tile, rewinding releases the gradients of the discarded tensors and no
 * others. */
START_TEST(test_rewind_after_an_aborted_tile)
{
    Tape *tape = tape_new();
    Tensor *x = tape_case_leaf(1), *old = tape_case_mul(tape, x, x, NULL);
    tape_grad(tape, old)[0] = 5;
    const TapeMark mark = tape_mark(tape);
    aborted(tape, old);
    tape_rewind(tape, mark);
    const size_t bytes = tape_arena_bytes(tape);
    for (int i = 0; i < 50; i++) {
        aborted(tape, old);
        tape_rewind(tape, mark);
    }
    ck_assert_uint_eq(tape_arena_bytes(tape), bytes);
    ck_assert_double_eq((double)tape_grad(tape, old)[0], 5);
    tape_free(tape);
    test_tensor_free(x);
}
END_TEST

/* ---- streaming ---- */

/* total = sum over tiles t of tape_case_sum((t+1) * x^2 * w): x^2 is older than the tiles. */
static void run_tiles(Tape *tape, Tensor *x, Tensor *w, int tiles, bool stream)
{
    Tensor *square = tape_case_mul(tape, x, x, NULL);
    const TapeMark mark = tape_mark(tape);
    for (int t = 0; t < tiles; t++) {
        Tensor *y = tape_case_mul(tape, square, tape_case_constant(tape, t + 1), NULL);
        tape_seed(tape, tape_case_sum(tape, tape_case_mul(tape, y, w, NULL)), 1);
        if (stream) tape_backward_to(tape, mark);
    }
    tape_backward(tape);
}

START_TEST(test_tiles_equal_the_whole)
{
    Tape *tape = tape_new();
    Tensor *x[2] = {tape_case_leaf(1), tape_case_leaf(1)},
           *w[2] = {tape_case_leaf(2), tape_case_leaf(2)};
    for (int s = 0; s < 2; s++) {
        run_tiles(tape, x[s], w[s], 5, s == 1);
        tape_reset(tape);
    }
    for (int64_t i = 0; i < N; i++) {
        const double v = (double)x[0]->data[i], u = (double)w[0]->data[i];
        ck_assert_double_eq_tol((double)x[1]->grad[i], 15 * 2 * v * u, 1e-4);
        ck_assert_double_eq_tol((double)w[1]->grad[i], 15 * v * v, 1e-4);
        ck_assert_double_eq_tol((double)x[0]->grad[i], (double)x[1]->grad[i], 1e-4);
        ck_assert_double_eq_tol((double)w[0]->grad[i], (double)w[1]->grad[i], 1e-4);
    }
    tape_free(tape);
    for (int s = 0; s < 2; s++) test_tensor_free(x[s]), test_tensor_free(w[s]);
}
END_TEST

START_TEST(test_memory_is_bounded_by_the_tile)
{
    Tape *tape = tape_new();
    Tensor *x = tape_case_leaf(1), *old = tape_case_mul(tape, x, x, NULL);
    const TapeMark mark = tape_mark(tape);
    size_t bytes = 0;
    for (int t = 0; t < 100; t++) {
        tape_alloc(tape, 10 * MEGA);
        tape_seed(tape, tape_case_sum(tape, tape_case_mul(tape, old, old, NULL)), 1);
        tape_backward_to(tape, mark);
        if (t == 0) bytes = tape_arena_bytes(tape);
        ck_assert_int_eq(tape_mark(tape).nodes, mark.nodes);
        ck_assert_uint_eq(tape_mark(tape).used, mark.used);
    }
    ck_assert_uint_eq(tape_arena_bytes(tape), bytes);
    tape_free(tape);
    test_tensor_free(x);
}
END_TEST

/* Only operations since the mark run; older ones keep their gradient. */
START_TEST(test_older_operations_wait)
{
    Tape *tape = tape_new();
    Tensor *x = tape_case_leaf(1);
    int old_runs = 0, new_runs = 0;
    Tensor *old = tape_case_mul(tape, x, tape_case_constant(tape, 3), &old_runs);
    const TapeMark mark = tape_mark(tape);
    tape_seed(
        tape,
        tape_case_sum(tape, tape_case_mul(tape, old, tape_case_constant(tape, 2), &new_runs)),
        1);
    tape_backward_to(tape, mark);
    ck_assert_int_eq(old_runs, 0);
    ck_assert_int_eq(new_runs, 1);
    tape_case_expect_grad(x, 0, NULL);
    tape_case_expect_grad(old, 2, NULL);
    tape_backward(tape);
    ck_assert_int_eq(old_runs, 1);
    ck_assert_int_eq(new_runs, 1);
    tape_case_expect_grad(x, 6, NULL);
    tape_free(tape);
    test_tensor_free(x);
}
END_TEST

/* A tensor older than the mark keeps value and gradient while tiles of many sizes run. */
START_TEST(test_older_tensors_survive)
{
    Tape *tape = tape_new();
    Tensor *x = tape_case_leaf(1), *old = tape_case_mul(tape, x, x, NULL);
    const TapeMark mark = tape_mark(tape);
    for (int t = 0; t < 20; t++) {
        memset(tape_alloc(tape, (size_t)(t * 3 + 1) * MEGA), 0xff, (size_t)(t * 3 + 1) * MEGA);
        tape_seed(tape, tape_case_sum(tape, old), 1);
        tape_backward_to(tape, mark);
    }
    tape_case_expect_grad(old, 20, NULL);
    for (int64_t i = 0; i < N; i++)
        ck_assert_double_eq((double)old->data[i], (double)(x->data[i] * x->data[i]));
    tape_backward(tape);
    tape_case_expect_grad(x, 40, x);
    tape_free(tape);
    test_tensor_free(x);
}
END_TEST

/* Marks may nest. */
START_TEST(test_nested_marks)
{
    Tape *tape = tape_new();
    Tensor *x = tape_case_leaf(1),
           *a = tape_case_mul(tape, x, tape_case_constant(tape, 2), NULL);
    const TapeMark outer = tape_mark(tape);
    Tensor *b = tape_case_mul(tape, a, tape_case_constant(tape, 3), NULL);
    for (int t = 0; t < 4; t++) {
        const TapeMark inner = tape_mark(tape);
        tape_seed(
            tape,
            tape_case_sum(tape, tape_case_mul(tape, b, tape_case_constant(tape, t), NULL)), 1);
        tape_backward_to(tape, inner);
    }
    tape_backward_to(tape, outer);
    tape_case_expect_grad(a, 18, NULL);
    tape_backward(tape);
    tape_case_expect_grad(x, 36, NULL);
    tape_free(tape);
    test_tensor_free(x);
}
END_TEST

Suite *test_tape_stream_suite(void);
Suite *test_tape_stream_suite(void)
{
    Suite *s = suite_create("tape_stream");
    TCase *t = tape_case_new(s, "pool");
    tcase_add_test(t, test_gradients_are_reused);
    tcase_add_test(t, test_reused_gradients_start_at_zero);
    tcase_add_test(t, test_reset_after_an_aborted_step);
    tcase_add_test(t, test_rewind_after_an_aborted_tile);
    t = tape_case_new(s, "streaming");
    tcase_add_test(t, test_tiles_equal_the_whole);
    tcase_add_test(t, test_memory_is_bounded_by_the_tile);
    tcase_add_test(t, test_older_operations_wait);
    tcase_add_test(t, test_older_tensors_survive);
    tcase_add_test(t, test_nested_marks);
    return s;
}
