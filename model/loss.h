/* The losses by name, for tagging and for alignment. A new loss is one op and one row here. */
#ifndef RAMPLUS_MODEL_LOSS_H
#define RAMPLUS_MODEL_LOSS_H

#include "core/ops/ops.h"

typedef struct LossConfig {
    const char *name; /* "ce", "bce", "asl", "hill", "splc"; borrowed */
    AslOptions asl;
    HillOptions hill;
    SplcOptions splc; /* correct is set by the caller from epoch and change_epoch */
} LossConfig;

/* The name of loss i; NULL past the last. */
const char *loss_name(int i);

/* Constants of the paper: tagging asl 7/0/0.05, alignment asl 4/0/0.05, others the same. */
LossConfig loss_config_tag(const char *name);
LossConfig loss_config_align(const char *name);

/* Sum of an element-wise loss over logits x [B, K] and targets y [B, K]; CHECKs the name. CE is not
 * element-wise: use op_loss_ce_tag or op_loss_ce_align. */
Tensor *loss_elementwise(Tape *tape, const LossConfig *config, Tensor *x, Tensor *y);
/* True for "ce". */
int loss_is_ce(const LossConfig *config);

#endif
