/* SPDX-License-Identifier: Apache-2.0 */
/* Running an operation once: against its oracle, against differences of the oracle, with other
 * numbers of threads. An oracle is a naive loop in double, written from the formula in
 * core/ops/ops.h alone. Its numeric derivative also checks the gradients of the float32 build,
 * for which grad_check is not precise enough. */
#ifndef RAMPLUS_TESTS_CORE_OPS_OP_RUN_H
#define RAMPLUS_TESTS_CORE_OPS_OP_RUN_H

#include "tests/support/grad_check.h"

#include <check.h>
#include <signal.h>

/* Computes y [elements of the output], initially zeros, from the values x[i] of input i; shapes
 * and options are in c. */
typedef void OpOracle(const GradCase *c, const double *const *x, double *y);

/* Appends an input with values uniform in [lo, hi). */
void op_input(GradCase *c, double lo, double hi, int ndim, const int64_t *shape);
int64_t op_len(const GradCase *c, int input); /* number of elements of an input */

/* One forward pass with recording; the inputs outlive tape_reset. */
typedef struct OpRun {
    const GradCase *c;
    Tape *tape;
    Tensor *input[GRAD_MAX_INPUTS];
    int inputs;
    Tensor *y;
} OpRun;

/* Fails if the operation wrote into the padding after its output in the arena. */
OpRun op_run(const GradCase *c);
/* Runs the operation again on the same tape with the current values of the inputs. */
Tensor *op_again(const OpRun *r);
/* Runs backward with op_weight(i) as the gradient of output element i. */
void op_backward(const OpRun *r);
void op_run_free(OpRun *r);
double op_weight(int64_t i);

/* |y - want| <= tolerance * max(1, |want|); in the double build the tolerance is
 * 1e-8 of that, at least 1e-12. */
void op_expect(const Tensor *y, const double *want, double tolerance);
void op_expect_value(const GradCase *c, OpOracle *oracle, double tolerance);
/* Gradients against differences of the oracle; in the double build the tolerance is 1e-6. */
void op_expect_gradient(const GradCase *c, OpOracle *oracle, double tolerance);
/* Values and gradients have the same bits with 1, 2, 3 and 5 threads, and every time. */
void op_expect_threads(const GradCase *c);

void op_softmax(int64_t n, double *x);
bool op_same_bits(const Tensor *a, const Tensor *b);
/* The greatest difference of n numbers, as a share of the greatest of `want`, which differs
 * from 0. */
double op_apart(int64_t n, const Real *x, const Real *want);
bool op_double(void); /* whether this is the double build */

#endif
