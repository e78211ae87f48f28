/* Scores of every tag of a bank on pictures: sigmoid of the logits, a batch at a time, without recording. */
#ifndef RAMPLUS_EVAL_SCORER_H
#define RAMPLUS_EVAL_SCORER_H

#include "data/image.h"
#include "eval/config.h"
#include "model/label_bank.h"
#include "model/ram_plus.h"

typedef struct Scorer {
    const RamPlus *model;
    const LabelBank *bank;
    const Config *config; /* eval.batch, eval.mean, eval.std, model.tile, data.transparent */
    Tape *tape;           /* left as it was, but for its memory */
} Scorer;

/* pixels [B, 3, S, S], normalised -> score [B, K] in [0, 1]. */
void scorer_pixels(const Scorer *s, int64_t B, const float *pixels, float *score);

/* Reads and scores n files (relative to root) with progress. score [n, K]; ok [n]: the file could be read. A bad
 * file is named in a warning, its row is left alone. Returns the number of good ones. */
int64_t scorer_files(const Scorer *s, const char *root, char *const *path, int64_t n,
                     float *score, bool *ok);

#endif
