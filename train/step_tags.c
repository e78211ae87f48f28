/* SPDX-License-Identifier: Apache-2.0 */
/* The tags of a shard in tiles, so that memory is bounded by the tile. */
#include "train/step_tags.h"

#include <math.h>

/* What the tiles share. */
typedef struct Tags {
    const StepTags *in;
    Tape *tape;
    int64_t tile;        /* tags per tile */
    double *y_sum, *lse; /* [T], if the loss needs them; otherwise NULL */
} Tags;

static Tensor *tile_logits(const Tags *t, int64_t first, int64_t K)
{
    const StepTags *in = t->in;
    return ram_plus_tag_logits(t->tape, in->model, &in->image, in->bank, first, K, NULL, NULL);
}

static Tensor *tile_targets(const Tags *t, int64_t first, int64_t K)
{
    Tensor *y = op_multi_hot(t->tape, t->in->images, t->in->tags, first, K);
    op_multi_hot_unknown(y, t->in->unknown, first);
    return y;
}

static int64_t tile_len(const Tags *t, int64_t first)
{
    const int64_t rest = t->in->bank->tags - first;
    return rest < t->tile ? rest : t->tile;
}

/* Adds one tile to the log-sum-exp; subtracting the running maximum avoids overflow. y: the
 * targets. top [T] is the maximum, sum [T] the sum of exp(x - top). */
static void add_log_sum_exp(const Tags *t, const Tensor *logits, const Tensor *y, double *top,
                            double *sum)
{
    const int64_t T = t->in->images, K = logits->shape[1];
    float *x = tape_alloc(t->tape, (size_t)(T * K) * sizeof *x);
    tensor_read(logits, x);
    for (int64_t i = 0; i < T * K; i++) {
        const int64_t b = i / K;
        if (y->data[i] == (Real)TARGET_UNKNOWN) continue;
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
static void set_normalizers(Tags *t)
{
    const int64_t T = t->in->images, K = t->in->bank->tags;
    const int64_t *offset = t->in->tags.offset;
    double *sum = tape_alloc(t->tape, (size_t)T * sizeof *sum);
    t->y_sum = tape_alloc(t->tape, (size_t)T * sizeof *t->y_sum);
    t->lse = tape_alloc(t->tape, (size_t)T * sizeof *t->lse);
    for (int64_t b = 0; b < T; b++) {
        sum[b] = 0;
        t->y_sum[b] = (double)(offset[b + 1] - offset[b]);
        t->lse[b] = -HUGE_VAL;
    }
    tape_set_recording(t->tape, false);
    for (int64_t first = 0; first < K; first += t->tile) {
        const TapeMark mark = tape_mark(t->tape);
        const int64_t n = tile_len(t, first);
        add_log_sum_exp(t, tile_logits(t, first, n), tile_targets(t, first, n), t->lse, sum);
        tape_rewind(t->tape, mark);
    }
    tape_set_recording(t->tape, true);
    for (int64_t b = 0; b < T; b++) t->lse[b] += log(sum[b]);
}

static double run_tile(const Tags *t, int64_t first)
{
    const StepTags *in = t->in;
    const TapeMark mark = tape_mark(t->tape);
    const int64_t K = tile_len(t, first);
    Tensor *x = tile_logits(t, first, K);
    Tensor *y = tile_targets(t, first, K);
    const LossInput input = {x, y, t->y_sum, t->lse, in->param, in->epoch};
    Tensor *loss = loss_tag(t->tape, in->loss, &input);
    const double value = (double)tensor_item(loss);
    tape_seed(t->tape, loss, in->weight * in->factor);
    tape_backward_to(t->tape, mark);
    return value * in->factor;
}

double step_tags_run(Tape *tape, const StepTags *in)
{
    double sum = 0;
    const int64_t tile = in->rows / in->images;
    Tags t = {.in = in, .tape = tape, .tile = tile > 0 ? tile : 1};
    if (loss_tag_is_normalized(in->loss)) set_normalizers(&t);
    for (int64_t first = 0; first < in->bank->tags; first += t.tile) sum += run_tile(&t, first);
    return sum;
}
