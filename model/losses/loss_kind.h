/* SPDX-License-Identifier: Apache-2.0 */
/* One loss as model/loss.c uses it. A new loss is its operation in core/ops, one file in this
 * folder, its declaration at the end of this header and one row of the table in model/loss.c.
 */
#ifndef RAMPLUS_MODEL_LOSSES_LOSS_KIND_H
#define RAMPLUS_MODEL_LOSSES_LOSS_KIND_H

#include "core/autograd/param.h"
#include "core/autograd/tape.h"
#include "core/options/option.h"

enum { LOSS_PARAMS = 2 /* maximum number of learnable parameters of a loss */ };

/* Memory for the constants of one loss; only the loss itself knows their struct. */
typedef union LossConstants {
    double number[16];
    int64_t count[16];
    bool flag[128];
} LossConstants;

/* The input of a loss. Tagging: x [B, K] holds the logits of a tile of tags, y their targets in
 * {0, 1}, or TARGET_UNKNOWN (core/ops/ops.h). Alignment: x [B, B] holds the logits of image b
 * and caption q, y the identity. */
typedef struct LossInput {
    Tensor *x, *y;
    const double *y_sum, *lse; /* [B] over all tags, for a normalized loss; else NULL */
    Tensor *const *param;      /* [LOSS_PARAMS]; NULL: none */
    int64_t epoch;             /* counted from 0 */
} LossInput;

/* Records the loss on the tape -> []. */
typedef Tensor *LossFunction(Tape *tape, const void *constants, const LossInput *in);

typedef struct LossKind {
    const char *name;           /* value of loss.tag and loss.align */
    LossFunction *tag, *align;  /* NULL: the loss does not apply to tags, to captions */
    const OptionTable *options; /* of its constants, offsets into LossConstants; NULL: none */
    bool is_normalized;         /* tag() needs y_sum and lse */
    bool align_is_mean;         /* align() is a mean over the batch, not a sum */
    /* Adds the learnable parameters PREFIX.NAME to ps; NULL: none. out is borrowed from ps. */
    void (*params)(ParamSet *ps, const char *prefix, Tensor *out[LOSS_PARAMS]);
} LossKind;

extern const LossKind loss_asl, loss_bce, loss_ce, loss_hill, loss_splc, loss_gr, loss_sigmoid;

#endif
