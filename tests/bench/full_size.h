/* SPDX-License-Identifier: Apache-2.0 */
/* A full-size model and a batch for it: Swin at any size, 4,585 tags x 51 descriptions. */
#ifndef RAMPLUS_TESTS_BENCH_FULL_SIZE_H
#define RAMPLUS_TESTS_BENCH_FULL_SIZE_H

#include "train/step.h"

typedef struct FullSize {
    ParamSet *params;
    RamPlus *model;
    LabelBank *bank;
    StepInput input; /* random pixels, captions and features of the teacher */
} FullSize;

/* encoder: an index of swin_sizes; B images of S pixels. Owned: full_size_free. */
FullSize full_size_new(int encoder, int64_t B, int64_t S);
void full_size_free(FullSize *f);

#endif
