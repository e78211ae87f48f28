/* SPDX-License-Identifier: Apache-2.0 */
/* The generalized robust loss, for tags. */
#include "model/losses/loss_kind.h"

#include "core/ops/ops.h"

/* The paper interpolates k and v linearly over the epochs. */
typedef struct Gr {
    GrOptions first, last; /* last: only slope, mean and deviation are used */
    int64_t epochs;        /* length of the interpolation from first to last */
} Gr;
_Static_assert(sizeof(Gr) <= sizeof(LossConstants), "constants of gr");

#define AT(field) offsetof(Gr, field)
static const OptionRow rows[] = {
    {"loss.gr.slope", NULL, OPTION_FLOAT, AT(first.slope), "0", -100, 100,
     .help = "slope of GR's pseudo-labels over the score, in the first epoch"},
    {"loss.gr.last_slope", NULL, OPTION_FLOAT, AT(last.slope), "2", -100, 100,
     .help = "slope of GR's pseudo-labels after loss.gr.epochs"},
    {"loss.gr.offset", NULL, OPTION_FLOAT, AT(first.offset), "-2", -100, 100, .unit = "logits",
     .help = "GR's pseudo-label of a negative with score 0, before the sigmoid"},
    {"loss.gr.mean", NULL, OPTION_FLOAT, AT(first.mean), "0.5", -10, 10, .unit = "probability",
     .help = "score with the largest weight of negatives in GR, first epoch"},
    {"loss.gr.last_mean", NULL, OPTION_FLOAT, AT(last.mean), "0.8", -10, 10,
     .unit = "probability",
     .help = "score with the largest weight of negatives in GR, after loss.gr.epochs"},
    {"loss.gr.deviation", NULL, OPTION_FLOAT, AT(first.deviation), "2", 1e-3, 1e6,
     .unit = "probability", .help = "width of GR's weight of negatives, first epoch"},
    {"loss.gr.last_deviation", NULL, OPTION_FLOAT, AT(last.deviation), "0.5", 1e-3, 1e6,
     .unit = "probability", .help = "width of GR's weight of negatives, after loss.gr.epochs"},
    {"loss.gr.q_pos", NULL, OPTION_FLOAT, AT(first.q_pos), "0.01", 1e-6, 10,
     .help = "exponent of GR's bounded loss of a missing positive"},
    {"loss.gr.q_neg", NULL, OPTION_FLOAT, AT(first.q_neg), "1", 1e-6, 10,
     .help = "exponent of GR's bounded loss of a true negative"},
    {"loss.gr.epochs", NULL, OPTION_INT, AT(epochs), "8", 1, 1e6, .unit = "epochs",
     .help = "epochs over which GR moves from its first to its last constants"},
};
static const OptionTable options = {.row = rows, .rows = sizeof rows / sizeof *rows};

static Tensor *gr_tag(Tape *tape, const void *constants, const LossInput *in)
{
    const Gr *c = constants;
    const double done = in->epoch < c->epochs ? (double)in->epoch / (double)c->epochs : 1;
    GrOptions o = c->first;
    o.slope += done * (c->last.slope - o.slope);
    o.mean += done * (c->last.mean - o.mean);
    o.deviation += done * (c->last.deviation - o.deviation);
    return op_loss_gr(tape, in->x, in->y, o);
}

const LossKind loss_gr = {"gr", gr_tag, NULL, .options = &options};
