/* SPDX-License-Identifier: Apache-2.0 */
/* Scores of every tag of a bank, or of free texts, for images: the sigmoid of the logits,
 * computed batch by batch without recording for gradients. */
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

/* Reads and scores n files and shows progress. score [n, K]; ok [n]: the file could be read. A
 * file that cannot be read causes a warning, and its row is not written; files that are damaged
 * are scored as far as they can be read, and one warning counts them. Stops between two batches
 * when stop_pending.
 * why [n], if not NULL: for these files the reason, owned by the caller, for others NULL.
 * Returns the number of files read, or -1: ERROR_NUMERIC, naming the first file with a score
 * that is not a number; ERROR_RUNTIME if the machine cannot read a file (file_open.h). */
int64_t scorer_files(const Scorer *s, char *const *path, int64_t n, float *score, bool *ok,
                     char **why, Error *err);

/* scorer_read reads one image as the configuration requires (see image_read); scorer_view
 * computes the model's view of it: pixels [3, S, S]. */
int scorer_read(const Scorer *s, const char *path, Image *out, Error *damage, Error *err);
void scorer_view(const Scorer *s, const Image *image, float *pixels);

#endif
