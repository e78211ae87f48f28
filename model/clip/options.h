/* SPDX-License-Identifier: Apache-2.0 */
/* clip.*: files of CLIP, and settings that do not follow from their tensors. */
#ifndef RAMPLUS_MODEL_CLIP_OPTIONS_H
#define RAMPLUS_MODEL_CLIP_OPTIONS_H

#include "core/options/option.h"

enum ClipActivation { CLIP_ACTIVATION_AUTO, CLIP_ACTIVATION_QUICK_GELU, CLIP_ACTIVATION_GELU };

typedef struct ClipOptions {
    const char *weights;    /* file or folder (model/clip/clip_folder.h); NULL or "": none */
    const char *vocabulary; /* file of merges; NULL or "": in the folder of the weights */
    int activation;         /* enum ClipActivation; auto: from config.json, else QuickGELU */
    int64_t text_heads, image_heads; /* 0: from config.json, else width / 64 */
    int64_t cache;                   /* MiB for vectors of captions */
} ClipOptions;

extern const OptionTable clip_options;

/* The name in configurations and in config.json; NULL past the last. */
const char *clip_activation_name(int activation);

#endif
