/* SPDX-License-Identifier: Apache-2.0 */
/* CLIP's tokenizer (Radford et al. 2021; clip/simple_tokenizer.py of github.com/openai/CLIP).
 *
 * A text is mended (data/text/repair.h), references of HTML are resolved twice, white space collapses, letters
 * become small. It falls into pieces: the two markers, 's 't 're 've 'm 'll 'd, runs of letters, single
 * numbers, runs of anything else. The bytes of each piece are joined to entries of the vocabulary. */
#ifndef RAMPLUS_DATA_TEXT_TOKENIZER_H
#define RAMPLUS_DATA_TEXT_TOKENIZER_H

#include "core/error.h"

#include <stdint.h>

typedef struct Tokenizer Tokenizer;

/* path: a file of merges (data/text/bpe.h), packed or not. ERROR_DATA with file and line. Owned by the caller:
 * tokenizer_free. */
Tokenizer *tokenizer_open(const char *path, Error *err);
void tokenizer_free(Tokenizer *t); /* accepts NULL */

/* Ids: 0 to tokenizer_size - 1, the last two of them the markers. CLIP's files give 49,408. */
int32_t tokenizer_size(const Tokenizer *t);
int32_t tokenizer_start(const Tokenizer *t); /* of a text */
int32_t tokenizer_end(const Tokenizer *t);

/* The same for the same merges. */
uint64_t tokenizer_digest(const Tokenizer *t);

/* Ids of a text with its start and end marker, at most `context` (at least 2; CLIP: 77) of them: a longer
 * text is cut and its last id becomes the end marker. out [context], zero behind *length. A text that
 * itself contains an end marker has more than one; CLIP reads its feature at the first.
 * ERROR_DATA when the text is not UTF-8. Safe from many threads. */
int tokenizer_encode(const Tokenizer *t, const char *text, int64_t context, int32_t *out,
                     int64_t *length, Error *err);

#endif
