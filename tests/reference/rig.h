/* SPDX-License-Identifier: Apache-2.0 */
/* A RAM++ at the sizes of a fixture, with its inputs: what model.c and full.c have in common. */
#ifndef RAMPLUS_TESTS_REFERENCE_RIG_H
#define RAMPLUS_TESTS_REFERENCE_RIG_H

#include "model/backbone/swin_options.h"
#include "model/label_bank.h"
#include "model/ram_plus.h"
#include "tests/reference/fixture.h"
#include "tests/reference/golden.h"
#include "train/step.h"

typedef struct Rig {
    Golden *golden;
    Fixture fixture;
    RamPlusConfig config; /* no dropout, no stochastic depth */
    SwinOptions swin;     /* of its encoder */
    int64_t B, K, P, E;   /* batch, tags, descriptions a tag, text width */
    int64_t N;            /* image tokens */
    ParamSet *ps;
    RamPlus *model;
    LabelBank *bank;
    Tape *tape;
    float *image;        /* [B, 3, S, S] */
    float *image_tag;    /* [B, K] zeros and ones */
    int64_t *tag_offset; /* [B + 1] the same as ids, made by rig_step */
    int32_t *tag;        /* [B * K] at most */
    float *clip_image;   /* [B, E] */
    float *text;         /* [B, E] */
} Rig;

/* Reads the sizes, builds the model and allocates the inputs; parameters, bank and inputs are the
 * caller's to fill. width_from: a tensor whose last axis is the text width. Returns -1 after a failed
 * comparison that names what is wrong. Owned: rig_free, in both cases. */
int rig_new(Rig *r, Golden *g, const char *path, const char *width_from);
void rig_free(Rig *r);

/* Turns an error of the fixture into a failed comparison `what`: -1 if there was one. */
int rig_check(Rig *r, const char *what);

/* Zeroes the gradients and runs one step with the three losses at weight 1. */
StepLosses rig_step(Rig *r, const char *loss, int64_t tile);

/* The three losses of `object` {"tag", "distill", "align"}, 1e-5 relative, as PREFIX.tag, ... */
void rig_compare_losses(Rig *r, const char *prefix, const json_t *object, StepLosses got);

/* A parameter whose gradient is zero but for rounding: listed in the fixture's zero_gradient, the bias
 * of a key projection, and with softmax losses what moves all logits alike. */
bool rig_zero_gradient(const Rig *r, const char *name, bool softmax);

/* The L2 norm of every gradient against `object` {NAME: norm}: one comparison; names must agree in
 * both directions. */
void rig_compare_norms(Rig *r, const char *what, const json_t *object, bool softmax,
                       double tolerance);

/* The gradient of p as float32. Owned by the caller. */
float *rig_gradient(const Param *p);

#endif
