/* SPDX-License-Identifier: Apache-2.0 */
/* The tests that smooth activations share. */
#include "tests/core/ops/activation.h"

#include <math.h>
#include <string.h>

static const Activation *of(const void *options) { return ((const OpCase *)options)->options; }

Tensor *activation_build(Tape *tape, Tensor *const *input, const void *options)
{
    return of(options)->op(tape, input[0]);
}

void activation_oracle(const GradCase *c, const double *const *x, double *y)
{
    for (int64_t i = 0; i < op_len(c, 0); i++) y[i] = of(c->options)->f(x[0][i]);
}

void activation_sweep(const OpRun *r)
{
    const Activation *a = of(r->c->options);
    const int64_t n = tensor_len(r->y);
    const double tolerance = op_double() ? 1e-14 : a->tolerance;
    for (int64_t i = 0; i < n; i++)
        r->input[0]->data[i] = (Real)(-12 + 24.0 * (double)i / (double)(n - 1));
    Tensor *y = op_again(r);
    Real *dy = tape_grad(r->tape, y);
    for (int64_t i = 0; i < n; i++) dy[i] = 1;
    tape_backward(r->tape);
    for (int64_t i = 0; i < n; i++) {
        const double at = (double)r->input[0]->data[i], got = (double)y->data[i];
        const double slope = (double)r->input[0]->grad[i];
        ck_assert_msg(fabs(got - a->f(at)) <= tolerance * fmax(1, fabs(at)),
                      "f(%.9g) = %.9g, expected %.9g", at, got, a->f(at));
        ck_assert_msg(fabs(slope - a->slope(at)) <= 3 * tolerance,
                      "slope at %.9g: %.9g, expected %.9g", at, slope, a->slope(at));
    }
}

void activation_odd_part_is_half_x(const OpRun *r)
{
    const int64_t n = tensor_len(r->y);
    for (int64_t i = 0; i < n; i++) r->input[0]->data[i] *= -1;
    const Tensor *mirrored = op_again(r);
    for (int64_t i = 0; i < n; i++)
        ck_assert_double_eq_tol((double)r->y->data[i] - (double)mirrored->data[i],
                                -(double)r->input[0]->data[i], 2e-6);
}

void activation_nan_stays(const OpRun *r)
{
    Tensor *x = r->input[0];
    const int64_t n = tensor_len(x);
    for (int64_t at = 0; at < n; at++) {
        for (int64_t i = 0; i < n; i++) x->data[i] = (Real)(i == at ? NAN : 0.1F * (float)i);
        memset(x->grad, 0, (size_t)n * sizeof *x->grad);
        tape_reset(r->tape);
        const OpRun again = {.tape = r->tape, .y = op_again(r)};
        op_backward(&again);
        for (int64_t i = 0; i < n; i++) {
            ck_assert_int_eq(isnan((double)again.y->data[i]) != 0, i == at);
            ck_assert_int_eq(isnan((double)x->grad[i]) != 0, i == at);
        }
    }
}

const double ACTIVATION_EXTREMES[12] = {-1e30, -1e4,  -100, -52, -14, 0,
                                        1e-45, 1e-30, 5,    52,  1e4, 1e30};

void activation_extremes(const OpRun *r)
{
    const Activation *a = of(r->c->options);
    op_backward(r);
    for (int i = 0; i < 12; i++) {
        const double at = (double)r->input[0]->data[i], y = (double)r->y->data[i];
        const double got = (double)r->input[0]->grad[i] / (double)(Real)op_weight(i);
        const double want = at < -1e4 ? 0 : a->f(at);
        ck_assert_msg(at > -400 || fabs(y) <= 1e-8, "far to the left: %g", y);
        if (at > -400)
            ck_assert_msg(fabs(y - want) <= 3e-7 * fabs(at) + 1e-40, "y(%g) = %g", at, y);
        if (fabs(at) < 1e4)
            ck_assert_msg(fabs(got - a->slope(at)) <= 1e-6, "slope(%g) = %g", at, got);
        ck_assert_msg(isfinite(got), "slope(%g) = %g", at, got);
    }
}
