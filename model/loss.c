/* SPDX-License-Identifier: Apache-2.0 */
/* The table of losses. */
#include "model/loss.h"

#include "core/error.h"
#include "core/ops/ops.h"

typedef Tensor *LossFunction(Tape *tape, const void *constants, const LossInput *in);

typedef struct Row {
    const char *name;
    LossFunction *tag, *align;  /* NULL: not for these logits */
    const OptionTable *options; /* of its constants; NULL: none */
    bool is_normalized;         /* tag() needs y_sum and lse */
    /* Adds its learnable parameters, named after the prefix; NULL: none. */
    void (*params)(ParamSet *ps, const char *prefix, Tensor *out[LOSS_PARAMS]);
} Row;

/* ---- asl: asymmetric ------------------------------------------------------------------------- */

typedef struct Asl {
    AslOptions tag, align; /* without focal_grad */
    bool focal_grad;
} Asl;
_Static_assert(sizeof(Asl) <= sizeof(LossConstants), "constants of asl");

#define AT(field) offsetof(Asl, field)
static const OptionRow asl_rows[] = {
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
static const OptionTable asl_options = {.row = asl_rows,
                                        .rows = sizeof asl_rows / sizeof *asl_rows};

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

/* ---- bce, ce: cross entropy, binary or over all classes --------------------------------------- */

static Tensor *bce(Tape *tape, const void *constants, const LossInput *in)
{
    (void)constants;
    return op_loss_bce(tape, in->x, in->y);
}

static Tensor *ce_tag(Tape *tape, const void *constants, const LossInput *in)
{
    (void)constants;
    return op_loss_ce_tag(tape, in->x, in->y, in->y_sum, in->lse);
}

static Tensor *ce_align(Tape *tape, const void *constants, const LossInput *in)
{
    (void)constants;
    return op_loss_ce_align(tape, in->x);
}

/* ---- hill ------------------------------------------------------------------------------------ */

#undef AT
#define AT(field) offsetof(HillOptions, field)
static const OptionRow hill_rows[] = {
    {"loss.hill.lambda", NULL, OPTION_FLOAT, AT(lambda), "1.5", 0, 100,
     .help = "weight of Hill's negatives"},
    {"loss.hill.margin", NULL, OPTION_FLOAT, AT(margin), "1", -100, 100, .unit = "logits",
     .help = "margin of Hill's positives"},
    {"loss.hill.gamma", NULL, OPTION_FLOAT, AT(gamma), "2", 0, 100,
     .help = "focusing of Hill's positives"},
};
static const OptionTable hill_options = {.row = hill_rows,
                                         .rows = sizeof hill_rows / sizeof *hill_rows};

static Tensor *hill(Tape *tape, const void *constants, const LossInput *in)
{
    return op_loss_hill(tape, in->x, in->y, *(const HillOptions *)constants);
}

/* ---- splc: self-paced correction ---------------------------------------------------------------- */

typedef struct Splc {
    SplcOptions options; /* without correct */
    int64_t change_epoch;
} Splc;
_Static_assert(sizeof(Splc) <= sizeof(LossConstants), "constants of splc");

#undef AT
#define AT(field) offsetof(Splc, field)
static const OptionRow splc_rows[] = {
    {"loss.splc.tau", NULL, OPTION_FLOAT, AT(options.tau), "0.6", 0, 1, .unit = "probability",
     .help = "score above which SPLC treats a negative as a missing positive"},
    {"loss.splc.change_epoch", NULL, OPTION_INT, AT(change_epoch), "1", 0, 1e6,
     .unit = "epochs", .help = "first epoch in which SPLC corrects"},
    {"loss.splc.margin", NULL, OPTION_FLOAT, AT(options.margin), "1", -100, 100,
     .unit = "logits", .help = "margin of SPLC's positives"},
    {"loss.splc.gamma", NULL, OPTION_FLOAT, AT(options.gamma), "2", 0, 100,
     .help = "focusing of SPLC"},
};
static const OptionTable splc_options = {.row = splc_rows,
                                         .rows = sizeof splc_rows / sizeof *splc_rows};

static Tensor *splc(Tape *tape, const void *constants, const LossInput *in)
{
    const Splc *c = constants;
    SplcOptions o = c->options;
    o.correct = in->epoch >= c->change_epoch;
    return op_loss_splc(tape, in->x, in->y, o);
}

/* ---- gr: generalized robust --------------------------------------------------------------------- */

/* The paper moves k and v in a straight line from the first epoch on. */
typedef struct Gr {
    GrOptions first, last; /* last: slope, mean and deviation alone */
    int64_t epochs;        /* of the way from first to last */
} Gr;
_Static_assert(sizeof(Gr) <= sizeof(LossConstants), "constants of gr");

#undef AT
#define AT(field) offsetof(Gr, field)
static const OptionRow gr_rows[] = {
    {"loss.gr.slope", NULL, OPTION_FLOAT, AT(first.slope), "0", -100, 100,
     .help = "slope of GR's pseudo-labels over the score, in the first epoch"},
    {"loss.gr.last_slope", NULL, OPTION_FLOAT, AT(last.slope), "2", -100, 100,
     .help = "slope of GR's pseudo-labels after loss.gr.epochs"},
    {"loss.gr.offset", NULL, OPTION_FLOAT, AT(first.offset), "-2", -100, 100, .unit = "logits",
     .help = "GR's pseudo-label of a negative with score 0, before the sigmoid"},
    {"loss.gr.mean", NULL, OPTION_FLOAT, AT(first.mean), "0.5", -10, 10, .unit = "probability",
     .help = "score at which GR weights negatives most, first epoch"},
    {"loss.gr.last_mean", NULL, OPTION_FLOAT, AT(last.mean), "0.8", -10, 10,
     .unit = "probability",
     .help = "score at which GR weights negatives most, after loss.gr.epochs"},
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
static const OptionTable gr_options = {.row = gr_rows,
                                       .rows = sizeof gr_rows / sizeof *gr_rows};

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

/* ---- sigmoid: SigLIP's, with a learnable scale and bias ----------------------------------------- */

/* SigLIP's x_ij is a cosine, in [-1, 1]; here x_ij is the decoder's logit of caption j for image i, which has no
 * such bound and learns its own scale and offset. It takes the cosine's place as it is: t' and b start where
 * SigLIP starts them, so that at x = 0 almost every pair counts as foreign, as most of the batch is. */
static void sigmoid_params(ParamSet *ps, const char *prefix, Tensor *out[LOSS_PARAMS])
{
    const double log_10 = 2.302585092994046;
    out[0] = param_add(ps, (ParamInit){PARAM_CONSTANT, log_10}, 1, (int64_t[]){1},
                       "%s.log_scale", prefix);
    out[1] =
        param_add(ps, (ParamInit){PARAM_CONSTANT, -10}, 1, (int64_t[]){1}, "%s.bias", prefix);
}

static Tensor *sigmoid_align(Tape *tape, const void *constants, const LossInput *in)
{
    (void)constants;
    return op_loss_sigmoid(tape, in->x, in->param[0], in->param[1]);
}

/* ---- the table ------------------------------------------------------------------------------- */

static const Row TABLE[] = {
    {"asl", asl_tag, asl_align, .options = &asl_options},
    {"bce", bce, bce, .options = NULL},
    {"ce", ce_tag, ce_align, .is_normalized = true},
    {"hill", hill, hill, .options = &hill_options},
    {"splc", splc, splc, .options = &splc_options},
    {"gr", gr_tag, NULL, .options = &gr_options},
    {"sigmoid", NULL, sigmoid_align, .params = sigmoid_params},
};
enum { ROWS = sizeof TABLE / sizeof *TABLE };
_Static_assert((int)ROWS <= (int)LOSS_MAX, "LossOptions holds the constants of every row");

const char *loss_tag_name(int i)
{
    if (i < 0 || i >= ROWS) return NULL;
    return TABLE[i].tag ? TABLE[i].name : "";
}

const char *loss_align_name(int i)
{
    if (i < 0 || i >= ROWS) return NULL;
    return TABLE[i].align ? TABLE[i].name : "";
}

#undef AT
#define AT(field) offsetof(LossOptions, field)
static const OptionRow rows[] = {
    {"loss.tag", NULL, OPTION_CHOICE, AT(tag), "asl", .choice = loss_tag_name,
     .help = "loss of the tags"},
    {"loss.align", NULL, OPTION_CHOICE, AT(align), "asl", .choice = loss_align_name,
     .help = "loss of image-text alignment"},
    {"loss.weight.tag", NULL, OPTION_FLOAT, AT(weight_tag), "1", 0, 1e6,
     .help = "weight of the tagging loss; 0: no tagging"},
    {"loss.weight.distill", NULL, OPTION_FLOAT, AT(weight_distill), "1", 0, 1e6,
     .help = "weight of the distillation loss; 0: no distillation (needs clip.weights with an "
             "image tower)"},
    {"loss.weight.align", NULL, OPTION_FLOAT, AT(weight_align), "1", 0, 1e6,
     .help = "weight of the alignment loss; 0: no alignment"},
};

/* The constants of every row. */
static bool section(size_t i, OptionSection *out)
{
    static const OptionTable none = {.rows = 0};
    if (i >= ROWS) return false;
    *out = (OptionSection){TABLE[i].options ? TABLE[i].options : &none,
                           AT(constants) + i * sizeof(LossConstants)};
    return true;
}

const OptionTable loss_options = {
    .row = rows, .rows = sizeof rows / sizeof *rows, .nested = section};

/* ---- the losses of a step --------------------------------------------------------------------- */

static const Row *row_of(int i)
{
    CHECK(i >= 0 && i < ROWS, "loss %d of %d", i, (int)ROWS);
    return &TABLE[i];
}

LossParams loss_params(const LossOptions *o, ParamSet *ps)
{
    LossParams p = {{NULL}, {NULL}};
    const int64_t before = ps->count;
    const Row *tag = row_of(o->tag), *align = row_of(o->align);
    if (o->weight_tag != 0 && tag->params) tag->params(ps, "loss.tag", p.tag);
    if (o->weight_align != 0 && align->params) align->params(ps, "loss.align", p.align);
    for (int64_t i = before; i < ps->count; i++)
        ps->param[i]->no_decay = ps->param[i]->optional = true;
    return p;
}

bool loss_tag_is_normalized(const LossOptions *o) { return row_of(o->tag)->is_normalized; }

Tensor *loss_tag(Tape *tape, const LossOptions *o, const LossInput *in)
{
    const Row *row = row_of(o->tag);
    CHECK(row->tag, "%s is not a loss of tags", row->name);
    CHECK(!row->is_normalized || (in->y_sum && in->lse), "%s without normalizers", row->name);
    return row->tag(tape, &o->constants[o->tag], in);
}

Tensor *loss_align(Tape *tape, const LossOptions *o, const LossInput *in)
{
    const Row *row = row_of(o->align);
    CHECK(row->align, "%s is not a loss of captions", row->name);
    return row->align(tape, &o->constants[o->align], in);
}
