/* What every loss is tested for. x [3, 5] holds ordinary logits away from the kinks of all losses; the
 * oracle is one element of the loss written as in the paper, in long double. */
#ifndef RAMPLUS_TESTS_CORE_OPS_LOSS_CASE_H
#define RAMPLUS_TESTS_CORE_OPS_LOSS_CASE_H

#include "core/ops/ops.h"

#include <jansson.h>

typedef Tensor *LossOp(Tape *tape, Tensor *x, Tensor *y, const void *options);
typedef long double LossOracle(long double x, bool positive, const void *options);
/* The loss with the options of a stored case. */
typedef Tensor *LossStored(Tape *tape, Tensor *x, Tensor *y, const json_t *options);

/* Ordinary logits and logits of +-100: the value is the oracle's sum, and every slope is finite. */
void loss_case_value(LossOp *op, LossOracle *oracle, const void *options);
/* Value and gradient of every case called `name` in tests/golden/losses.json: 1e-5 of max(1, |value|)
 * in float, 1e-12 in double. */
void loss_case_stored(const char *name, LossStored *op);
/* A number among the options of a stored case, `otherwise` when it is not there. */
double loss_case_option(const json_t *options, const char *key, double otherwise);
/* grad_check at the ordinary logits. */
void loss_case_gradient(LossOp *op, const void *options);
/* The same bits with 1, 2 and 3 threads. */
void loss_case_threads(LossOp *op, const void *options);
/* A logit that is not a number makes the value not a number. */
void loss_case_nan(LossOp *op, const void *options);

/* The ordinary case on a tape: logits that need a gradient, and targets. */
Tensor *loss_case_logits(Tape *tape);
Tensor *loss_case_targets(Tape *tape);
/* The gradient of op at the given logits and targets, seeded with 1. Borrowed from the tape. */
const Real *loss_case_slopes(Tape *tape, LossOp *op, Tensor *x, Tensor *y, const void *options);

/* Misuse: each of these must abort. */
void loss_case_wrong_shape(LossOp *op, const void *options);
void loss_case_soft_target(LossOp *op, const void *options);

/* p and log p of a logit, naively. */
static inline long double oracle_p(long double x) { return 1 / (1 + expl(-x)); }
static inline long double oracle_log_p(long double x) { return -logl(1 + expl(-x)); }

#endif
