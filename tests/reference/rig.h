/* SPDX-License-Identifier: Apache-2.0 */
/* A RAM++ with the sizes of a fixture and its inputs, shared by model.c and full.c. */
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
    SwinOptions swin;     /* options of its encoder */
    int64_t B, K, P, E;   /* batch, tags, descriptions per tag, text width */
    int64_t N;            /* image tokens */
    ParamSet *ps;
    RamPlus *model;
    LabelBank *bank;
    Shards *shards;      /* as in training */
    Tape *tape;          /* the joint one */
    float *image;        /* [B, 3, S, S] */
    float *image_tag;    /* [B, K] in {0, 1} */
    int64_t *tag_offset; /* [B + 1] image_tag as ids, filled by rig_step */
    int32_t *tag;        /* [up to B * K] */
    float *clip_image;   /* [B, E] */
    float *text;         /* [B, E] */
} Rig;

/* Reads the sizes, builds the model and allocates the inputs; the caller fills parameters, bank
 * and inputs. width_from: a tensor whose last axis is the text width. Returns -1 after a failed
 * comparison that names the reason. The caller calls rig_free in both cases. */
int rig_new(Rig *r, Golden *g, const char *path, const char *width_from);
void rig_free(Rig *r);

/* Turns an error of the fixture into a failed comparison `what` and returns -1; otherwise
 * returns 0. */
int rig_check(Rig *r, const char *what);

/* Zeroes the gradients and runs one step with the three losses at weight 1. */
StepLosses rig_step(Rig *r, const char *loss, int64_t tile);

/* Compares the three losses with `object` {"tag", "distill", "align"}, 1e-5 relative, as
 * PREFIX.tag, ... */
void rig_compare_losses(Rig *r, const char *prefix, const json_t *object, StepLosses got);

/* Whether the gradient of a parameter is zero except for rounding: it is listed in the
 * fixture's zero_gradient, is the bias of a key projection, or, with softmax losses, shifts all
 * logits equally. */
bool rig_zero_gradient(const Rig *r, const char *name, bool softmax);

/* Compares the L2 norm of every gradient with `object` {NAME: norm} in one comparison. Both
 * must have the same names. */
void rig_compare_norms(Rig *r, const char *what, const json_t *object, bool softmax,
                       double tolerance);

/* The gradient of p as float32, which the caller frees. */
float *rig_gradient(const Param *p);

#endif
