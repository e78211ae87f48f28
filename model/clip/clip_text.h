/* SPDX-License-Identifier: Apache-2.0 */
/* CLIP's text tower (Radford et al. 2021; model.py of openai/CLIP): tokens to a feature at the end token.
 * Deliberately different: no padding, shared beginnings once, the last block at the end tokens only;
 * the numbers are the same up to rounding. */
#ifndef RAMPLUS_MODEL_CLIP_CLIP_TEXT_H
#define RAMPLUS_MODEL_CLIP_CLIP_TEXT_H

#include "model/clip/clip_block.h"
#include "model/clip/clip_pack.h"

typedef struct ClipTextConfig {
    ClipSizes sizes;
    int64_t vocabulary; /* V */
    int64_t context;    /* most tokens of a text */
} ClipTextConfig;

typedef struct ClipText ClipText;

int clip_text_check(const ClipTextConfig *config, Error *err); /* ERROR_DATA */
/* Adds the parameters under the names of OpenAI's files; projections are (out, in). Owned: clip_text_free. */
ClipText *clip_text_new(const ClipTextConfig *config, ParamSet *ps);
void clip_text_free(ClipText *m); /* accepts NULL */
const ClipTextConfig *clip_text_config(const ClipText *m);

/* Features of the packed texts -> [S, E], in their order. */
Tensor *clip_text_forward(Tape *t, const ClipText *m, const ClipPack *pack);

/* Features of n texts, id [n, stride] (padding is not read), in the caller's order; out [n, E], unit rows
 * when asked for. Works through packs of bounded size, without recording; leaves the tape as it was. */
void clip_text_encode(Tape *t, const ClipText *m, int64_t n, const int32_t *id, int64_t stride,
                      bool unit, float *out);

#endif
