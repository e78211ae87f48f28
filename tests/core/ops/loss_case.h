/* SPDX-License-Identifier: Apache-2.0 */
/* Tests shared by all losses. x [3, 5] holds ordinary logits away from the kinks of all losses;
 * the oracle computes one element of the loss as in the paper, in long double. */
#ifndef RAMPLUS_TESTS_CORE_OPS_LOSS_CASE_H
#define RAMPLUS_TESTS_CORE_OPS_LOSS_CASE_H

#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

#include <jansson.h>

typedef Tensor *LossOp(Tape *tape, Tensor *x, Tensor *y, const void *options);
typedef long double LossOracle(long double x, bool positive, const void *options);
/* The loss with the options of a stored case. */
typedef Tensor *LossStored(Tape *tape, Tensor *x, Tensor *y, const json_t *options);

/* Describes a loss of logits [B, K] and targets in {0, 1} to loss_case_check. */
typedef struct LossCase {
    const char *name; /* of the suite, "loss_" and what its stored cases are called */
    LossOp *op;
    LossOracle *oracle;  /* NULL: its value is not a sum over elements */
    LossStored *stored;  /* NULL: no stored cases */
    const void *options; /* without a kink at the ordinary logits */
    const void *also;    /* more options for the gradient check, or NULL */
    const void *refused; /* options that must abort, or NULL */
    bool soft;           /* takes targets between 0 and 1 */
} LossCase;

/* The suite of the shared tests. Each check is a call of `test`, which passes its _i to
 * loss_case_check: the value at ordinary logits and at logits of +-100, with finite slopes;
 * value and gradient of the stored cases in tests/golden/losses.json; grad_check; both again
 * with targets that are unknown, whose logits may be anything; the same bits with 1, 2 and 3
 * threads; a NaN in a logit becomes one in the value; unequal shapes, soft targets and refused
 * options abort. */
Suite *loss_case_suite(const LossCase *l, const TTest *test);
void loss_case_check(const LossCase *l, int i);

/* Value and gradient of every case called `name` in tests/golden/losses.json: 1e-5 of max(1,
 * |value|) in float, 1e-12 in double. */
void loss_case_stored(const char *name, LossStored *op);
/* A number among the options of a stored case, or `otherwise` if it is missing. */
double loss_case_option(const json_t *options, const char *key, double otherwise);

/* Puts the ordinary case on a tape: logits that need a gradient, and targets. */
Tensor *loss_case_logits(Tape *tape);
Tensor *loss_case_targets(Tape *tape);
/* The gradient of op at the given logits and targets, seeded with 1. Borrowed from the tape. */
const Real *loss_case_slopes(Tape *tape, LossOp *op, Tensor *x, Tensor *y, const void *options);

/* p and log p of a logit, naively. */
static inline long double oracle_p(long double x) { return 1 / (1 + expl(-x)); }
static inline long double oracle_log_p(long double x) { return -logl(1 + expl(-x)); }

#endif
