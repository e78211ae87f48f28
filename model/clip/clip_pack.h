/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of different lengths as one matrix of tokens. The text tower is causal: what follows the end
 * token cannot change it, and what two texts start with has the same values in both. So texts are cut
 * behind their end token and sorted, and the rows of a text begin where it leaves the one before it. */
#ifndef RAMPLUS_MODEL_CLIP_CLIP_PACK_H
#define RAMPLUS_MODEL_CLIP_CLIP_PACK_H

#include "core/ops/ops.h"

/* One text: its tokens up to and including the end token. */
typedef struct ClipTokens {
    const int32_t *id; /* borrowed */
    int64_t length;
    int64_t text; /* the caller's number of it */
} ClipTokens;

/* The n rows of id [n, stride] as sorted texts; out [n]. As in the reference a text ends at the first
 * occurrence of its largest id, which in CLIP's vocabulary is the end token. */
void clip_pack_sort(int64_t n, const int32_t *id, int64_t stride, ClipTokens *out);

/* Some texts as R rows. All arrays are in the tape's arena. */
typedef struct ClipPack {
    int64_t rows;              /* R */
    int32_t *id, *at;          /* [R] token, and its position in the text */
    int64_t *last;             /* [S] row of each text's end token, rising */
    PackedSequences sequences; /* every row asks, in order */
    PackedSequences ends;      /* the same texts, of which only the end tokens ask */
} ClipPack;

/* Packs the first texts of `text` [n], sorted, as many as fit into max_rows but at least one. Returns how
 * many. */
int64_t clip_pack_fill(Tape *tape, const ClipTokens *text, int64_t n, int64_t max_rows,
                       ClipPack *out);

#endif
