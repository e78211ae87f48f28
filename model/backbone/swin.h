/* SPDX-License-Identifier: Apache-2.0 */
/* Swin Transformer v1 encoder (Liu et al. 2021), parameter names of the reference. */
#ifndef RAMPLUS_MODEL_BACKBONE_SWIN_H
#define RAMPLUS_MODEL_BACKBONE_SWIN_H

#include "model/backbone/backbone.h"

enum { SWIN_STAGES = 4 };

/* All sizes of a Swin. */
typedef struct SwinConfig {
    int64_t image_size;          /* S, pixels; divisible by 32 */
    int64_t embed_dim;           /* C of the first stage; the output has 8C */
    int64_t depths[SWIN_STAGES]; /* blocks per stage */
    int64_t heads[SWIN_STAGES];
    int64_t window;   /* side; at most the side of the map */
    double drop_path; /* rate of the last block, rising linearly from 0 */
    bool fan_in;      /* initial weights keep the variance, see RamPlusConfig */
} SwinConfig;

/* ERROR_USAGE for sizes that do not fit (grid not divisible by the window, heads not dividing
 * C). */
int swin_check(const SwinConfig *config, Error *err);

#endif
