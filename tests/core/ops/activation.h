/* SPDX-License-Identifier: Apache-2.0 */
/* Tests shared by smooth activations y = f(x), which approach x for large x and 0 for small x,
 * with f(x) - f(-x) = x. */
#ifndef RAMPLUS_TESTS_CORE_OPS_ACTIVATION_H
#define RAMPLUS_TESTS_CORE_OPS_ACTIVATION_H

#include "tests/core/ops/op_case.h"

typedef struct Activation {
    Tensor *(*op)(Tape *tape, Tensor *x);
    double (*f)(double x);
    double (*slope)(double x);
    /* Of the sweep in float32, relative to max(1, |x|); three times that for slopes. */
    double tolerance;
} Activation;

/* The `options` of every row are the Activation. */
Tensor *activation_build(Tape *tape, Tensor *const *input, const void *options);
void activation_oracle(const GradCase *c, const double *const *x, double *y);

/* x [1, N]. Values and slopes on N points of [-12, 12]: errors of an approximation sit between
 * the points that a few random values hit. */
void activation_sweep(const OpRun *r);
void activation_odd_part_is_half_x(const OpRun *r);
/* x [1, 12] of ACTIVATION_EXTREMES. Far to the left y is 0; slopes are finite everywhere. */
void activation_extremes(const OpRun *r);
/* The vector kernel and its tail must agree: NaN at any position of the row stays NaN, and
 * affects no other position, in values and slopes. */
void activation_nan_stays(const OpRun *r);

extern const double ACTIVATION_EXTREMES[12];

/* The rows of the tables of activations that fall off as a sigmoid does; a: the Activation. */
#define ACTIVATION_ROWS(a)                                                                     \
    {"x [1,1] -> [1,1]", .options = (a)}, {"x [1,7] -> [1,7]", .options = (a)},                \
        {"x [1,16] -> [1,16]", .options = (a)}, {"x [1,33] -> [1,33]", .options = (a)},        \
        {"x [1,150] -> [1,150]", .options = (a)},                                              \
        {"x [1,40001]", .options = (a), .property = activation_sweep},                         \
        {"x [1,12]", .options = (a), .values = {ACTIVATION_EXTREMES},                          \
         .property = activation_extremes},                                                     \
        {"x [1,33]", .options = (a), .property = activation_odd_part_is_half_x},               \
        {"x [1,37]", .options = (a), .property = activation_nan_stays},                        \
        {"x [1,100003] -> [1,100003]", .options = (a), .large = true},                         \
        {"x [3,0]", .options = (a), .misuse = "empty: no tape hands it out"},                  \
    {                                                                                          \
        0                                                                                      \
    }

#endif
