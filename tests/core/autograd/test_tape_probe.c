/* SPDX-License-Identifier: Apache-2.0 */
/* Gradients in the middle of a backward pass. */
#include "core/ops/ops.h"
#include "tests/core/autograd/tape_case.h"

#include <signal.h>
#include <string.h>

enum { N = TAPE_CASE_LEN, LINE = TAPE_LINE };

static Tape *tape;
static Tensor *a, *w;

static void setup(void)
{
    tape = tape_new();
    a = tape_case_leaf(1);
    w = tape_case_leaf(2);
}

static void teardown(void)
{
    tape_free(tape);
    test_tensor_free(a);
    test_tensor_free(w);
}

/* x = a w and three of its products: keys = x w, wide = 2 x, both with a gradient from a tile
 * that has run already, and late = keys 3, which has none. */
typedef struct Chain {
    Tensor *x, *keys, *wide, *late;
} Chain;

static Chain chain(void)
{
    Chain c = {.x = tape_case_mul(tape, a, w, NULL)};
    c.keys = tape_case_mul(tape, c.x, w, NULL);
    c.wide = tape_case_scale(tape, c.x, 2, NULL);
    c.late = tape_case_scale(tape, c.wide, 3, NULL);
    const TapeMark mark = tape_mark(tape);
    tape_case_seed(tape, tape_case_mul(tape, c.keys, c.keys, NULL), 0.5);
    tape_case_seed(tape, c.wide, 7);
    tape_backward_to(tape, mark);
    return c;
}

/* d (keys^2 / 2 + 7 wide) / dx = keys w + 14. */
static double of_x(const Chain *c, int64_t i)
{
    return (double)c->keys->data[i] * (double)w->data[i] + 14;
}

START_TEST(the_gradient_that_a_backward_would_give)
{
    const Chain c = chain();
    Real dx[N];
    for (int i = 0; i < 2; i++) { /* the second one sees no trace of the first */
        tape_probe(tape, c.x, dx);
        for (int64_t k = 0; k < N; k++)
            ck_assert_double_eq_tol((double)dx[k], of_x(&c, k), 1e-5);
    }
    for (int64_t k = 0; k < N; k++) ck_assert_double_eq((double)w->grad[k], 0);
    ck_assert_ptr_null(c.x->grad);
    ck_assert_ptr_null(c.late->grad);
    ck_assert_ptr_nonnull(c.keys->grad);
}
END_TEST

/* The gradients of a and w, with or without the looks in between. */
static void whole(bool looks, Real *da, Real *dw)
{
    Real dx[N];
    memset(a->grad, 0, N * sizeof(Real));
    memset(w->grad, 0, N * sizeof(Real));
    const Chain c = chain();
    if (looks) tape_probe(tape, c.x, dx);
    tape_case_seed(tape, c.late, 0.3);
    if (looks) {
        const Real *now = tape_backward_after(tape, c.x);
        for (int64_t k = 0; k < N; k++)
            ck_assert_double_eq_tol((double)now[k], of_x(&c, k) + 1.8, 1e-5);
        ck_assert_ptr_null(c.keys->grad); /* done */
        ck_assert_double_eq((double)a->grad[0], 0);
    }
    tape_backward(tape);
    tape_reset(tape);
    memcpy(da, a->grad, N * sizeof(Real));
    memcpy(dw, w->grad, N * sizeof(Real));
}

START_TEST(looks_change_no_bit)
{
    Real da[2][N], dw[2][N];
    for (int i = 0; i < 2; i++) whole(i == 1, da[i], dw[i]);
    ck_assert_mem_eq(da[0], da[1], sizeof da[0]);
    ck_assert_mem_eq(dw[0], dw[1], sizeof dw[0]);
    ck_assert_double_gt((double)da[0][0], 0);
}
END_TEST

/* A shard's own gradients, which hold no numbers yet, are not begun. */
START_TEST(a_shard_has_not_begun)
{
    Real own[LINE], dx[N];
    unsigned char begun = 0;
    const Chain c = chain();
    memset(own, 0xff, sizeof own);
    tape_set_shard(
        tape, (TapeShard){.on = true, .grads = w->grad, .len = N, .own = own, .begun = &begun});
    tape_probe(tape, c.x, dx);
    ck_assert_int_eq(begun, 0);
    ck_assert_double_eq_tol((double)dx[1], of_x(&c, 1), 1e-5);
    tape_backward(tape);
    ck_assert_int_eq(begun, 1);
}
END_TEST

/* After the first step, probes take the memory of other gradients. */
START_TEST(memory_is_reused)
{
    size_t bytes[3];
    Real dx[N];
    for (int i = 0; i < 3; i++) {
        const Chain c = chain();
        const size_t before = tape_use(tape).values;
        tape_probe(tape, c.x, dx);
        ck_assert_uint_eq(tape_use(tape).values, before);
        tape_backward(tape);
        tape_reset(tape);
        bytes[i] = tape_arena_bytes(tape);
    }
    ck_assert_uint_eq(bytes[2], bytes[0]);
}
END_TEST

START_TEST(nothing_to_look_at)
{
    Tensor *x = tape_case_constant(tape, 2);
    Real dx[N] = {9};
    tape_case_mul(tape, x, w, NULL);
    tape_probe(tape, x, dx);
    for (int64_t k = 0; k < N; k++) ck_assert_double_eq((double)dx[k], 0);
    ck_assert_ptr_null(tape_backward_after(tape, x));
}
END_TEST

START_TEST(a_gradient_that_exists)
{
    const Chain c = chain();
    Real dx[N];
    tape_grad(tape, c.x);
    tape_probe(tape, c.x, dx); /* a bug: aborts */
}
END_TEST

Suite *test_tape_probe_suite(void);
Suite *test_tape_probe_suite(void)
{
    Suite *s = suite_create("tape_probe");
    TCase *t = tape_case_new(s, setup, teardown, "tape_probe");
    tcase_add_test(t, the_gradient_that_a_backward_would_give);
    tcase_add_test(t, looks_change_no_bit);
    tcase_add_test(t, a_shard_has_not_begun);
    tcase_add_test(t, memory_is_reused);
    tcase_add_test(t, nothing_to_look_at);
    tcase_add_test_raise_signal(t, a_gradient_that_exists, SIGABRT);
    return s;
}
