/* SPDX-License-Identifier: Apache-2.0 */
/* CLIP's symmetric cross entropy. */
#include "core/ops/ops.h"
#include "tests/core/ops/loss_case.h"

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    (void)options;
    return op_loss_ce_align(tape, input[0]);
}

static Tensor *stored(Tape *tape, Tensor *x, Tensor *y, const json_t *options)
{
    (void)y;
    (void)options;
    return op_loss_ce_align(tape, x);
}

/* The mean of the losses of rows and of columns, naively. */
static void oracle(const GradCase *c, const double *const *in, double *y)
{
    const int64_t B = c->input[0].shape[0];
    const double *x = in[0];
    long double sum = 0;
    for (int64_t i = 0; i < B; i++) {
        long double row = 0, column = 0;
        for (int64_t j = 0; j < B; j++) {
            row += expl((long double)x[i * B + j]);
            column += expl((long double)x[j * B + i]);
        }
        sum += logl(row) + logl(column) - 2 * (long double)x[i * B + i];
    }
    y[0] = (double)(sum / (2 * B));
}

/* Exchanging images and texts transposes the slopes; no shift of all logits changes
 * anything. */
static void symmetry(const OpRun *r)
{
    enum { B = 5 };
    Tensor *x = r->input[0], *turned = tape_tensor(r->tape, 2, (int64_t[]){B, B});
    for (int i = 0; i < B * B; i++) turned->data[i] = x->data[i % B * B + i / B] + 8;
    turned->needs_grad = true;
    tape_seed(r->tape, r->y, 1);
    tape_seed(r->tape, op_loss_ce_align(r->tape, turned), 1);
    tape_backward(r->tape);
    double sum = 0;
    for (int i = 0; i < B * B; i++) {
        ck_assert_double_eq_tol((double)x->grad[i], (double)turned->grad[i % B * B + i / B],
                                1e-6);
        sum += (double)x->grad[i];
    }
    ck_assert_double_eq_tol(sum, 0, 1e-6);
}

static void nan_is_not_hidden(const OpRun *r)
{
    for (int i = 0; i < 9; i++) {
        const Real kept = r->input[0]->data[i];
        r->input[0]->data[i] = (Real)NAN;
        ck_assert(isnan((double)op_again(r)->data[0]));
        r->input[0]->data[i] = kept;
    }
}

static const OpCase CASE[] = {
    {.shapes = "x [1,1] -> []"},
    {.shapes = "x [2,2] -> []"},
    {.shapes = "x [3,3] -> []"},
    {.shapes = "x [4,4] -> []"},
    {"x [5,5] -> []", .range = {{-4, 4}}},
    {"x [7,7] -> []", .range = {{-4, 4}}},
    {"x [9,9] -> []", .range = {{-4, 4}}},
    {"x [3,3] -> []", .range = {{-100, 100}}, .large = true},
    {"x [9,9] -> []", .range = {{-100, 100}}, .large = true},
    {"x [67,67] -> []", .range = {{-100, 100}}, .large = true},
    {"x [5,5]", .range = {{-4, 4}}, .property = symmetry},
    {"x [3,3]", .range = {{-4, 4}}, .property = nan_is_not_hidden},
    {"x [3,5]", .misuse = "not square"},
    {0},
};

static const OpTable TABLE = {
    "loss_ce_align", build, oracle, CASE, .value = 1e-6, .gradient = 1e-6, .range = {{-3, 3}}};

START_TEST(test_case) { op_check(&TABLE, _i); }
END_TEST

START_TEST(test_stored) { loss_case_stored("ce_align", stored); }
END_TEST

Suite *test_loss_ce_align_suite(void);
Suite *test_loss_ce_align_suite(void)
{
    Suite *s = op_suite(&TABLE, test_case);
    tcase_add_test(op_tcase(s, "stored"), test_stored);
    return s;
}
