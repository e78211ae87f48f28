/* SPDX-License-Identifier: Apache-2.0 */
/* RAM++ with tiny sizes, its inputs and its total loss, for tests of gradients. */
#ifndef RAMPLUS_TESTS_MODEL_GRAD_WORLD_H
#define RAMPLUS_TESTS_MODEL_GRAD_WORLD_H

#include "model/loss.h"
#include "model/ram_plus.h"
#include "tests/support/grad_check.h"

enum {
    GRAD_BATCH = 2,
    GRAD_SIDE = 64,
    GRAD_TAGS = 5,
    GRAD_WIDTH = 6,
    GRAD_HIDDEN = 8,
    GRAD_LOSSES = 5,
    GRAD_ENCODERS = 4 /* Swin, ViT twice, ConvNeXt */
};

typedef struct GradWorld {
    Tape *tape;
    ParamSet *ps;
    enum Reweight reweight; /* of the model; set both before grad_world_make */
    enum Align align;
    RamPlus *model;
    LabelBank *bank;
    LossOptions loss;
    LossParams params;
    float *image, teacher[GRAD_BATCH * GRAD_WIDTH], text[GRAD_BATCH * GRAD_WIDTH];
} GradWorld;

extern GradWorld grad_world; /* of the running test; each test has its own process */

/* Makes the world with one of the encoders and the first loss. */
void grad_world_make(int encoder);
void grad_world_free(void);
/* One of the losses: bce, asl, hill, splc or ce, for tags and captions. */
void grad_world_loss(int loss);

/* The total loss, with the tags in tiles; with `record`, adds its gradients to those of ps. */
double grad_world_run(int64_t tile, bool training, bool record);

#endif
