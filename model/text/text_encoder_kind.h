/* SPDX-License-Identifier: Apache-2.0 */
/* The interface that every text encoder implements; internal to model/text. */
#ifndef RAMPLUS_MODEL_TEXT_TEXT_ENCODER_KIND_H
#define RAMPLUS_MODEL_TEXT_TEXT_ENCODER_KIND_H

#include "model/text/text_encoder.h"

typedef struct TextEncoderKind {
    const char *name;
    bool costly;
    /* Makes the private state. *dim is the required width (0: the encoder's own) and is set to
     * the actual width. */
    int (*open)(const TextEncoderConfig *config, int64_t *dim, void **state, Error *err);
    void (*close)(void *state);
    /* Adds everything that determines the vectors, except the text, to the hash. */
    void (*fingerprint)(const void *state, Hash *h);
    /* Fills out [n, dim] with unit rows. */
    int (*encode)(const void *state, const char *const *text, int64_t n, float *out,
                  Error *err);
} TextEncoderKind;

extern const TextEncoderKind text_clip_kind;   /* text_clip.c */
extern const TextEncoderKind text_siglip_kind; /* text_siglip.c */
extern const TextEncoderKind text_hash_kind;   /* text_hash.c */
extern const TextEncoderKind text_table_kind;  /* text_table.c */

#endif
