/* SPDX-License-Identifier: Apache-2.0 */
/* Packing texts of different lengths into one matrix of tokens. The text tower is causal:
 * tokens after the end token cannot affect it, and a common prefix of two texts has the same
 * values in both. Texts are therefore truncated after their end token and sorted, and each text
 * has rows only from the position where it differs from the previous one. */
#ifndef RAMPLUS_MODEL_CLIP_CLIP_PACK_H
#define RAMPLUS_MODEL_CLIP_CLIP_PACK_H

#include "core/ops/ops.h"

/* One text: its tokens up to and including the end token. */
typedef struct ClipTokens {
    const int32_t *id; /* borrowed */
    int64_t length;
    int64_t text; /* the caller's index */
} ClipTokens;

/* Fills out [n] with the texts of id [n, stride], sorted by tokens. As in the reference, a text
 * ends at the first occurrence of its largest id, which is the end token in CLIP's vocabulary.
 */
void clip_pack_sort(int64_t n, const int32_t *id, int64_t stride, ClipTokens *out);

/* S texts as R rows. All arrays are in the tape's arena. */
typedef struct ClipPack {
    int64_t rows;              /* R */
    int32_t *id, *at;          /* [R] token, and its position in the text */
    int64_t *last;             /* [S] row of each text's end token, ascending */
    PackedSequences sequences; /* every row is a query, in order */
    PackedSequences ends;      /* the same texts, with only the end tokens as queries */
} ClipPack;

/* Packs the first texts of the sorted `text` [n]: as many as fit into max_rows, but at least
 * one. Returns their number. */
int64_t clip_pack_fill(Tape *tape, const ClipTokens *text, int64_t n, int64_t max_rows,
                       ClipPack *out);

#endif
