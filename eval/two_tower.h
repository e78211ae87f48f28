/* SPDX-License-Identifier: Apache-2.0 */
/* The image tower of a model that scores by a dot product, as a baseline: CLIP (Radford et al.
 * 2021) or SigLIP (Zhai et al. 2023). Its text tower is the text encoder of the
 * configuration. */
#ifndef RAMPLUS_EVAL_TWO_TOWER_H
#define RAMPLUS_EVAL_TWO_TOWER_H

#include "configs/config.h"
#include "core/autograd/param.h"
#include "model/clip/clip_image.h"
#include "model/clip/siglip_image.h"

typedef struct TwoTower {
    ParamSet *params;
    ClipImage *clip; /* one of the two */
    SiglipImage *siglip;
    double scale, bias; /* learned: logit = scale cosine + bias */
    bool sigmoid; /* whether the sigmoid of that logit is what the model was trained for */
} TwoTower;

/* The file of a two-tower model: the path itself or the weights in that folder. Owned; NULL if
 * it is none, such as a checkpoint, a run folder or a file that cannot be read. */
char *two_tower_find(const char *path);

/* Opens the image tower of the file that two_tower_find gave. *c receives a configuration that
 * evaluates the model as published: its own text encoder, image size and pixel statistics,
 * with the changes of the assignments. Codes of config_load and clip_file_image. Owned:
 * two_tower_free and config_free. */
int two_tower_open(const char *file, char *const *assignment, int64_t assignments, Config *c,
                   TwoTower **out, Error *err);
void two_tower_free(TwoTower *m); /* accepts NULL */

int64_t two_tower_image_size(const TwoTower *m); /* S, pixels */
/* image [B, 3, S, S] -> unit rows [B, E] */
Tensor *two_tower_features(Tape *t, const TwoTower *m, Tensor *image);

#endif
