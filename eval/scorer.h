/* SPDX-License-Identifier: Apache-2.0 */
/* Scores of every tag of a bank, or of free texts, for images: the sigmoid of the logits,
 * computed without recording for gradients. */
#ifndef RAMPLUS_EVAL_SCORER_H
#define RAMPLUS_EVAL_SCORER_H

#include "configs/config.h"
#include "core/autograd/shards.h"
#include "data/image/image.h"
#include "model/label_bank.h"
#include "model/ram_plus.h"

/* Free texts as unit vectors, used as queries like the captions in training. */
typedef struct ScorerTexts {
    int64_t count;
    const float *row; /* [count, text width] */
} ScorerTexts;

typedef struct Scorer {
    const RamPlus *model;
    const LabelBank *bank; /* NULL: score `texts` */
    const Config *config;  /* eval.batch, eval.mean, eval.std, model.tile, data.transparent */
    Shards *shards;        /* of a batch; their settings are restored, their arenas may grow */
    ScorerTexts texts;     /* used if bank is NULL */
} Scorer;

/* K, the number of scores of an image: tags or texts. */
int64_t scorer_columns(const Scorer *s);

/* scorer_read reads one image as the configuration requires (see image_read); scorer_view
 * computes the model's view of it: pixels [3, S, S]. */
int scorer_read(const Scorer *s, const char *path, Image *out, Error *damage, Error *err);
void scorer_view(const Scorer *s, const Image *image, float *pixels);

/* pixels [B, 3, S, S], as scorer_view makes them -> score [B, K] in [0, 1], or NAN where a
 * number overflowed. */
void scorer_pixels(const Scorer *s, int64_t B, const float *pixels, float *score);

#endif
