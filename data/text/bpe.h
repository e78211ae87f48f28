/* SPDX-License-Identifier: Apache-2.0 */
/* Byte-pair encoding as in CLIP and GPT-2: a word starts as its bytes, and adjacent symbols
 * are joined pair by pair, in the order in which the pairs were learned (Sennrich et al.
 * 2016, arXiv 1508.07909).
 *
 * A merges file has a header line, then one merge per line, `LEFT RIGHT`, in learned order;
 * bytes are written as printable characters, the end of a word as `</w>`. The vocabulary is
 * the 256 bytes, the same 256 bytes at the end of a word, then one entry per merge. Merges
 * beyond the 48,894 that CLIP uses are ignored. */
#ifndef RAMPLUS_DATA_TEXT_BPE_H
#define RAMPLUS_DATA_TEXT_BPE_H

#include "core/error.h"

#include <stddef.h>
#include <stdint.h>

enum { BPE_MAX_MERGES = 49152 - 256 - 2, BPE_MAX_LINE = 1024 };

typedef struct Bpe Bpe;

/* Reads `bpe_simple_vocab_16e6.txt.gz`, the same file unpacked, or a `merges.txt`.
 * ERROR_DATA with file and line: a missing header, a line that is not two parts, a part that
 * is neither a byte nor an earlier merge, a repeated pair. The caller owns *out (bpe_free). */
int bpe_read(const char *path, Bpe **out, Error *err);
/* Like bpe_read, from `len` bytes in memory; `name` replaces the path in messages. */
int bpe_parse(const char *name, const char *text, size_t len, Bpe **out, Error *err);
void bpe_free(Bpe *b); /* accepts NULL */

int32_t bpe_size(const Bpe *b); /* number of vocabulary entries: 512 + merges */

/* FNV-1a 64 over all merges; equal for equal merges, however their file is compressed. */
uint64_t bpe_digest(const Bpe *b);

/* Encodes a word of n bytes: writes up to `room` vocabulary entries to out and returns their
 * number, at most n. Thread-safe. */
size_t bpe_encode(const Bpe *b, const uint8_t *word, size_t n, int32_t *out, size_t room);

#endif
