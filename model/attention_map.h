/* SPDX-License-Identifier: Apache-2.0 */
/* The decoder's cross-attention for a tag, as a map over the image. */
#ifndef RAMPLUS_MODEL_ATTENTION_MAP_H
#define RAMPLUS_MODEL_ATTENTION_MAP_H

#include "model/ram_plus.h"

/* Tokens along one side of the map: the grid of the encoder. */
int64_t attention_map_side(const RamPlus *m);

/* Fills map [n, side, side] for n tags of the bank on a batch of one image: the attention
 * probabilities of the tag's query, averaged over heads and layers. The pooled token has no
 * position and is left out, so a map sums to 1 minus that token's share. Tags are computed one
 * at a time, so memory does not grow with n. CHECKs that the tape does not record. */
void attention_map(Tape *tape, const RamPlus *m, const RamPlusImage *image,
                   const LabelBank *bank, int64_t n, const int64_t *tag, float *map);

#endif
