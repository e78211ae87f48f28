/* SPDX-License-Identifier: Apache-2.0 */
/* CLIP's tokenizer (Radford et al. 2021; clip/simple_tokenizer.py of
 * github.com/openai/CLIP).
 *
 * A text is repaired (data/text/repair.h), its HTML references are resolved twice, white
 * space is collapsed, and letters become lower case. The text is split into pieces: the two
 * markers, 's 't 're 've 'm 'll 'd, runs of letters, single digits, runs of other
 * characters. Byte-pair encoding turns each piece into vocabulary entries. */
#ifndef RAMPLUS_DATA_TEXT_TOKENIZER_H
#define RAMPLUS_DATA_TEXT_TOKENIZER_H

#include "core/error.h"

#include <stdint.h>

typedef struct Tokenizer Tokenizer;

/* path: a merges file (data/text/bpe.h), compressed or not. ERROR_DATA with file and line.
 * The caller owns the result (tokenizer_free). */
Tokenizer *tokenizer_open(const char *path, Error *err);
void tokenizer_free(Tokenizer *t); /* accepts NULL */

/* Number of ids: they run from 0 to tokenizer_size - 1, and the last two are the markers.
 * CLIP's files give 49,408. */
int32_t tokenizer_size(const Tokenizer *t);
int32_t tokenizer_start(const Tokenizer *t); /* id of the start marker */
int32_t tokenizer_end(const Tokenizer *t);   /* id of the end marker */

/* Digest of the merges (bpe_digest). */
uint64_t tokenizer_digest(const Tokenizer *t);

/* Writes the ids of a text with its start and end markers to out [context], zero from
 * *length on. At most `context` ids (at least 2; CLIP: 77) fit: a longer text is truncated
 * and its last id becomes the end marker. A text that itself contains an end marker yields
 * more than one; CLIP reads its feature at the first. ERROR_DATA if the text is not UTF-8.
 * Thread-safe. */
int tokenizer_encode(const Tokenizer *t, const char *text, int64_t context, int32_t *out,
                     int64_t *length, Error *err);

#endif
