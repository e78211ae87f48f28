/* SPDX-License-Identifier: Apache-2.0 */
/* Forward and backward pass of one batch. The image part is recorded once. The tags pass
 * through the decoder in tiles, each with its own loss and backward pass, followed by the
 * captions. They add gradients to the outputs of the image part, which runs backward last. */
#include "train/step.h"

#include "core/error.h"
#include "core/ops/ops.h"

#include <math.h>

typedef struct Step {
    Tape *tape;
    const RamPlus *model;
    const LabelBank *bank;
    const StepConfig *config;
    const StepInput *input;
    RamPlusImage image;
    int64_t tile;        /* tags per tile */
    double *y_sum, *lse; /* [B], if the tag loss needs them; otherwise NULL */
    double share;        /* of the batch in the step: factor of losses that are means */
} Step;

static Tensor *tile_logits(const Step *s, int64_t first, int64_t K)
{
    return ram_plus_tag_logits(s->tape, s->model, &s->image, s->bank, first, K, NULL, NULL);
}

static int64_t tile_len(const Step *s, int64_t first)
{
    const int64_t rest = s->bank->tags - first;
    return rest < s->tile ? rest : s->tile;
}

/* Adds one tile to the log-sum-exp; subtracting the running maximum avoids overflow. top [B] is
 * the maximum, sum [B] the sum of exp(x - top). */
static void add_log_sum_exp(const Step *s, const Tensor *logits, double *top, double *sum)
{
    const int64_t B = s->input->B, K = logits->shape[1];
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

/* A softmax over all tags does not separate into tiles: a first pass without recording computes
 * its normalizer. */
static void set_normalizers(Step *s)
{
    const int64_t B = s->input->B, K = s->bank->tags;
    const int64_t *offset = s->input->tags.offset;
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
    Tensor *y = op_multi_hot(s->tape, s->input->B, s->input->tags, first, K);
    const LossInput in = {x, y, s->y_sum, s->lse, s->config->params.tag, s->config->epoch};
    Tensor *loss = loss_tag(s->tape, s->config->loss, &in);
    const double value = (double)tensor_item(loss);
    tape_seed(s->tape, loss, s->config->loss->weight_tag);
    tape_backward_to(s->tape, mark);
    return value;
}

static double run_tags(Step *s)
{
    double sum = 0;
    if (loss_tag_is_normalized(s->config->loss)) set_normalizers(s);
    for (int64_t first = 0; first < s->bank->tags; first += s->tile) sum += tag_tile(s, first);
    return sum;
}

/* Targets of the alignment loss: caption i belongs to image i, the identity matrix [B, B]. */
static Tensor *own_caption(const Step *s)
{
    const int64_t B = s->input->B;
    int64_t *offset = tape_alloc(s->tape, (size_t)(B + 1) * sizeof *offset);
    int32_t *id = tape_alloc(s->tape, (size_t)B * sizeof *id);
    for (int64_t b = 0; b <= B; b++) offset[b] = b;
    for (int64_t b = 0; b < B; b++) id[b] = (int32_t)b;
    return op_multi_hot(s->tape, B, (IdSets){offset, id}, 0, B);
}

/* Alignment loss: all captions of the batch against all of its images. */
static double run_captions(const Step *s)
{
    const int64_t B = s->input->B, E = s->bank->dim;
    const TapeMark mark = tape_mark(s->tape);
    Tensor *text = tape_input(s->tape, 2, (int64_t[]){B, E}, s->input->text);
    Tensor *x = ram_plus_text_logits(s->tape, s->model, &s->image, text); /* [B, B] */
    const LossInput in = {.x = x,
                          .y = own_caption(s),
                          .param = s->config->params.align,
                          .epoch = s->config->epoch};
    Tensor *loss = loss_align(s->tape, s->config->loss, &in);
    const double share = loss_align_is_mean(s->config->loss) ? s->share : 1;
    const double value = (double)tensor_item(loss) * share;
    tape_seed(s->tape, loss, s->config->loss->weight_align * share);
    tape_backward_to(s->tape, mark);
    return value;
}

static double run_teacher(const Step *s)
{
    Tensor *teacher =
        tape_input(s->tape, 2, (int64_t[]){s->input->B, s->bank->dim}, s->input->clip_image);
    Tensor *loss = op_loss_l1(s->tape, s->image.cls, teacher);
    tape_seed(s->tape, loss, s->config->loss->weight_distill * s->share);
    return (double)tensor_item(loss) * s->share;
}

static void check_tags(const StepInput *input, int64_t K)
{
    const IdSets *t = &input->tags;
    for (int64_t i = t->offset[0]; i < t->offset[input->B]; i++)
        CHECK(t->id[i] >= 0 && t->id[i] < K, "tag %d of %ld", t->id[i], K);
}

StepLosses step_run(Tape *tape, const RamPlus *m, const LabelBank *bank,
                    const StepConfig *config, const StepInput *input, double share)
{
    CHECK(input->B > 0 && config->tile > 0, "batch %ld, tile %ld", input->B, config->tile);
    check_tags(input, bank->tags);
    const int64_t S = ram_plus_shape(m).image_size;
    const int64_t tags = config->tile / input->B;
    Step s = {.tape = tape,
              .model = m,
              .bank = bank,
              .config = config,
              .input = input,
              .tile = tags > 0 ? tags : 1,
              .share = share};
    const LossOptions *loss = config->loss;
    StepLosses out = {0};
    Tensor *image = tape_input(tape, 4, (int64_t[]){input->B, 3, S, S}, input->image);
    s.image = ram_plus_image(tape, m, image);
    if (loss->weight_tag != 0) out.tag = run_tags(&s);
    if (loss->weight_align != 0 && input->text) out.align = run_captions(&s);
    if (loss->weight_distill != 0 && input->clip_image) out.distill = run_teacher(&s);
    tape_backward(tape);
    tape_reset(tape);
    out.total = loss->weight_tag * out.tag + loss->weight_distill * out.distill +
                loss->weight_align * out.align;
    return out;
}

void step_losses_add(StepLosses *sum, const StepLosses *l)
{
    sum->total += l->total;
    sum->tag += l->tag;
    sum->distill += l->distill;
    sum->align += l->align;
}

bool step_is_finite(const StepLosses *l, double grad_norm)
{
    return isfinite(grad_norm) && isfinite(l->total) && isfinite(l->tag) &&
           isfinite(l->align) && isfinite(l->distill);
}
