/* SPDX-License-Identifier: Apache-2.0 */
/* Scores of every tag of a bank, or of free texts, for images, computed without recording for
 * gradients: the sigmoid of the logits, or their softmax over the tags. */
#ifndef RAMPLUS_EVAL_SCORER_H
#define RAMPLUS_EVAL_SCORER_H

#include "configs/config.h"
#include "core/autograd/shards.h"
#include "data/image/image.h"
#include "eval/two_tower.h"
#include "model/label_bank.h"
#include "model/ram_plus.h"

/* Free texts as unit vectors, used as queries like the captions in training. */
typedef struct ScorerTexts {
    int64_t count;
    const float *row; /* [count, text width] */
} ScorerTexts;

typedef struct Scorer {
    const RamPlus *model;
    const LabelBank *bank;  /* NULL: score `texts` */
    const Config *config;   /* eval.*, loss.tag, model.tile, data.transparent */
    Shards *shards;         /* of a batch; their settings are restored, their arenas may grow */
    ScorerTexts texts;      /* used if bank is NULL */
    const TwoTower *towers; /* a baseline in place of the model; NULL: the model */
    bool raw;               /* logits instead: the sigmoid rounds high ones to one number */
    struct TarCache *tars;  /* of scorer_read (ImageRules.tars) */
} Scorer;

/* Side of the images that scorer_pixels takes. */
int64_t scorer_image_size(const Scorer *s);
/* K, the number of scores of an image: tags or texts. */
int64_t scorer_columns(const Scorer *s);

/* Whether the scores of an image are the softmax of its logits over all tags, which is what
 * they mean after a loss that normalizes over the tags; otherwise each is a sigmoid. eval.score
 * decides. Free texts always have sigmoids, because they do not exclude each other. */
bool scorer_softmax(const Scorer *s);
/* Whether they are (1 + cosine) / 2 instead (eval/dot.h). */
bool scorer_cosine(const Scorer *s);
/* scorer_softmax for the tags of any list. */
bool scorer_tags_softmax(const Config *c);
/* Warns that thresholds of 0.5 suit sigmoids of logits only, if scores are others. */
void scorer_warn_thresholds(const Config *c);

/* scorer_read reads one image as the configuration requires (see image_read); scorer_view
 * computes the model's view of it: pixels [3, S, S]. */
int scorer_read(const Scorer *s, const char *path, Image *out, Error *damage, Error *err);
void scorer_view(const Scorer *s, const Image *image, float *pixels);

/* pixels [B, 3, S, S], as scorer_view makes them -> score [B, K] in [0, 1] (raw: logits), or
 * NAN where a number overflowed; of a softmax, all scores of that image. */
void scorer_pixels(const Scorer *s, int64_t B, const float *pixels, float *score);

#endif
