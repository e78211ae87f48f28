/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors of texts that were encoded before, kept within a budget: the first that fit stay, since an epoch
 * asks for every caption once. */
#ifndef RAMPLUS_MODEL_TEXT_TEXT_CACHE_H
#define RAMPLUS_MODEL_TEXT_TEXT_CACHE_H

#include "model/text/text_encoder.h"

#include <stddef.h>

typedef struct TextCache TextCache;

/* budget: bytes; `most`: texts that will ever be asked for. The encoder is borrowed. */
TextCache *text_cache_new(const TextEncoder *encoder, int64_t most, size_t budget);
void text_cache_free(TextCache *c); /* accepts NULL */

/* As text_encoder_encode. Texts that are not kept reach the encoder one at a time: their vectors then
 * depend on nothing but the text, not even in the last bit, and a resumed run, which has kept
 * others, goes on with the same numbers. */
int text_cache_encode(TextCache *c, const char *const *text, int64_t n, float *out, Error *err);

int64_t text_cache_kept(const TextCache *c);  /* texts */
int64_t text_cache_found(const TextCache *c); /* requests that the cache has answered */

#endif
