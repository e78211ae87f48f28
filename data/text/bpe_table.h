/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of a Bpe, shared by its reader (bpe_read.c) and its encoder (bpe.c). */
#ifndef RAMPLUS_DATA_TEXT_BPE_TABLE_H
#define RAMPLUS_DATA_TEXT_BPE_TABLE_H

#include "data/text/bpe.h"

#include <stdbool.h>

/* Symbols 0 to 255 are the bytes, 256 to 511 the bytes at the end of a word; the results of
 * merges follow. */
enum { BPE_END = 256, BPE_BYTES = 512 };

struct Bpe {
    int32_t merges;
    uint32_t slots;   /* a power of two, at most half full */
    uint32_t *pair;   /* [slots] left symbol << 16 | right symbol */
    uint16_t *rank;   /* [slots] rank of the pair; UINT16_MAX: free slot */
    uint16_t *joined; /* [merges] symbol that the merge produces */
    int32_t *entry;   /* [symbols] position in the vocabulary */
};

/* Allocates a Bpe without merges and with room for `merges` of them; the reader fills
 * `entry`. The caller owns it (bpe_free). */
Bpe *bpe_new(int32_t merges);
/* Adds the next merge; returns false if the pair is already known. */
bool bpe_add(Bpe *b, uint16_t left, uint16_t right, uint16_t joined);

#endif
