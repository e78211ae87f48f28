/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of smooth activations share: y = f(x), close to x far to the right and to 0 far to the
 * left, with f(x) - f(-x) = x. */
#ifndef RAMPLUS_TESTS_CORE_OPS_ACTIVATION_H
#define RAMPLUS_TESTS_CORE_OPS_ACTIVATION_H

#include "tests/core/ops/op_case.h"

typedef struct Activation {
    Tensor *(*op)(Tape *tape, Tensor *x);
    double (*f)(double x);
    double (*slope)(double x);
    double
        tolerance; /* of the sweep in float32: relative to max(1, |x|), three times that of slopes */
} Activation;

/* The `options` of every row are the Activation. */
Tensor *activation_build(Tape *tape, Tensor *const *input, const void *options);
void activation_oracle(const GradCase *c, const double *const *x, double *y);

/* x [1, N]. Values and slopes on N points of [-12, 12]: errors of an approximation sit between the
 * points that a few random values hit. */
void activation_sweep(const OpRun *r);
void activation_odd_part_is_half_x(const OpRun *r);
/* A vector kernel and its tail must agree: NaN at every position of the row stays NaN, and alone, in
 * values and slopes. */
void activation_nan_stays(const OpRun *r);

#endif
