/* SPDX-License-Identifier: Apache-2.0 */
/* Byte-pair encoding as CLIP and GPT-2 do it: a word's bytes are joined pair by pair, the pair that
 * was learned first at first (Sennrich et al. 2016, arXiv 1508.07909).
 *
 * A merges file has a header line, then one merge a line, `LEFT RIGHT`, in the order they were learned;
 * bytes are written as printable characters, the end of a word as `</w>`. The vocabulary is the
 * 256 bytes, the same at the end of a word, then one entry a merge. Merges beyond the 48,894 that CLIP
 * uses are ignored. */
#ifndef RAMPLUS_DATA_TEXT_BPE_H
#define RAMPLUS_DATA_TEXT_BPE_H

#include "core/error.h"

#include <stddef.h>
#include <stdint.h>

enum { BPE_MOST_MERGES = 49152 - 256 - 2, BPE_LONGEST_LINE = 1024 };

typedef struct Bpe Bpe;

/* Reads `bpe_simple_vocab_16e6.txt.gz`, the same unpacked, or a `merges.txt`. ERROR_DATA with file and
 * line: no header, not two parts, a part that is neither a byte nor an earlier merge, a pair that
 * stood before. Owned by the caller: bpe_free. */
int bpe_read(const char *path, Bpe **out, Error *err);
/* The same from text in memory; name stands for the file in messages. */
int bpe_parse(const char *name, const char *text, size_t len, Bpe **out, Error *err);
void bpe_free(Bpe *b); /* accepts NULL */

int32_t bpe_size(const Bpe *b); /* entries of the vocabulary: 512 + merges */

/* The same for the same merges, however their file was packed: FNV-1a 64 over all of them. */
uint64_t bpe_digest(const Bpe *b);

/* The entries that a word of n bytes becomes: fills out up to `room` and returns how many there are,
 * at most n. Safe from many threads. */
size_t bpe_encode(const Bpe *b, const uint8_t *word, size_t n, int32_t *out, size_t room);

#endif
