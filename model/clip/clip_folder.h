/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of CLIP as Hugging Face lays it out: weights, config.json and merges beside each other. */
#ifndef RAMPLUS_MODEL_CLIP_CLIP_FOLDER_H
#define RAMPLUS_MODEL_CLIP_CLIP_FOLDER_H

#include "core/error.h"
#include "model/clip/options.h"

#include <stdint.h>

/* The file meant by clip.weights: itself, or in a folder model.safetensors or else pytorch_model.bin. Owned
 * (mem_free). ERROR_USAGE when the path is empty, ERROR_DATA when there is no such file or the
 * folder has neither. */
int clip_folder_weights(const char *path, char **out, Error *err);

/* CLIP's merges beside the file of weights: merges.txt or bpe_simple_vocab_16e6.txt.gz. Owned; NULL when
 * there are none. */
char *clip_folder_merges(const char *weights);

/* What config.json says of a tower. */
typedef struct ClipSettings {
    int64_t heads;                  /* 0: nothing */
    enum ClipActivation activation; /* auto: nothing */
} ClipSettings;

/* Reads config.json beside the file of weights; no such file, or one of another model, says nothing. What
 * Hugging Face leaves out of it has its default there. tower: "text" or "image". ERROR_DATA for what is no
 * JSON, and values that no tower here can have. */
int clip_folder_settings(const char *weights, const char *tower, ClipSettings *out, Error *err);

#endif
