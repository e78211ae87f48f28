/* SPDX-License-Identifier: Apache-2.0 */
/* optim.*: the optimizer and its schedule. */
#ifndef RAMPLUS_OPTIM_OPTIONS_H
#define RAMPLUS_OPTIM_OPTIONS_H

#include "core/options/option.h"
#include "optim/adamw.h"
#include "optim/schedule.h"

enum MomentsPrecision { MOMENTS_FLOAT32, MOMENTS_BFLOAT16 };

typedef struct OptimOptions {
    double lr, min_lr;
    int schedule; /* enum Schedule */
    double lr_decay;
    int64_t warmup_steps;
    double warmup_lr;
    int64_t cosine_steps;
    double weight_decay;
    char *no_decay;
    double lr_width;
    OptionStrings lr_scale; /* each PATTERN=FACTOR */
    double beta1, beta2, eps, clip_norm, ema;
    int moments; /* enum MomentsPrecision */
    int64_t accumulate;
} OptimOptions;

extern const OptionTable optim_options;

/* The constants of AdamW for a run of this seed. */
AdamWConfig optim_adamw(const OptimOptions *o, int64_t seed);
/* The schedule of a run of `epochs` epochs. Resolves SCHEDULE_AUTO. */
ScheduleConfig optim_schedule(const OptimOptions *o, int64_t epochs);

#endif
