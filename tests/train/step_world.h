/* SPDX-License-Identifier: Apache-2.0 */
/* A small model, a batch of three images with tags, captions and a teacher, and shards, for
 * tests of a training step. */
#ifndef RAMPLUS_TESTS_TRAIN_STEP_WORLD_H
#define RAMPLUS_TESTS_TRAIN_STEP_WORLD_H

#include "train/step.h"

enum { WORLD_SHARDS = 2, WORLD_B = 3, WORLD_TAGS = 11, WORLD_E = 24, WORLD_SIDE = 32 };

typedef struct StepWorld {
    ParamSet *ps;
    RamPlus *model;
    LabelBank *bank; /* two texts for each tag */
    Shards *shards;
    LossOptions losses; /* step_world_config sets them */
    float image[WORLD_B * 3 * WORLD_SIDE * WORLD_SIDE];
    float text[WORLD_B * WORLD_E], clip[WORLD_B * WORLD_E];
} StepWorld;

/* The same numbers every time; computes on 2 threads. Owned: step_world_free. */
void step_world_new(StepWorld *w);
void step_world_free(StepWorld *w);

/* Images from .. from + n - 1 with all that belongs to them, borrowed from w. The second image
 * has no tags. */
StepInput step_world_part(const StepWorld *w, int64_t from, int64_t n);
StepInput step_world_input(const StepWorld *w); /* all of them */

/* The same loss for tags and captions with the default options, borrowed from w. */
StepConfig step_world_config(StepWorld *w, const char *loss, int64_t tile);
/* Changes an option of w->losses: "loss.KEY=VALUE". */
void step_world_set(StepWorld *w, const char *assignment);

/* Copies the gradients of all parameters and sets them to 0. Owned: mem_free. */
float *step_world_take_grads(StepWorld *w);
double step_world_norm(const StepWorld *w, const float *grad); /* of [w->ps->len] */

#endif
