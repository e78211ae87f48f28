/* SPDX-License-Identifier: Apache-2.0 */
/* Operations that write a new gradient (tape_grad_new) do not add to the numbers which its
 * memory holds from an earlier pass. */
#include "core/ops/ops.h"
#include "tests/support/grad_check.h"

#include <check.h>
#include <string.h>

enum { ROWS = 6, WIDTH = 21 };

/* x, of which the gradient is new, and an input of the shape of x, a row, a square. */
typedef Tensor *Build(Tape *tape, Tensor *x, Tensor *like, Tensor *row, Tensor *square);

static Tensor *add(Tape *tape, Tensor *x, Tensor *like, Tensor *row, Tensor *square)
{
    (void)row, (void)square;
    return op_add(tape, like, x);
}

static Tensor *gelu(Tape *tape, Tensor *x, Tensor *like, Tensor *row, Tensor *square)
{
    (void)like, (void)row, (void)square;
    return op_gelu(tape, x);
}

static Tensor *layernorm(Tape *tape, Tensor *x, Tensor *like, Tensor *row, Tensor *square)
{
    (void)like, (void)square;
    return op_layernorm(tape, x, row, row, 1e-5);
}

static Tensor *linear(Tape *tape, Tensor *x, Tensor *like, Tensor *row, Tensor *square)
{
    (void)like;
    return op_linear(tape, x, square, row);
}

static Build *const BUILD[] = {add, gelu, layernorm, linear};
enum { BUILDS = sizeof BUILD / sizeof *BUILD };

/* Leaves the gradient of x in got. A third of the rows of dy are zero. */
static void pass(Tape *tape, Build *build, Tensor *x, Tensor *const other[3], Real *got)
{
    memset(x->grad, 0, ROWS * WIDTH * sizeof(Real));
    Tensor *y = build(tape, op_relu(tape, x), other[0], other[1], other[2]);
    Real *dy = tape_grad(tape, y);
    for (int i = 0; i < ROWS * WIDTH; i++) dy[i] = i / WIDTH % 3 ? (Real)(i % 7 - 3) : 0;
    tape_backward(tape);
    tape_reset(tape);
    memcpy(got, x->grad, ROWS * WIDTH * sizeof(Real));
}

START_TEST(old_numbers_are_gone)
{
    Real first[ROWS * WIDTH], again[ROWS * WIDTH];
    Tape *tape = tape_new();
    Tensor *x = test_tensor(2, (int64_t[]){ROWS, WIDTH}, true);
    Tensor *other[] = {test_tensor(2, x->shape, false),
                       test_tensor(1, (int64_t[]){WIDTH}, false),
                       test_tensor(2, (int64_t[]){WIDTH, WIDTH}, false)};
    test_fill(x, 1, 0.5, 2);
    for (int i = 0; i < 3; i++) test_fill(other[i], 2 + (uint64_t)i, -1, 1);
    pass(tape, BUILD[_i], x, other, first);
    for (int i = 0; i < 3; i++) {
        pass(tape, BUILD[_i], x, other, again);
        ck_assert_mem_eq(first, again, sizeof first);
    }
    for (int i = 0; i < 3; i++) test_tensor_free(other[i]);
    test_tensor_free(x);
    tape_free(tape);
}
END_TEST

Suite *test_new_gradient_suite(void);
Suite *test_new_gradient_suite(void)
{
    Suite *s = suite_create("new_gradient");
    TCase *t = tcase_create("ops");
    tcase_add_loop_test(t, old_numbers_are_gone, 0, BUILDS);
    suite_add_tcase(s, t);
    return s;
}
