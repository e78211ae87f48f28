/* SPDX-License-Identifier: Apache-2.0 */
/* Comparing the warm-up with the number of steps, scores with thresholds, and records with the
 * terms of the loss. */
#include "train/run/run_warnings.h"

#include "core/log.h"

/* The rates before and after the end of epoch 0 differ where the warm-up is cut off. */
static void check_warm_up(const RunInputs *in, const RunState *s)
{
    const ScheduleConfig c = optim_schedule(&in->config->optim, in->config->train.epochs);
    const int64_t steps = in->steps_per_epoch, all = s->step + run_state_left(s, in);
    if (c.warmup_steps == 0 || s->epoch > 0 || c.kind == SCHEDULE_COSINE_EPOCH) return;
    if (c.kind == SCHEDULE_REFERENCE && c.warmup_steps > steps && in->config->train.epochs > 1)
        log_warn("optim.warmup_steps: a warm-up of %ld steps is longer than the first epoch, "
                 "%ld steps, with which optim.schedule=reference ends it: the rate will jump "
                 "from %.3g to %.3g",
                 c.warmup_steps, steps, schedule_lr(&c, steps - 1, steps, 0),
                 schedule_lr(&c, 0, steps, 1));
    else if (c.warmup_steps >= all)
        log_warn("optim.warmup_steps: a warm-up of %ld steps is as long as the run, %ld steps: "
                 "the rate never reaches optim.lr",
                 c.warmup_steps, all);
}

static void check_thresholds(const RunInputs *in)
{
    bool half = false;
    for (int64_t i = 0; i < in->eval_sets; i++) half = half || in->eval_set[i].half;
    if (half) scorer_warn_thresholds(in->config);
}

/* Records that are there for a term that is off. */
static void check_idle(const RunInputs *in)
{
    const LossOptions *loss = &in->config->loss;
    const Annotations *a = &in->annotations;
    const char *rest = in->teacher ? "only learn from the teacher" : "train nothing";
    if (loss->weight_align == 0 && loss->weight_tag != 0 && a->with_tags < a->count)
        log_warn("records whose tags are not annotated: %ld of %ld: with loss.weight.align=0 "
                 "they %s",
                 a->count - a->with_tags, a->count, rest);
    if (loss->weight_tag == 0 && loss->weight_align != 0 && a->with_captions < a->count)
        log_warn("records without a caption: %ld of %ld: with loss.weight.tag=0 they %s",
                 a->count - a->with_captions, a->count, rest);
}

void run_warnings(const RunInputs *in, const RunState *s)
{
    check_warm_up(in, s);
    check_thresholds(in);
    check_idle(in);
}
