/* SPDX-License-Identifier: Apache-2.0 */
/* SigLIP's tokenizer: a unigram model of SentencePiece (Kudo 2018; Kudo and Richardson 2018).
 *
 * A text becomes lower case, loses ASCII punctuation, and its white space is collapsed, as in
 * Hugging Face's SiglipTokenizer; then it is in normalization form KC unless the model says
 * otherwise. Of all ways to cut it into pieces of the vocabulary, the one with the largest sum
 * of scores is taken. Deliberate difference: the form is Unicode's, with the blanks and control
 * characters of SentencePiece's table nmt_nfkc, not the table in the file. */
#ifndef RAMPLUS_DATA_TEXT_UNIGRAM_H
#define RAMPLUS_DATA_TEXT_UNIGRAM_H

#include "core/error.h"

#include <stdint.h>

typedef struct Unigram Unigram;

/* path: a model of SentencePiece (spiece.model). ERROR_DATA for a file that is none, or whose
 * model is no unigram model. The caller owns the result (unigram_free). */
Unigram *unigram_open(const char *path, Error *err);
void unigram_free(Unigram *u); /* accepts NULL */

int32_t unigram_size(const Unigram *u);    /* ids run from 0 to size - 1 */
uint64_t unigram_digest(const Unigram *u); /* of the file */

/* Writes the ids of a text, its end marker and the end marker again up to `context` (at least
 * 1) to out. A longer text is cut off before the end marker. ERROR_DATA if the text is not
 * UTF-8. Thread-safe. */
int unigram_encode(const Unigram *u, const char *text, int64_t context, int32_t *out,
                   Error *err);

#endif
