/* SPDX-License-Identifier: Apache-2.0 */
/* Inference on pixels. */
#include "eval/scorer.h"

#include "data/image/transform.h"

#include <math.h>

int64_t scorer_columns(const Scorer *s) { return s->bank ? s->bank->tags : s->texts.count; }

/* Logits [B, K] of tags or texts first..first+K-1. */
static Tensor *logits(const Scorer *s, Tape *tape, const RamPlusImage *image, int64_t first,
                      int64_t K)
{
    if (s->bank)
        return ram_plus_tag_logits(tape, s->model, image, s->bank, first, K, NULL, NULL);
    const int64_t E = ram_plus_config(s->model)->text_width;
    Tensor *text = tape_input(tape, 2, (int64_t[]){K, E}, s->texts.row + first * E);
    return ram_plus_text_logits(tape, s->model, image, text);
}

/* A logit that overflowed says nothing: no score. */
static float score_of(double logit)
{
    return isfinite(logit) ? (float)(1 / (1 + exp(-logit))) : NAN;
}

static void score_tile(const Scorer *s, Tape *tape, const RamPlusImage *image, int64_t B,
                       int64_t first, int64_t K, float *score)
{
    const TapeMark mark = tape_mark(tape);
    const int64_t all = scorer_columns(s);
    Tensor *x = logits(s, tape, image, first, K);
    float *logit = tape_alloc(tape, (size_t)(B * K) * sizeof *logit);
    tensor_read(x, logit);
    for (int64_t b = 0; b < B; b++)
        for (int64_t k = 0; k < K; k++)
            score[b * all + first + k] = score_of((double)logit[b * K + k]);
    tape_rewind(tape, mark);
}

/* One batch on its way through the model. */
typedef struct Views {
    const Scorer *scorer;
    int64_t B;
    const float *pixels; /* [B, 3, S, S] */
    float *score;        /* [B, K] */
} Views;

static void score_shard(int64_t i, void *context)
{
    const Views *v = context;
    const Scorer *s = v->scorer;
    Tape *tape = s->shards->tape[i];
    const TapeMark mark = tape_mark(tape);
    const int64_t S = ram_plus_shape(s->model).image_size, K = scorer_columns(s);
    const int64_t first = shards_first(s->shards, v->B, i);
    const int64_t B = shards_first(s->shards, v->B, i + 1) - first;
    Tensor *x = tape_input(tape, 4, (int64_t[]){B, 3, S, S}, v->pixels + first * 3 * S * S);
    const RamPlusImage image = ram_plus_image(tape, s->model, x);
    const int64_t tile = s->config->model.tile / B > 0 ? s->config->model.tile / B : 1;
    for (int64_t k = 0; k < K; k += tile)
        score_tile(s, tape, &image, B, k, K - k < tile ? K - k : tile, v->score + first * K);
    tape_rewind(tape, mark);
}

void scorer_pixels(const Scorer *s, int64_t B, const float *pixels, float *score)
{
    const bool recording = tape_recording(s->shards->joint);
    const bool training = tape_training(s->shards->joint);
    Views views = {s, B, pixels, score};
    shards_set_recording(s->shards, false);
    shards_set_training(s->shards, false);
    shards_set_bf16_attention(s->shards, true);
    shards_run(s->shards, B, score_shard, &views);
    shards_set_bf16_attention(s->shards, false);
    shards_set_recording(s->shards, recording);
    shards_set_training(s->shards, training);
}

int scorer_read(const Scorer *s, const char *path, Image *out, Error *damage, Error *err)
{
    const ImageRules rules = data_image_rules(&s->config->data);
    return image_read(path, &rules, out, damage, err);
}

void scorer_view(const Scorer *s, const Image *image, float *pixels)
{
    const Config *c = s->config;
    transform_eval(image, ram_plus_shape(s->model).image_size, c->eval.mean.value,
                   c->eval.std.value, pixels);
}
