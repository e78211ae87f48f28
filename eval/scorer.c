/* SPDX-License-Identifier: Apache-2.0 */
/* Inference on pixels and on files. */
#include "eval/scorer.h"

#include "core/io/file.h"
#include "core/io/progress.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/parallel.h"
#include "core/stop.h"
#include "data/image/transform.h"

#include <math.h>
#include <string.h>

/* K: tags or texts. */
static int64_t columns(const Scorer *s) { return s->bank ? s->bank->tags : s->texts.count; }

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
    const int64_t all = columns(s);
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
    const int64_t S = ram_plus_shape(s->model).image_size, K = columns(s);
    const int64_t first = shards_first(s->shards, v->B, i);
    const int64_t B = shards_first(s->shards, v->B, i + 1) - first;
    Tensor *x = tape_input(tape, 4, (int64_t[]){B, 3, S, S}, v->pixels + first * 3 * S * S);
    const RamPlusImage image = ram_plus_image(tape, s->model, x);
    const int64_t tile = s->config->model.tile / B > 0 ? s->config->model.tile / B : 1;
    for (int64_t k = 0; k < K; k += tile)
        score_tile(s, tape, &image, B, k, K - k < tile ? K - k : tile, v->score + first * K);
    tape_rewind(tape, mark);
}

/* pixels [B, 3, S, S], normalized -> score [B, K] in [0, 1]. */
static void score_pixels(const Scorer *s, int64_t B, const float *pixels, float *score)
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
    const ImageRules rules = data_image_rules(&s->config->data);
    return image_read(path, &rules, out, damage, err);
}

void scorer_view(const Scorer *s, const Image *image, float *pixels)
{
    const Config *c = s->config;
    transform_eval(image, ram_plus_shape(s->model).image_size, c->eval.mean.value,
                   c->eval.std.value, pixels);
}

/* One batch of files to be read into pixels. */
typedef struct Load {
    const Scorer *scorer;
    char *const *path;
    float *pixels; /* [batch, 3, S, S] */
    bool *ok;
    Error *error; /* [batch] why a file could not be read, or is damaged */
} Load;

/* Fails if the machine could not read the file, which says nothing about the file. */
static int load_one(int64_t i, void *context, Error *err)
{
    const Load *l = context;
    const int64_t S = ram_plus_shape(l->scorer->model).image_size;
    Image image = {0};
    Error damage = {0};
    l->error[i] = (Error){0};
    l->ok[i] = scorer_read(l->scorer, l->path[i], &image, &damage, &l->error[i]) == 0;
    if (!l->ok[i] && l->error[i].code != ERROR_DATA) return error_move(err, &l->error[i]);
    if (l->ok[i]) scorer_view(l->scorer, &image, l->pixels + i * 3 * S * S);
    if (l->ok[i]) l->error[i] = damage;
    image_free(&image);
    return 0;
}

/* Images that were read although they are damaged. */
typedef struct Damaged {
    int64_t count;
    Error first;
} Damaged;

/* Reports what was wrong with the n files of a batch. why [n], or NULL. */
static void report(const Load *l, int64_t n, Damaged *damaged, char **why)
{
    for (int64_t i = 0; i < n; i++) {
        const Error *e = &l->error[i];
        if (why) why[i] = e->code ? mem_strdup(e->text) : NULL;
        if (!l->ok[i]) log_warn("skipped: %s", e->text);
        if (!l->ok[i] || !e->code) continue;
        if (damaged->count++ == 0) damaged->first = *e;
    }
}

/* Moves the images that could be read to the front, so that no time is spent on the others; row
 * j came from file from[j]. Returns the number of rows. */
static int64_t compact(const Load *l, int64_t n, int64_t floats, int64_t *from)
{
    int64_t good = 0;
    for (int64_t i = 0; i < n; i++) {
        if (!l->ok[i]) continue;
        if (good != i)
            memcpy(l->pixels + good * floats, l->pixels + i * floats,
                   (size_t)floats * sizeof(float));
        from[good++] = i;
    }
    return good;
}

/* A model whose numbers overflow must not rank anything. */
static int check_numbers(const float *score, int64_t K, const char *path, Error *err)
{
    int64_t bad = 0;
    for (int64_t k = 0; k < K; k++) bad += isnan(score[k]);
    if (!bad) return 0;
    return error_set(err, ERROR_NUMERIC,
                     "%s: %ld of %ld scores are not numbers: the weights or text vectors of "
                     "the model contain such values, or its numbers overflow",
                     path, bad, K);
}

/* Buffers for one batch. */
typedef struct Batch {
    Load load;
    Damaged damaged; /* so far */
    float *row;      /* [batch, K] scores of the images that could be read */
    int64_t *from;   /* [batch] file of each row */
} Batch;

static Batch batch_new(const Scorer *s)
{
    const int64_t S = ram_plus_shape(s->model).image_size;
    const size_t n = (size_t)s->config->eval.batch;
    return (Batch){.load = {.scorer = s,
                            .pixels = mem_alloc(n * (size_t)(3 * S * S) * sizeof(float)),
                            .error = mem_calloc(n, sizeof(Error))},
                   .row = mem_alloc(n * (size_t)columns(s) * sizeof(float)),
                   .from = mem_calloc(n, sizeof(int64_t))};
}

static void batch_free(Batch *b)
{
    mem_free(b->from);
    mem_free(b->row);
    mem_free(b->load.error);
    mem_free(b->load.pixels);
}

/* Scores `count` files. why [count], or NULL. Returns the number of files read or -1. */
static int64_t score_batch(Batch *b, char *const *path, int64_t count, float *score, bool *ok,
                           char **why, Error *err)
{
    const Scorer *s = b->load.scorer;
    const int64_t S = ram_plus_shape(s->model).image_size, K = columns(s);
    b->load.path = path;
    b->load.ok = ok;
    profile_mark(s->shards->profile, PROFILE_REST);
    if (parallel_try(count, load_one, &b->load, err) != 0) return -1;
    profile_mark(s->shards->profile, PROFILE_IMAGES);
    report(&b->load, count, &b->damaged, why);
    const int64_t good = compact(&b->load, count, 3 * S * S, b->from);
    if (good) score_pixels(s, good, b->load.pixels, b->row);
    for (int64_t j = 0; j < good; j++) {
        if (check_numbers(b->row + j * K, K, path[b->from[j]], err) != 0) return -1;
        memcpy(score + b->from[j] * K, b->row + j * K, (size_t)K * sizeof *score);
    }
    return good;
}

int64_t scorer_files(const Scorer *s, char *const *path, int64_t n, float *score, bool *ok,
                     char **why, Error *err)
{
    const int64_t batch = s->config->eval.batch, K = columns(s);
    int64_t total = 0, good = 0, i = 0;
    Batch b = batch_new(s);
    Progress progress = progress_start("scoring images", n);
    for (; i < n && good >= 0 && !stop_pending(); i += batch) {
        const int64_t count = n - i < batch ? n - i : batch;
        good =
            score_batch(&b, path + i, count, score + i * K, ok + i, why ? why + i : NULL, err);
        total += good;
        progress_step(&progress, i + count, NULL);
    }
    progress_end(&progress, i < n ? i : n);
    if (b.damaged.count)
        log_warn("%ld damaged images were scored as far as they can be read; the first: %s",
                 b.damaged.count, b.damaged.first.text);
    batch_free(&b);
    return good < 0 ? -1 : total;
}
