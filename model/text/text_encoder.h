/* SPDX-License-Identifier: Apache-2.0 */
/* Encoding texts as unit vectors. A new encoder is one file and one row of the table in
 * text_encoder.c. */
#ifndef RAMPLUS_MODEL_TEXT_TEXT_ENCODER_H
#define RAMPLUS_MODEL_TEXT_TEXT_ENCODER_H

#include "core/error.h"
#include "core/hash.h"
#include "model/clip/clip_file.h"
#include "model/text/options.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct TextEncoder TextEncoder;

enum { TEXT_ENCODER_NAME = 16 }; /* bytes of the longest name, including its NUL */

/* All strings are borrowed until text_encoder_new returns. */
typedef struct TextEncoderConfig {
    enum TextKind kind;
    int64_t dim;       /* required width; 0: the encoder's own */
    const char *table; /* TEXT_TABLE: file of texts and vectors */
    bool bf16;         /* TEXT_CLIP: products of linear layers in bfloat16 (core/math/bf16.h) */
    ClipOptions clip;
} TextEncoderConfig;

/* The name of encoder `kind`; NULL past the last. */
const char *text_encoder_kind_name(int kind);

/* ERROR_USAGE for a missing file name, ERROR_DATA for an invalid table or vocabulary or another
 * width, ERROR_CHECKPOINT for weights that are not CLIP's. Owned: text_encoder_free. */
int text_encoder_new(const TextEncoderConfig *config, TextEncoder **out, Error *err);
void text_encoder_free(TextEncoder *e); /* accepts NULL */
int64_t text_encoder_dim(const TextEncoder *e);
/* The name as in the configuration; "clip/bf16" when the encoder computes in bfloat16. */
const char *text_encoder_name(const TextEncoder *e);
/* 32 hex digits: the hash of everything that determines the vectors, except the text, the
 * precision and, for "hash", the width. Two encoders with equal names and fingerprints give
 * equal vectors for equal texts. */
const char *text_encoder_fingerprint(const TextEncoder *e);
/* Whether encoding a text is so slow that its vector should be cached
 * (model/text/text_cache.h). */
bool text_encoder_costly(const TextEncoder *e);
/* Fills out [n, dim] with unit rows. ERROR_DATA if a "table" lacks a text; the message names
 * the text. */
int text_encoder_encode(const TextEncoder *e, const char *const *text, int64_t n, float *out,
                        Error *err);

#endif
