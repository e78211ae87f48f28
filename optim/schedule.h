/* SPDX-License-Identifier: Apache-2.0 */
/* Learning rate schedules, without state: the rate is a function of the position in training.
 *
 * A run has E epochs of `steps` optimizer steps each; t = epoch * steps + step; w =
 * warmup_steps.
 *   warm-up         min(lr, warmup_lr + (lr - warmup_lr) t / w)
 *   "reference"     warm-up while t < w in epoch 0, lr for the rest of epoch 0; then
 *                   max(min_lr, lr rate^epoch). As in the reference, which warms up only in
 *                   epoch 0, an epoch shorter than w ends the warm-up early.
 *   "cosine_epoch"  (lr - min_lr) (1 + cos(pi epoch / E)) / 2 + min_lr: the reference's
 *                   fine-tuning
 *   "cosine"        warm-up while t < w; then, with u = (t - w) / (T - w),
 *                   (lr - min_lr) (1 + cos(pi u)) / 2 + min_lr
 *   "constant"      warm-up while t < w; then lr */
#ifndef RAMPLUS_OPTIM_SCHEDULE_H
#define RAMPLUS_OPTIM_SCHEDULE_H

#include <stdint.h>

/* In the order of the choices of optim.schedule. */
enum Schedule {
    SCHEDULE_AUTO, /* resolved by optim_schedule */
    SCHEDULE_REFERENCE,
    SCHEDULE_COSINE_EPOCH,
    SCHEDULE_COSINE,
    SCHEDULE_CONSTANT
};

typedef struct ScheduleConfig {
    enum Schedule kind;   /* not SCHEDULE_AUTO */
    double lr;            /* maximum rate */
    double min_lr;        /* minimum rate after the warm-up */
    double warmup_lr;     /* rate of the first step */
    double rate;          /* "reference": factor per epoch */
    int64_t warmup_steps; /* 0: no warm-up */
    int64_t epochs;       /* E, of the whole run */
    int64_t total_steps;  /* "cosine": T; 0: E * steps */
} ScheduleConfig;

/* The rate of optimizer step `step` (from 0, within the epoch) of `epoch` (from 0); an epoch
 * has `steps_per_epoch` steps. CHECKs the kind. */
double schedule_lr(const ScheduleConfig *config, int64_t step, int64_t steps_per_epoch,
                   int64_t epoch);

#endif
