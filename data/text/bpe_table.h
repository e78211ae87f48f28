/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a Bpe, shared by its reader (bpe_read.c) and its use (bpe.c). */
#ifndef RAMPLUS_DATA_TEXT_BPE_TABLE_H
#define RAMPLUS_DATA_TEXT_BPE_TABLE_H

#include "data/text/bpe.h"

#include <stdbool.h>

/* Symbols 0 to 255 are the bytes, 256 to 511 the same at the end of a word, then those of merges. */
enum { BPE_END = 256, BPE_BYTES = 512 };

struct Bpe {
    int32_t merges;
    uint32_t slots;   /* a power of two, at most half full */
    uint32_t *pair;   /* [slots] left symbol << 16 | right symbol */
    uint16_t *rank;   /* [slots] of the pair; UINT16_MAX: free */
    uint16_t *joined; /* [merges] symbol that a merge makes */
    int32_t *entry;   /* [symbols] in the vocabulary */
};

/* Without merges, and with room for so many; `entry` is the reader's to fill. */
Bpe *bpe_new(int32_t merges);
/* The next merge; false if the pair is known. */
bool bpe_add(Bpe *b, uint16_t left, uint16_t right, uint16_t joined);

#endif
