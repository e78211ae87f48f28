/* SPDX-License-Identifier: Apache-2.0 */
/* The asymmetric loss, for tags and for captions. */
#include "model/losses/loss_kind.h"

#include "core/ops/ops.h"

typedef struct Asl {
    AslOptions tag, align; /* their focal_grad is unused: the field below holds it for both */
    bool focal_grad;
} Asl;
_Static_assert(sizeof(Asl) <= sizeof(LossConstants), "constants of asl");

#define AT(field) offsetof(Asl, field)
static const OptionRow rows[] = {
    {"loss.asl.tag.gamma_neg", NULL, OPTION_FLOAT, AT(tag.gamma_neg), "7", 0, 100,
     .help = "focusing of negatives, tagging"},
    {"loss.asl.tag.gamma_pos", NULL, OPTION_FLOAT, AT(tag.gamma_pos), "0", 0, 100,
     .help = "focusing of positives, tagging"},
    {"loss.asl.tag.clip", NULL, OPTION_FLOAT, AT(tag.clip), "0.05", 0, 0.99,
     .unit = "probability", .help = "margin of negatives, tagging"},
    {"loss.asl.align.gamma_neg", NULL, OPTION_FLOAT, AT(align.gamma_neg), "4", 0, 100,
     .help = "focusing of negatives, alignment"},
    {"loss.asl.align.gamma_pos", NULL, OPTION_FLOAT, AT(align.gamma_pos), "0", 0, 100,
     .help = "focusing of positives, alignment"},
    {"loss.asl.align.clip", NULL, OPTION_FLOAT, AT(align.clip), "0.05", 0, 0.99,
     .unit = "probability", .help = "margin of negatives, alignment"},
    {"loss.asl.focal_grad", NULL, OPTION_BOOL, AT(focal_grad), "false",
     .help = "let the gradient through ASL's focusing weight"},
};
static const OptionTable options = {.row = rows, .rows = sizeof rows / sizeof *rows};

static Tensor *asl_tag(Tape *tape, const void *constants, const LossInput *in)
{
    const Asl *c = constants;
    AslOptions o = c->tag;
    o.focal_grad = c->focal_grad;
    return op_loss_asl(tape, in->x, in->y, o);
}

static Tensor *asl_align(Tape *tape, const void *constants, const LossInput *in)
{
    const Asl *c = constants;
    AslOptions o = c->align;
    o.focal_grad = c->focal_grad;
    return op_loss_asl(tape, in->x, in->y, o);
}

const LossKind loss_asl = {"asl", asl_tag, asl_align, .options = &options};
