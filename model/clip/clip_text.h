/* SPDX-License-Identifier: Apache-2.0 */
/* CLIP's text tower (Radford et al. 2021; model.py of openai/CLIP), from tokens to the feature
 * at the end token. Deliberate differences: no padding, common prefixes are computed once, and
 * the last block is computed only at the end tokens; the results are equal up to rounding. */
#ifndef RAMPLUS_MODEL_CLIP_CLIP_TEXT_H
#define RAMPLUS_MODEL_CLIP_CLIP_TEXT_H

#include "model/clip/clip_block.h"
#include "model/clip/clip_pack.h"

typedef struct ClipTextConfig {
    ClipSizes sizes;
    int64_t vocabulary; /* V */
    int64_t context;    /* maximum number of tokens of a text */
} ClipTextConfig;

typedef struct ClipText ClipText;

/* ERROR_DATA for sizes that do not fit together. */
int clip_text_check(const ClipTextConfig *config, Error *err);
/* Adds the parameters under the names in OpenAI's files; projections are (out, in). Owned:
 * clip_text_free. */
ClipText *clip_text_new(const ClipTextConfig *config, ParamSet *ps);
void clip_text_free(ClipText *m);                          /* accepts NULL */
const ClipTextConfig *clip_text_config(const ClipText *m); /* borrowed */

/* Features of n texts, id [n, stride] (padding is not read), into out [n, E] in the caller's
 * order; unit rows if `unit`. Uses packs of bounded size and does not record; restores the
 * state of the tape. */
void clip_text_encode(Tape *t, const ClipText *m, int64_t n, const int32_t *id, int64_t stride,
                      bool unit, float *out);

#endif
