/* SPDX-License-Identifier: Apache-2.0 */
/* Self-paced loss correction, for tags and for captions. */
#include "model/losses/loss_kind.h"

#include "core/ops/ops.h"

typedef struct Splc {
    SplcOptions options; /* `correct` is set per step */
    int64_t change_epoch;
} Splc;
_Static_assert(sizeof(Splc) <= sizeof(LossConstants), "constants of splc");

#define AT(field) offsetof(Splc, field)
static const OptionRow rows[] = {
    {"loss.splc.tau", NULL, OPTION_FLOAT, AT(options.tau), "0.6", 0, 1, .unit = "probability",
     .help = "score above which SPLC treats a negative as a missing positive"},
    {"loss.splc.change_epoch", NULL, OPTION_INT, AT(change_epoch), "1", 0, 1e6,
     .unit = "epochs", .help = "first epoch in which SPLC corrects"},
    {"loss.splc.margin", NULL, OPTION_FLOAT, AT(options.margin), "1", -100, 100,
     .unit = "logits", .help = "margin of SPLC's positives"},
    {"loss.splc.gamma", NULL, OPTION_FLOAT, AT(options.gamma), "2", 0, 100,
     .help = "focusing of SPLC"},
};
static const OptionTable options = {.row = rows, .rows = sizeof rows / sizeof *rows};

static Tensor *splc(Tape *tape, const void *constants, const LossInput *in)
{
    const Splc *c = constants;
    SplcOptions o = c->options;
    o.correct = in->epoch >= c->change_epoch;
    return op_loss_splc(tape, in->x, in->y, o);
}

const LossKind loss_splc = {"splc", splc, splc, .options = &options};
