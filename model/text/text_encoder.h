/* SPDX-License-Identifier: Apache-2.0 */
/* Text to unit vectors. A new encoder is one file and one row of the table in text_encoder.c. */
#ifndef RAMPLUS_MODEL_TEXT_TEXT_ENCODER_H
#define RAMPLUS_MODEL_TEXT_TEXT_ENCODER_H

#include "core/error.h"
#include "core/hash.h"
#include "model/clip/clip_file.h"
#include "model/text/options.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct TextEncoder TextEncoder;

enum { TEXT_ENCODER_NAME = 16 }; /* bytes that hold any name */

/* All strings are borrowed until text_encoder_new returns. */
typedef struct TextEncoderConfig {
    enum TextKind
        kind;    /* built in; words and character n-grams | exact texts from a file | CLIP */
    int64_t dim; /* width wanted; 0: the encoder's own */
    const char *table; /* file of texts and vectors */
    bool bf16;         /* "clip": products of linear layers in bfloat16 (core/math/bf16.h) */
    ClipOptions clip;
} TextEncoderConfig;

/* The name of an encoder; NULL past the last. */
const char *text_encoder_kind_name(int kind);

/* ERROR_USAGE for a missing file name, ERROR_DATA for a bad table or vocabulary or another
 * width, ERROR_CHECKPOINT for weights that are no CLIP's. Owned: text_encoder_free. */
int text_encoder_new(const TextEncoderConfig *config, TextEncoder **out, Error *err);
void text_encoder_free(TextEncoder *e); /* accepts NULL */
int64_t text_encoder_dim(const TextEncoder *e);
/* As in the configuration; "clip/bf16" when it computes in bfloat16. */
const char *text_encoder_name(const TextEncoder *e);
/* 32 hex digits over all that its vectors depend on but the text, the precision and, for "hash", the width:
 * wherever two encoders of a name have one fingerprint, they give one text the same vector. */
const char *text_encoder_fingerprint(const TextEncoder *e);
/* Whether encoding a text takes so long that its vector is worth keeping (model/text/text_cache.h). */
bool text_encoder_costly(const TextEncoder *e);
/* out [n, dim], unit rows. "table" fails (ERROR_DATA) on a text it does not hold, naming it. */
int text_encoder_encode(const TextEncoder *e, const char *const *text, int64_t n, float *out,
                        Error *err);

#endif
