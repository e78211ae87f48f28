/* SPDX-License-Identifier: Apache-2.0 */
/* Where the decoder looks for a tag: its cross-attention as a map over the image. */
#ifndef RAMPLUS_MODEL_ATTENTION_MAP_H
#define RAMPLUS_MODEL_ATTENTION_MAP_H

#include "model/ram_plus.h"

/* Tokens along a side of the map: the grid of the encoder. */
int64_t attention_map_side(const RamPlus *m);

/* map [n, side, side] of n tags of the bank on a batch of one image: attention probabilities of the tag's
 * query, mean over heads and layers. The first token is the mean of the others and stands
 * nowhere: it is left out, and what a map lacks to a sum of 1 is its share. One tag at a time, so
 * that memory does not grow with n. The tape does not record. */
void attention_map(Tape *tape, const RamPlus *m, const RamPlusImage *image,
                   const LabelBank *bank, int64_t n, const int64_t *tag, float *map);

#endif
