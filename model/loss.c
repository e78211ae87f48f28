/* SPDX-License-Identifier: Apache-2.0 */
/* The table of losses. */
#include "model/loss.h"

#include "core/error.h"

static const LossKind *const TABLE[] = {
    &loss_asl, &loss_bce, &loss_ce, &loss_hill, &loss_splc, &loss_gr, &loss_sigmoid,
};
enum { ROWS = sizeof TABLE / sizeof *TABLE };
_Static_assert((int)ROWS <= (int)LOSS_MAX, "LossOptions holds the constants of every row");

const char *loss_tag_name(int i)
{
    if (i < 0 || i >= ROWS) return NULL;
    return TABLE[i]->tag ? TABLE[i]->name : "";
}

const char *loss_align_name(int i)
{
    if (i < 0 || i >= ROWS) return NULL;
    return TABLE[i]->align ? TABLE[i]->name : "";
}

#define AT(field) offsetof(LossOptions, field)
static const OptionRow rows[] = {
    {"loss.tag", NULL, OPTION_CHOICE, AT(tag), "asl", .choice = loss_tag_name,
     .help = "loss of tagging"},
    {"loss.align", NULL, OPTION_CHOICE, AT(align), "asl", .choice = loss_align_name,
     .help = "loss of image-text alignment"},
    {"loss.weight.tag", NULL, OPTION_FLOAT, AT(weight_tag), "1", 0, 1e6,
     .help = "weight of the tagging loss; 0: no tagging"},
    {"loss.weight.distill", NULL, OPTION_FLOAT, AT(weight_distill), "1", 0, 1e6,
     .help = "weight of the distillation loss; 0: no distillation (needs clip.weights with an "
             "image tower)"},
    {"loss.weight.align", NULL, OPTION_FLOAT, AT(weight_align), "1", 0, 1e6,
     .help = "weight of the alignment loss; 0: no alignment"},
    {"loss.reduction", NULL, OPTION_CHOICE, AT(reduction), "sum", .choices = "sum|batch|mean",
     .help = "losses that are sums over a step: as they are, as in the reference; divided by "
             "the images of the step; or by the pairs of image and tag, or image and caption "
             "(ce, one term per image: by the images)"},
    {"loss.balance", NULL, OPTION_CHOICE, AT(balance), "none", .choices = "none|gradnorm",
     .help = "gradnorm: multiply the weights so that the gradients of tags, captions and "
             "teacher with respect to the image embeddings have equal norms (GradNorm with "
             "alpha = 0; averages over about ten steps)"},
};

/* The constants of every row. */
static bool section(size_t i, OptionSection *out)
{
    static const OptionTable none = {.rows = 0};
    if (i >= ROWS) return false;
    *out = (OptionSection){TABLE[i]->options ? TABLE[i]->options : &none,
                           AT(constants) + i * sizeof(LossConstants)};
    return true;
}

const OptionTable loss_options = {
    .row = rows, .rows = sizeof rows / sizeof *rows, .nested = section};

/* ---- the losses of a step ------------------------------------------------------------ */

static const LossKind *row_of(int i)
{
    CHECK(i >= 0 && i < ROWS, "loss %d of %d", i, (int)ROWS);
    return TABLE[i];
}

LossParams loss_params(const LossOptions *o, ParamSet *ps)
{
    LossParams p = {{NULL}, {NULL}};
    const int64_t before = ps->count;
    const LossKind *tag = row_of(o->tag), *align = row_of(o->align);
    if (o->weight_tag != 0 && tag->params) tag->params(ps, "loss.tag", p.tag);
    if (o->weight_align != 0 && align->params) align->params(ps, "loss.align", p.align);
    for (int64_t i = before; i < ps->count; i++)
        ps->param[i]->no_decay = ps->param[i]->optional = true;
    return p;
}

bool loss_tag_is_normalized(const LossOptions *o) { return row_of(o->tag)->is_normalized; }

double loss_weight(const LossOptions *o, enum LossTerm term)
{
    const double weight[LOSS_TERMS] = {o->weight_tag, o->weight_distill, o->weight_align};
    return weight[term];
}

static double sum_factor(const LossOptions *o, double share, int64_t images, int64_t terms)
{
    if (o->reduction == REDUCTION_SUM) return 1;
    const int64_t n = o->reduction == REDUCTION_MEAN ? terms : images;
    CHECK(n > 0, "a sum over nothing");
    return share / (double)n;
}

double loss_tag_factor(const LossOptions *o, double share, int64_t images, int64_t pairs)
{
    return sum_factor(o, share, images, row_of(o->tag)->is_normalized ? images : pairs);
}

double loss_align_factor(const LossOptions *o, double share, int64_t captions)
{
    if (row_of(o->align)->align_is_mean) return share;
    return sum_factor(o, share, captions, captions * captions);
}

Tensor *loss_tag(Tape *tape, const LossOptions *o, const LossInput *in)
{
    const LossKind *row = row_of(o->tag);
    CHECK(row->tag, "%s is not a tagging loss", row->name);
    CHECK(!row->is_normalized || (in->y_sum && in->lse), "%s without normalizers", row->name);
    return row->tag(tape, &o->constants[o->tag], in);
}

Tensor *loss_align(Tape *tape, const LossOptions *o, const LossInput *in)
{
    const LossKind *row = row_of(o->align);
    CHECK(row->align, "%s is not an alignment loss", row->name);
    return row->align(tape, &o->constants[o->align], in);
}
