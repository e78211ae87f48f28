/* SPDX-License-Identifier: Apache-2.0 */
/* Scores of every tag of a bank, or of free texts, on images: sigmoid of the logits, a batch at
 * a time, without recording. */
#ifndef RAMPLUS_EVAL_SCORER_H
#define RAMPLUS_EVAL_SCORER_H

#include "configs/config.h"
#include "data/image/image.h"
#include "model/label_bank.h"
#include "model/ram_plus.h"

/* Free texts as unit vectors, asked like the captions in training. */
typedef struct ScorerTexts {
    int64_t count;
    const float *row; /* [count, text width] */
} ScorerTexts;

typedef struct Scorer {
    const RamPlus *model;
    const LabelBank *bank; /* NULL: texts */
    const Config *config;  /* eval.batch, eval.mean, eval.std, model.tile, data.transparent */
    Tape *tape;            /* left as it was, but for its memory */
    ScorerTexts texts;     /* where there is no bank */
} Scorer;

int64_t scorer_columns(const Scorer *s); /* K: tags or texts */

/* pixels [B, 3, S, S], normalized -> score [B, K] in [0, 1]. */
void scorer_pixels(const Scorer *s, int64_t B, const float *pixels, float *score);

/* Reads and scores n files (relative to root) with progress. score [n, K]; ok [n]: the file
 * could be read. A bad file is named in a warning, its row is left alone. Returns the number of
 * good ones. */
int64_t scorer_files(const Scorer *s, const char *root, char *const *path, int64_t n,
                     float *score, bool *ok);

/* One image as the model's configuration wants it read, and its view: pixels [3, S, S].
 * ERROR_DATA. */
int scorer_read(const Scorer *s, const char *path, Image *out, Error *err);
void scorer_view(const Scorer *s, const Image *image, float *pixels);

#endif
