/* SPDX-License-Identifier: Apache-2.0 */
/* Mean absolute difference. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

#include <math.h>

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    (void)options;
    return op_loss_l1(tape, input[0], input[1]);
}

static void oracle(const GradCase *c, const double *const *x, double *y)
{
    const int64_t n = op_len(c, 0);
    for (int64_t i = 0; i < n; i++) y[0] += fabs(x[0][i] - x[1][i]) / (double)n;
}

/* Differences -2, 0, 2, -4, 4, 0.25; the second pair avoids the kink. */
static const double X[6] = {-1.5, 0.25, 3, 0, 2, -0.5}, Y[6] = {0.5, 0.25, 1, 4, -2, -0.75};
static const double AWAY[6] = {-1.5, 0.35, 3, 0, 2, -0.5};

static void by_hand(const OpRun *r)
{
    static const double sign[6] = {-1, 0, 1, -1, 1, 1};
    ck_assert_double_eq_tol((double)r->y->data[0], 12.25 / 6, 1e-6);
    tape_seed(r->tape, r->y, 3);
    tape_backward(r->tape);
    for (int i = 0; i < 6; i++)
        ck_assert_double_eq_tol((double)r->input[0]->grad[i], 3 * sign[i] / 6, 1e-7);
    ck_assert_ptr_null(r->input[1]->grad);
}

/* The loss is a distance: 0 to itself and symmetric. NaN is not hidden. */
static void distance(const OpRun *r)
{
    Tensor *x = r->input[0], *y = r->input[1];
    ck_assert(op_loss_l1(r->tape, x, x)->data[0] == 0);
    ck_assert(r->y->data[0] == op_loss_l1(r->tape, y, x)->data[0]);
    x->data[3] = (Real)NAN;
    ck_assert(isnan((double)op_again(r)->data[0]));
}

static const OpCase CASE[] = {
    {"x [1,3,2]  const y [1,3,2] -> []", .values = {AWAY, Y}},
    {"x [1,3,2]  const y [1,3,2] -> []", .values = {X, Y}, .property = by_hand, .value = 1e-6},
    {"const x [1,3,2]  const y [1,3,2]", .values = {X, Y}, .property = distance},
    {"x [3,101,57]  const y [3,101,57] -> []", .large = true},
    {"x [1,3,2]  const y [6]", .misuse = "other shape"},
    {0},
};

static const OpTable TABLE = {"loss_l1", build, oracle, CASE, .value = 1e-6, .gradient = 1e-6};

START_TEST(test_case) { op_check(&TABLE, _i); }
END_TEST

Suite *test_loss_l1_suite(void);
Suite *test_loss_l1_suite(void) { return op_suite(&TABLE, test_case); }
