/* SPDX-License-Identifier: Apache-2.0 */
/* Signs that a run does not learn. Each of them causes one warning per start, which says what
 * to change. */
#ifndef RAMPLUS_TRAIN_SIGNS_H
#define RAMPLUS_TRAIN_SIGNS_H

#include "eval/eval_set.h"
#include "train/metrics_log.h"

typedef struct Signs {
    bool zero, rose, one_sided, unbalanced; /* these were found */
    bool begun;                             /* the first step has been seen */
    bool partial;                           /* the sum below has not seen the whole epoch */
    double sum;    /* of the losses in this epoch, under loss.weight.* alone */
    int64_t steps; /* in the sum: all that were finite */
    double before; /* mean of the epoch before; NAN: unknown */
} Signs;

/* After every step: a gradient of exactly zero, a balance without norms, and at the end of an
 * epoch a mean loss above that of the epoch before. s: after the step, before the log resets
 * the sums of the epoch. */
void signs_step(Signs *g, const LossOptions *o, const RunState *s, const LogLine *line,
                bool epoch_ended);

/* After an evaluation of this set: no score, or every score, reaches its threshold. */
void signs_eval(Signs *g, const char *set, int64_t step, const EvalResult *r);

#endif
