/* SPDX-License-Identifier: Apache-2.0 */
/* Inference on pixels. */
#include "eval/scorer.h"

#include "core/log.h"
#include "data/image/transform.h"
#include "eval/dot.h"

#include <math.h>
#include <string.h>

int64_t scorer_columns(const Scorer *s) { return s->bank ? s->bank->tags : s->texts.count; }

bool scorer_tags_softmax(const Config *c)
{
    if (c->eval.score != SCORE_AUTO) return c->eval.score == SCORE_SOFTMAX;
    return c->loss.weight_tag != 0 && loss_tag_is_normalized(&c->loss);
}

bool scorer_softmax(const Scorer *s) { return s->bank && scorer_tags_softmax(s->config); }

void scorer_warn_thresholds(const Config *c)
{
    if (c->eval.match == MATCH_DOT && c->text.encoder != TEXT_SIGLIP && !scorer_tags_softmax(c))
        log_warn("scores are (1 + cosine) / 2, of which nearly all exceed a threshold of 0.5: "
                 "tune thresholds with `ramplus threshold`, or rank with --top");
    if (!scorer_tags_softmax(c)) return;
    log_warn(
        "eval.score: softmax scores (loss.tag=%s) sum to 1 over the tags of an image: a "
        "threshold of 0.5 keeps one tag at most; tune thresholds with `ramplus threshold`, "
        "or rank with --top",
        loss_tag_name(c->loss.tag));
}

int64_t scorer_image_size(const Scorer *s)
{
    return s->towers ? two_tower_image_size(s->towers) : ram_plus_shape(s->model).image_size;
}

/* What is computed of the images once for all tags. */
typedef struct Encoded {
    RamPlusImage image; /* for the decoder */
    Tensor *feature;    /* [B, E] unit rows, for the dot product; NULL: by the decoder */
} Encoded;

static bool by_dot(const Scorer *s) { return s->config->eval.match == MATCH_DOT; }

static Encoded encode(const Scorer *s, Tape *tape, Tensor *pixels)
{
    if (s->towers) return (Encoded){.feature = two_tower_features(tape, s->towers, pixels)};
    const RamPlusImage image = ram_plus_image(tape, s->model, pixels);
    return (Encoded){image, by_dot(s) ? image.unit : NULL};
}

/* The texts of a tag are averaged to one unit vector, as in CLIP's ensembles. */
static Tensor *text_vectors(const Scorer *s, Tape *tape, int64_t first, int64_t K)
{
    const int64_t E = s->config->model.text_width;
    float *row = tape_alloc(tape, (size_t)(K * E) * sizeof *row);
    if (!s->bank)
        memcpy(row, s->texts.row + first * E, (size_t)(K * E) * sizeof *row);
    else if (s->config->model.reweight == REWEIGHT_NONE)
        label_bank_first(s->bank, first, K, row);
    else
        label_bank_units(s->bank, first, K, row);
    return tape_input(tape, 2, (int64_t[]){K, E}, row);
}

bool scorer_cosine(const Scorer *s)
{
    return by_dot(s) && !scorer_softmax(s) && !(s->towers && s->towers->sigmoid);
}

static DotRule dot_rule(const Scorer *s)
{
    const TwoTower *m = s->towers;
    return (DotRule){.logit = scorer_cosine(s) ? DOT_COSINE : DOT_SCALED,
                     .scale = m ? m->scale : DOT_SCALE,
                     .bias = m ? m->bias : 0};
}

/* Logits [B, K] of tags or texts first..first+K-1. */
static Tensor *logits(const Scorer *s, Tape *tape, const Encoded *encoded, int64_t first,
                      int64_t K)
{
    const RamPlusImage *image = &encoded->image;
    if (encoded->feature)
        return dot_logits(tape, encoded->feature, text_vectors(s, tape, first, K), dot_rule(s));
    if (s->bank)
        return ram_plus_tag_logits(tape, s->model, image, s->bank, first, K, NULL, NULL);
    const int64_t E = ram_plus_config(s->model)->text_width;
    Tensor *text = tape_input(tape, 2, (int64_t[]){K, E}, s->texts.row + first * E);
    return ram_plus_text_logits(tape, s->model, image, text);
}

/* A logit that overflowed says nothing: no score. */
static float sigmoid(double logit)
{
    return isfinite(logit) ? (float)(1 / (1 + exp(-logit))) : NAN;
}

static void sigmoids(int64_t n, float *x)
{
    for (int64_t k = 0; k < n; k++) x[k] = sigmoid((double)x[k]);
}

static void logits_as_they_are(int64_t n, float *x)
{
    for (int64_t k = 0; k < n; k++)
        if (!isfinite(x[k])) x[k] = NAN;
}

/* In the order of the tags, so that neither tiles nor threads change a bit. One logit that
 * overflowed leaves no score of the image. */
static void softmax(int64_t n, float *x)
{
    double top = -HUGE_VAL, sum = 0;
    bool finite = true;
    for (int64_t k = 0; k < n; k++) {
        finite = finite && isfinite(x[k]);
        top = fmax(top, (double)x[k]);
    }
    for (int64_t k = 0; k < n; k++) sum += exp((double)x[k] - top);
    for (int64_t k = 0; k < n; k++)
        x[k] = finite ? (float)(exp((double)x[k] - top) / sum) : NAN;
}

/* Logits of tags or texts first .. first+K-1 to their places in the rows of logit [B, all]. */
static void read_tile(const Scorer *s, Tape *tape, const Encoded *image, int64_t B,
                      int64_t first, int64_t K, float *logit)
{
    const TapeMark mark = tape_mark(tape);
    const int64_t all = scorer_columns(s);
    Tensor *x = logits(s, tape, image, first, K);
    float *tile = tape_alloc(tape, (size_t)(B * K) * sizeof *tile);
    tensor_read(x, tile);
    for (int64_t b = 0; b < B; b++)
        memcpy(logit + b * all + first, tile + b * K, (size_t)K * sizeof *tile);
    tape_rewind(tape, mark);
}

typedef void FromLogits(int64_t n, float *x);

static FromLogits *from_logits(const Scorer *s)
{
    if (s->raw) return logits_as_they_are;
    return scorer_softmax(s) ? softmax : sigmoids;
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
    const int64_t S = scorer_image_size(s), K = scorer_columns(s);
    const int64_t first = shards_first(s->shards, v->B, i);
    const int64_t B = shards_first(s->shards, v->B, i + 1) - first;
    Tensor *x = tape_input(tape, 4, (int64_t[]){B, 3, S, S}, v->pixels + first * 3 * S * S);
    const Encoded image = encode(s, tape, x);
    const int64_t tile = s->config->model.tile / B > 0 ? s->config->model.tile / B : 1;
    float *score = v->score + first * K;
    for (int64_t k = 0; k < K; k += tile)
        read_tile(s, tape, &image, B, k, K - k < tile ? K - k : tile, score);
    for (int64_t b = 0; b < B; b++) from_logits(s)(K, score + b * K);
    tape_rewind(tape, mark);
}

void scorer_pixels(const Scorer *s, int64_t B, const float *pixels, float *score)
{
    const bool recording = tape_recording(s->shards->joint);
    const bool training = tape_training(s->shards->joint);
    Views views = {s, B, pixels, score};
    shards_set_recording(s->shards, false);
    shards_set_training(s->shards, false);
    shards_run(s->shards, B, score_shard, &views);
    shards_set_recording(s->shards, recording);
    shards_set_training(s->shards, training);
}

int scorer_read(const Scorer *s, const char *path, Image *out, Error *damage, Error *err)
{
    ImageRules rules = data_image_rules(&s->config->data);
    rules.tars = s->tars;
    return image_read(path, &rules, out, damage, err);
}

void scorer_view(const Scorer *s, const Image *image, float *pixels)
{
    const Config *c = s->config;
    const EvalView view = {.size = scorer_image_size(s),
                           .filter = (enum ResizeFilter)c->eval.interpolation,
                           .shortest = c->eval.resize == EVAL_SHORTEST,
                           .mean = c->eval.mean.value,
                           .std = c->eval.std.value};
    transform_view(image, &view, pixels);
}
