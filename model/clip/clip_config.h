/* SPDX-License-Identifier: Apache-2.0 */
/* What the shapes of CLIP's weights do not tell, from the configuration in their folder:
 * config.json of Hugging Face, or open_clip_config.json. */
#ifndef RAMPLUS_MODEL_CLIP_CLIP_CONFIG_H
#define RAMPLUS_MODEL_CLIP_CLIP_CONFIG_H

#include "core/error.h"
#include "model/clip/options.h"

#include <stdint.h>

/* The settings of a tower. */
typedef struct ClipSettings {
    const char *file;               /* "config.json": where they come from; NULL: nowhere */
    int64_t heads;                  /* 0: unknown */
    enum ClipActivation activation; /* auto: unknown */
    double eps;                     /* of layer norms; 0: unknown */
} ClipSettings;

/* Reads the configuration in the folder of the weights; for files named as open_clip's,
 * preferably open_clip's. If there is none, or it describes another model, all settings are
 * unknown; keys that it omits have the defaults of Hugging Face or open_clip. tower: "text" or
 * "image". ERROR_DATA for invalid JSON, and for settings of a model that is not computed
 * here. */
int clip_config_read(const char *weights, const char *tower, ClipSettings *out, Error *err);

#endif
