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
#include "train/step_norms.h"

#include <math.h>
#include <string.h>

/* What a shard of the batch keeps from its first pass to its second. */
typedef struct Part {
    RamPlusImage image;
    Tensor *logits;    /* [b, B] of its images and all captions; NULL: no alignment */
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
    double share; /* of the batch in the step: factor of losses that are means */
    double tag_factor, align_factor; /* of the losses, apart from their weights */
    Part *part;                      /* [shards] */
    Real *dlogits;                   /* [B, B] gradients of the captions' logits */
} Batch;

/* One shard of the batch. */
typedef struct Step {
    Tape *tape;
    const RamPlus *model;
    const LabelBank *bank;
    const StepConfig *config;
    StepInput input; /* of its images */
    Part *part;
    double factor;       /* of the tagging loss */
    int64_t tile;        /* tags per tile */
    double *y_sum, *lse; /* [B], if the tag loss needs them; otherwise NULL */
} Step;

/* The weight of a term in this step. */
static double weight(const StepConfig *c, enum LossTerm term)
{
    return loss_weight(c->loss, term) * (c->factor ? c->factor[term] : 1);
}

static Tensor *tile_logits(const Step *s, int64_t first, int64_t K)
{
    return ram_plus_tag_logits(s->tape, s->model, &s->part->image, s->bank, first, K, NULL,
                               NULL);
}

static int64_t tile_len(const Step *s, int64_t first)
{
    const int64_t rest = s->bank->tags - first;
    return rest < s->tile ? rest : s->tile;
}

/* Adds one tile to the log-sum-exp; subtracting the running maximum avoids overflow. top [B]
 * is the maximum, sum [B] the sum of exp(x - top). */
static void add_log_sum_exp(const Step *s, const Tensor *logits, double *top, double *sum)
{
    const int64_t B = s->input.B, K = logits->shape[1];
    float *x = tape_alloc(s->tape, (size_t)(B * K) * sizeof *x);
    tensor_read(logits, x);
    for (int64_t i = 0; i < B * K; i++) {
        const int64_t b = i / K;
        const double v = (double)x[i];
        if (v > top[b]) {
            sum[b] *= exp(top[b] - v);
            top[b] = v;
        }
        sum[b] += exp(v - top[b]);
    }
}

/* A softmax over all tags does not separate into tiles: a first pass without recording
 * computes its normalizer. */
static void set_normalizers(Step *s)
{
    const int64_t B = s->input.B, K = s->bank->tags;
    const int64_t *offset = s->input.tags.offset;
    double *sum = tape_alloc(s->tape, (size_t)B * sizeof *sum);
    s->y_sum = tape_alloc(s->tape, (size_t)B * sizeof *s->y_sum);
    s->lse = tape_alloc(s->tape, (size_t)B * sizeof *s->lse);
    for (int64_t b = 0; b < B; b++) {
        sum[b] = 0;
        s->y_sum[b] = (double)(offset[b + 1] - offset[b]);
        s->lse[b] = -HUGE_VAL;
    }
    tape_set_recording(s->tape, false);
    for (int64_t first = 0; first < K; first += s->tile) {
        const TapeMark mark = tape_mark(s->tape);
        add_log_sum_exp(s, tile_logits(s, first, tile_len(s, first)), s->lse, sum);
        tape_rewind(s->tape, mark);
    }
    tape_set_recording(s->tape, true);
    for (int64_t b = 0; b < B; b++) s->lse[b] += log(sum[b]);
}

static double tag_tile(const Step *s, int64_t first)
{
    const TapeMark mark = tape_mark(s->tape);
    const int64_t K = tile_len(s, first);
    Tensor *x = tile_logits(s, first, K);
    Tensor *y = op_multi_hot(s->tape, s->input.B, s->input.tags, first, K);
    const LossInput in = {x, y, s->y_sum, s->lse, s->config->params.tag, s->config->epoch};
    Tensor *loss = loss_tag(s->tape, s->config->loss, &in);
    const double value = (double)tensor_item(loss);
    tape_seed(s->tape, loss, weight(s->config, LOSS_TERM_TAG) * s->factor);
    tape_backward_to(s->tape, mark);
    return value * s->factor;
}

static double run_tags(Step *s)
{
    double sum = 0;
    if (loss_tag_is_normalized(s->config->loss)) set_normalizers(s);
    for (int64_t first = 0; first < s->bank->tags; first += s->tile) sum += tag_tile(s, first);
    return sum;
}

/* ---- the shards of a batch ---- */

/* The images of a shard as an input of their own, with the captions of the whole batch. */
static StepInput input_of(const Batch *batch, int64_t first, int64_t end)
{
    const StepInput *all = batch->input;
    const int64_t S = ram_plus_shape(batch->model).image_size, E = batch->bank->dim;
    return (StepInput){.B = end - first,
                       .image = all->image + first * 3 * S * S,
                       .tags = {all->tags.offset + first, all->tags.id},
                       .clip_image = all->clip_image ? all->clip_image + first * E : NULL,
                       .text = all->text};
}

static Step shard_of(const Batch *batch, int64_t i)
{
    const int64_t B = batch->input->B;
    const int64_t first = shards_first(batch->shards, B, i);
    const int64_t end = shards_first(batch->shards, B, i + 1);
    const int64_t tags = batch->config->tile / (end - first);
    return (Step){.tape = batch->shards->tape[i],
                  .model = batch->model,
                  .bank = batch->bank,
                  .config = batch->config,
                  .input = input_of(batch, first, end),
                  .part = &batch->part[i],
                  .factor = batch->tag_factor,
                  .tile = tags > 0 ? tags : 1};
}

/* Logits of all captions of the batch, B, for the images of the shard. */
static void begin_captions(const Batch *batch, Step *s)
{
    const int64_t B = batch->input->B, E = s->bank->dim;
    s->part->captions = tape_mark(s->tape);
    Tensor *text = tape_input(s->tape, 2, (int64_t[]){B, E}, s->input.text);
    s->part->logits = ram_plus_text_logits(s->tape, s->model, &s->part->image, text);
}

/* First pass over shard i: its images, both passes over its tags, the logits of the
 * captions. */
static void first_pass(int64_t i, void *context)
{
    const Batch *batch = context;
    Step s = shard_of(batch, i);
    const LossOptions *loss = s.config->loss;
    const int64_t S = ram_plus_shape(s.model).image_size;
    Tensor *image = tape_input(s.tape, 4, (int64_t[]){s.input.B, 3, S, S}, s.input.image);
    s.part->image = ram_plus_image(s.tape, s.model, image);
    const bool captions = loss->weight_align != 0 && s.input.text;
    if (loss->weight_tag != 0) s.part->tag = run_tags(&s);
    if (loss->weight_tag != 0 && captions)
        step_norms_tags(&s.part->norms, s.tape, &s.part->image);
    if (captions) begin_captions(batch, &s);
}

/* Targets of the alignment loss: caption i belongs to image i, the identity matrix [B, B]. */
static Tensor *own_caption(Tape *tape, int64_t B)
{
    int64_t *offset = tape_alloc(tape, (size_t)(B + 1) * sizeof *offset);
    int32_t *id = tape_alloc(tape, (size_t)B * sizeof *id);
    for (int64_t b = 0; b <= B; b++) offset[b] = b;
    for (int64_t b = 0; b < B; b++) id[b] = (int32_t)b;
    return op_multi_hot(tape, B, (IdSets){offset, id}, 0, B);
}

/* The logits of all shards as an input of the joint tape [B, B] that needs a gradient. */
static Tensor *join_logits(const Batch *batch)
{
    const int64_t B = batch->input->B;
    Tape *tape = batch->shards->joint;
    float *all = tape_alloc(tape, (size_t)(B * B) * sizeof *all), *rows = all;
    for (int64_t i = 0; i < batch->shards->count; i++) {
        const Tensor *part = batch->part[i].logits;
        if (!part) continue;
        tensor_read(part, rows);
        rows += tensor_len(part);
    }
    Tensor *x = tape_input(tape, 2, (int64_t[]){B, B}, all);
    x->needs_grad = true;
    return x;
}

/* Alignment loss: all captions of the batch against all of its images. */
static double align(Batch *batch)
{
    Tape *tape = batch->shards->joint;
    const LossOptions *loss = batch->config->loss;
    Tensor *x = join_logits(batch);
    const LossInput in = {.x = x,
                          .y = own_caption(tape, batch->input->B),
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
    const int64_t B = batch->input->B;
    Real *dx = tape_grad(s->tape, s->part->logits);
    const Real *from = batch->dlogits + shards_first(batch->shards, B, i) * B;
    if (dx) rows_add(s->input.B * B, from, dx);
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
    const enum LossTerm rest = p->logits               ? LOSS_TERM_ALIGN
                               : loss->weight_tag != 0 ? LOSS_TERM_TAG
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

static void check_tags(const StepInput *input, int64_t K)
{
    const IdSets *t = &input->tags;
    for (int64_t i = t->offset[0]; i < t->offset[input->B]; i++)
        CHECK(t->id[i] >= 0 && t->id[i] < K, "tag %d of %ld", t->id[i], K);
}

StepLosses step_run(Shards *shards, const RamPlus *m, const LabelBank *bank,
                    const StepConfig *config, const StepInput *input, double share)
{
    CHECK(input->B > 0 && config->tile > 0, "batch %ld, tile %ld", input->B, config->tile);
    check_tags(input, bank->tags);
    const LossOptions *loss = config->loss;
    const size_t bytes = (size_t)shards->count * sizeof(Part);
    Batch batch = {.shards = shards,
                   .model = m,
                   .bank = bank,
                   .config = config,
                   .input = input,
                   .share = share,
                   .tag_factor = loss_tag_factor(loss, share, input->B, bank->tags),
                   .align_factor = loss_align_factor(loss, share, input->B),
                   .part = tape_alloc(shards->joint, bytes)};
    StepLosses out = {0};
    memset(batch.part, 0, bytes);
    if (shards->params) shards_round(shards, shards->params);
    shards_run(shards, input->B, first_pass, &batch);
    if (loss->weight_align != 0 && input->text) out.align = align(&batch);
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
    for (int i = 0; i < LOSS_TERMS; i++) sum->square[i] += l->square[i];
}

bool step_is_finite(const StepLosses *l, double grad_norm)
{
    return isfinite(grad_norm) && isfinite(l->total) && isfinite(l->tag) &&
           isfinite(l->align) && isfinite(l->distill);
}
