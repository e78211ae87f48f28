/* SPDX-License-Identifier: Apache-2.0 */
/* The Hill loss, for tags and for captions. */
#include "model/losses/loss_kind.h"

#include "core/ops/ops.h"

#define AT(field) offsetof(HillOptions, field)
static const OptionRow rows[] = {
    {"loss.hill.lambda", NULL, OPTION_FLOAT, AT(lambda), "1.5", 0, 100,
     .help = "weight of Hill's negatives"},
    {"loss.hill.margin", NULL, OPTION_FLOAT, AT(margin), "1", -100, 100, .unit = "logits",
     .help = "margin of Hill's positives"},
    {"loss.hill.gamma", NULL, OPTION_FLOAT, AT(gamma), "2", 0, 100,
     .help = "focusing of Hill's positives"},
};
static const OptionTable options = {.row = rows, .rows = sizeof rows / sizeof *rows};

static Tensor *hill(Tape *tape, const void *constants, const LossInput *in)
{
    return op_loss_hill(tape, in->x, in->y, *(const HillOptions *)constants);
}

const LossKind loss_hill = {"hill", hill, hill, .options = &options};
