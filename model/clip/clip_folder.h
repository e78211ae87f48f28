/* SPDX-License-Identifier: Apache-2.0 */
/* A CLIP folder in Hugging Face's layout: weights, config.json and merges. */
#ifndef RAMPLUS_MODEL_CLIP_CLIP_FOLDER_H
#define RAMPLUS_MODEL_CLIP_CLIP_FOLDER_H

#include "core/error.h"
#include "model/clip/options.h"

#include <stdint.h>

/* The file that clip.weights refers to: the file itself, or model.safetensors, else
 * pytorch_model.bin, in a folder. Owned (mem_free). ERROR_USAGE if the path is empty,
 * ERROR_DATA if the file does not exist or the folder has neither. */
int clip_folder_weights(const char *path, char **out, Error *err);

/* CLIP's merges in the folder of the weights: merges.txt or bpe_simple_vocab_16e6.txt.gz.
 * Owned; NULL if the folder has neither. */
char *clip_folder_merges(const char *weights);

/* The settings of a tower in config.json. */
typedef struct ClipSettings {
    int64_t heads;                  /* 0: unknown */
    enum ClipActivation activation; /* auto: unknown */
} ClipSettings;

/* Reads config.json in the folder of the weights. If the file is missing or describes another
 * model, all settings are unknown; keys that the file omits have Hugging Face's defaults.
 * tower: "text" or "image". ERROR_DATA for invalid JSON and unsupported values. */
int clip_folder_settings(const char *weights, const char *tower, ClipSettings *out, Error *err);

#endif
