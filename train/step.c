/* SPDX-License-Identifier: Apache-2.0 */
/* Forward and backward pass of one batch, in two passes over its shards. In the first the
 * image part is recorded once, the tags pass through the decoder in tiles, each with its own
 * loss and backward pass, and the captions forward. The alignment loss then sees the logits of
 * all images. In the second pass the captions run backward and the image part last, whose
 * outputs have gathered the gradients. */
#include "train/step.h"

#include "core/error.h"
#include "core/math/rows.h"
#include "core/ops/ops.h"
#include "train/step_images.h"
#include "train/step_norms.h"
#include "train/step_tags.h"

#include <math.h>
#include <string.h>

/* What a shard of the batch keeps from its first pass to its second. */
typedef struct Part {
    RamPlusImage image;
    Tensor *logits; /* [c, C] of its images with a caption and all captions; NULL: none has */
    TapeMark captions; /* where their part of the tape begins */
    StepNorms norms;
    double tag, distill, square[LOSS_TERMS];
} Part;

typedef struct Batch {
    Shards *shards;
    const RamPlus *model;
    const LabelBank *bank;
    const StepConfig *config;
    const StepInput *input;
    double share;             /* of the batch in the step: factor of losses that are means */
    int64_t tagged, captions; /* images that train the tagging, the alignment */
    double tag_factor, align_factor; /* of the losses, apart from their weights */
    Part *part;                      /* [shards] */
    Real *dlogits;                   /* [C, C] gradients of the captions' logits */
} Batch;

/* One shard of the batch. */
typedef struct Step {
    Tape *tape;
    const RamPlus *model;
    const LabelBank *bank;
    const StepConfig *config;
    StepInput input; /* of its images */
    Part *part;
    double factor;    /* of the tagging loss */
    int64_t tagged;   /* images whose tags are annotated */
    int64_t captions; /* of all images of the batch */
} Step;

/* The weight of a term in this step. */
static double weight(const StepConfig *c, enum LossTerm term)
{
    return loss_weight(c->loss, term) * (c->factor ? c->factor[term] : 1);
}

/* The tagging loss of the images of the shard whose tags are annotated. */
static double run_tags(const Step *s)
{
    const bool *which = s->input.tagged;
    const int64_t B = s->input.B, T = s->tagged;
    const StepTags in = {
        .model = s->model,
        .bank = s->bank,
        .loss = s->config->loss,
        .param = s->config->params.tag,
        .epoch = s->config->epoch,
        .images = T,
        .image = step_images_select(s->tape, s->model, &s->part->image, which, T),
        .tags = step_images_sets(s->tape, s->input.tags, which, B, T),
        .unknown = step_images_sets(s->tape, s->input.unknown, which, B, T),
        .rows = s->config->tile,
        .weight = weight(s->config, LOSS_TERM_TAG),
        .factor = s->factor,
    };
    return step_tags_run(s->tape, &in);
}

/* ---- the shards of a batch ---- */

static IdSets sets_from(IdSets all, int64_t first)
{
    return (IdSets){all.offset ? all.offset + first : NULL, all.id};
}

/* The images of a shard as an input of their own, with the captions of the whole batch. */
static StepInput input_of(const Batch *batch, int64_t first, int64_t end)
{
    const StepInput *all = batch->input;
    const int64_t S = ram_plus_shape(batch->model).image_size, E = batch->bank->dim;
    return (StepInput){.B = end - first,
                       .image = all->image + first * 3 * S * S,
                       .tags = sets_from(all->tags, first),
                       .clip_image = all->clip_image ? all->clip_image + first * E : NULL,
                       .text = all->text,
                       .tagged = all->tagged ? all->tagged + first : NULL,
                       .captioned = all->captioned ? all->captioned + first : NULL,
                       .unknown = sets_from(all->unknown, first)};
}

static Step shard_of(const Batch *batch, int64_t i)
{
    const int64_t B = batch->input->B;
    const int64_t first = shards_first(batch->shards, B, i);
    const int64_t end = shards_first(batch->shards, B, i + 1);
    const StepInput input = input_of(batch, first, end);
    return (Step){.tape = batch->shards->tape[i],
                  .model = batch->model,
                  .bank = batch->bank,
                  .config = batch->config,
                  .input = input,
                  .part = &batch->part[i],
                  .captions = batch->captions,
                  .factor = batch->tag_factor,
                  .tagged = batch->tagged ? step_images_count(input.tagged, input.B) : 0};
}

/* Logits of all captions of the batch for n images of the shard that have one. */
static void begin_captions(Step *s, int64_t n)
{
    s->part->captions = tape_mark(s->tape);
    const RamPlusImage image =
        step_images_select(s->tape, s->model, &s->part->image, s->input.captioned, n);
    Tensor *text =
        tape_input(s->tape, 2, (int64_t[]){s->captions, s->bank->dim}, s->input.text);
    s->part->logits = ram_plus_text_logits(s->tape, s->model, &image, text);
}

/* First pass over shard i: its images, both passes over its tags, the logits of the
 * captions. */
static void first_pass(int64_t i, void *context)
{
    const Batch *batch = context;
    Step s = shard_of(batch, i);
    const int64_t S = ram_plus_shape(s.model).image_size;
    Tensor *image = tape_input(s.tape, 4, (int64_t[]){s.input.B, 3, S, S}, s.input.image);
    s.part->image = ram_plus_image(s.tape, s.model, image);
    const int64_t captions = s.captions ? step_images_count(s.input.captioned, s.input.B) : 0;
    if (s.tagged) s.part->tag = run_tags(&s);
    if (s.tagged && captions) step_norms_tags(&s.part->norms, s.tape, &s.part->image);
    if (captions) begin_captions(&s, captions);
}

/* Targets of the alignment loss: caption i belongs to image i, the identity matrix [C, C]. */
static Tensor *own_caption(Tape *tape, int64_t C)
{
    int64_t *offset = tape_alloc(tape, (size_t)(C + 1) * sizeof *offset);
    int32_t *id = tape_alloc(tape, (size_t)C * sizeof *id);
    for (int64_t c = 0; c <= C; c++) offset[c] = c;
    for (int64_t c = 0; c < C; c++) id[c] = (int32_t)c;
    return op_multi_hot(tape, C, (IdSets){offset, id}, 0, C);
}

/* The logits of all shards as an input of the joint tape [C, C] that needs a gradient. */
static Tensor *join_logits(const Batch *batch)
{
    const int64_t C = batch->captions;
    Tape *tape = batch->shards->joint;
    float *all = tape_alloc(tape, (size_t)(C * C) * sizeof *all), *rows = all;
    for (int64_t i = 0; i < batch->shards->count; i++) {
        const Tensor *part = batch->part[i].logits;
        if (!part) continue;
        tensor_read(part, rows);
        rows += tensor_len(part);
    }
    Tensor *x = tape_input(tape, 2, (int64_t[]){C, C}, all);
    x->needs_grad = true;
    return x;
}

/* Alignment loss: all captions of the batch against the images that they belong to. */
static double align(Batch *batch)
{
    Tape *tape = batch->shards->joint;
    const LossOptions *loss = batch->config->loss;
    Tensor *x = join_logits(batch);
    const LossInput in = {.x = x,
                          .y = own_caption(tape, batch->captions),
                          .param = batch->config->params.align,
                          .epoch = batch->config->epoch};
    Tensor *value = loss_align(tape, loss, &in);
    const double factor = batch->align_factor;
    batch->dlogits = tape_grad(tape, x);
    tape_seed(tape, value, weight(batch->config, LOSS_TERM_ALIGN) * factor);
    tape_backward(tape);
    return (double)tensor_item(value) * factor;
}

/* Backward of the captions' logits of shard i. */
static void end_captions(const Batch *batch, const Step *s, int64_t i)
{
    const int64_t first = shards_first(batch->shards, batch->input->B, i);
    const int64_t before = step_images_count(batch->input->captioned, first);
    const Tensor *x = s->part->logits;
    Real *dx = tape_grad(s->tape, s->part->logits);
    if (dx) rows_add(tensor_len(x), batch->dlogits + before * batch->captions, dx);
    tape_backward_to(s->tape, s->part->captions);
}

/* The distillation loss of the shard's images, a mean over the batch. */
static double run_teacher(const Batch *batch, const Step *s)
{
    const double share = batch->share * (double)s->input.B / (double)batch->input->B;
    const TapeMark mark = tape_mark(s->tape);
    Tensor *teacher =
        tape_input(s->tape, 2, (int64_t[]){s->input.B, s->bank->dim}, s->input.clip_image);
    Tensor *loss = op_loss_l1(s->tape, s->part->image.cls, teacher);
    const double value = (double)tensor_item(loss) * share;
    tape_seed(s->tape, loss, weight(s->config, LOSS_TERM_DISTILL) * share);
    tape_backward_to(s->tape, mark);
    step_norms_teacher(&s->part->norms, s->tape, &s->part->image);
    return value;
}

/* Second pass over shard i: backward of captions and images. */
static void second_pass(int64_t i, void *context)
{
    const Batch *batch = context;
    const Step s = shard_of(batch, i);
    const LossOptions *loss = s.config->loss;
    Part *p = s.part;
    const enum LossTerm rest = p->logits  ? LOSS_TERM_ALIGN
                               : s.tagged ? LOSS_TERM_TAG
                                          : LOSS_TERM_DISTILL;
    if (p->logits) end_captions(batch, &s, i);
    if (loss->weight_distill != 0 && s.input.clip_image) p->distill = run_teacher(batch, &s);
    step_norms_end(&p->norms, s.tape, &p->image, rest, p->square);
    tape_backward(s.tape);
}

static void add_part(const Part *p, StepLosses *sum)
{
    sum->tag += p->tag;
    sum->distill += p->distill;
    for (int i = 0; i < LOSS_TERMS; i++) sum->square[i] += p->square[i];
}

/* Returns the number of ids. */
static int64_t check_tags(IdSets t, const bool *tagged, int64_t B, int64_t K)
{
    if (!t.offset) return 0;
    for (int64_t b = 0; tagged && b < B; b++)
        CHECK(tagged[b] || t.offset[b] == t.offset[b + 1], "image %ld has tags", b);
    for (int64_t i = t.offset[0]; i < t.offset[B]; i++)
        CHECK(t.id[i] >= 0 && t.id[i] < K, "tag %d of %ld", t.id[i], K);
    return t.offset[B] - t.offset[0];
}

/* What of the batch trains which term, and the factors of the losses. */
static void begin(Batch *batch)
{
    const StepInput *in = batch->input;
    const LossOptions *loss = batch->config->loss;
    const int64_t B = in->B, K = batch->bank->tags;
    check_tags(in->tags, in->tagged, B, K);
    const int64_t unknown = check_tags(in->unknown, in->tagged, B, K);
    const int64_t tagged = step_images_count(in->tagged, B), pairs = tagged * K - unknown;
    if (loss->weight_tag != 0 && pairs > 0) batch->tagged = tagged;
    if (loss->weight_align != 0 && in->text)
        batch->captions = step_images_count(in->captioned, B);
    if (batch->tagged) batch->tag_factor = loss_tag_factor(loss, batch->share, tagged, pairs);
    if (batch->captions)
        batch->align_factor = loss_align_factor(loss, batch->share, batch->captions);
}

StepLosses step_run(Shards *shards, const RamPlus *m, const LabelBank *bank,
                    const StepConfig *config, const StepInput *input, double share)
{
    CHECK(input->B > 0 && config->tile > 0, "batch %ld, tile %ld", input->B, config->tile);
    const size_t bytes = (size_t)shards->count * sizeof(Part);
    Batch batch = {.shards = shards,
                   .model = m,
                   .bank = bank,
                   .config = config,
                   .input = input,
                   .share = share,
                   .part = tape_alloc(shards->joint, bytes)};
    begin(&batch);
    StepLosses out = {.tagged = batch.tagged, .captioned = batch.captions};
    memset(batch.part, 0, bytes);
    if (shards->params) shards_pack(shards, shards->params);
    shards_run(shards, input->B, first_pass, &batch);
    if (batch.captions) out.align = align(&batch);
    shards_run(shards, input->B, second_pass, &batch);
    shards_add_grads(shards);
    for (int64_t i = 0; i < shards->count; i++) add_part(&batch.part[i], &out);
    shards_reset(shards);
    out.total = weight(config, LOSS_TERM_TAG) * out.tag +
                weight(config, LOSS_TERM_DISTILL) * out.distill +
                weight(config, LOSS_TERM_ALIGN) * out.align;
    return out;
}

void step_term_norms(const StepLosses *l, double norm[LOSS_TERMS])
{
    for (int i = 0; i < LOSS_TERMS; i++) norm[i] = sqrt(l->square[i]);
}

void step_losses_add(StepLosses *sum, const StepLosses *l)
{
    sum->total += l->total;
    sum->tag += l->tag;
    sum->distill += l->distill;
    sum->align += l->align;
    sum->tagged += l->tagged;
    sum->captioned += l->captioned;
    for (int i = 0; i < LOSS_TERMS; i++) sum->square[i] += l->square[i];
}

bool step_is_finite(const StepLosses *l, double grad_norm)
{
    return isfinite(grad_norm) && isfinite(l->total) && isfinite(l->tag) &&
           isfinite(l->align) && isfinite(l->distill);
}
