/* SPDX-License-Identifier: Apache-2.0 */
/* A cache of text vectors with a memory budget. The first vectors that fit stay, since every
 * epoch requests every caption once and eviction would not help. */
#ifndef RAMPLUS_MODEL_TEXT_TEXT_CACHE_H
#define RAMPLUS_MODEL_TEXT_TEXT_CACHE_H

#include "model/text/text_encoder.h"

#include <stddef.h>

typedef struct TextCache TextCache;

/* budget: bytes; max_texts: the number of different texts that will be requested. The encoder
 * is borrowed. Owned: text_cache_free. */
TextCache *text_cache_new(const TextEncoder *encoder, int64_t max_texts, size_t budget);
void text_cache_free(TextCache *c); /* accepts NULL */

/* Like text_encoder_encode. Texts that are not cached are encoded one at a time, so that the
 * last bits of a vector depend only on the text and not on its batch. A resumed run, whose
 * cache holds other texts, therefore computes the same numbers. */
int text_cache_encode(TextCache *c, const char *const *text, int64_t n, float *out, Error *err);

int64_t text_cache_kept(const TextCache *c);  /* number of cached texts */
int64_t text_cache_found(const TextCache *c); /* number of requests answered from the cache */

#endif
