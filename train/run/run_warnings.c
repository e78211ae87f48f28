/* SPDX-License-Identifier: Apache-2.0 */
/* Comparing settings with each other and with the number of steps. */
#include "train/run/run_warnings.h"

#include "core/log.h"

/* The rates before and after the end of epoch 0 differ where the warm-up is cut off. */
static void warn_warmup(const RunInputs *in, const RunState *s)
{
    const OptimOptions *o = &in->config->optim;
    const int64_t epochs = in->config->train.epochs, steps = in->steps_per_epoch;
    const ScheduleConfig c = optim_schedule(o, epochs);
    if (o->warmup_steps == 0 || s->epoch > 0) return;
    if (c.kind == SCHEDULE_COSINE_EPOCH)
        log_warn("optim.warmup_steps: no effect: optim.schedule=cosine_epoch has no warm-up");
    else if (c.kind == SCHEDULE_REFERENCE && c.warmup_steps > steps && epochs > 1)
        log_warn("optim.warmup_steps: a warm-up of %ld steps is longer than the first epoch, "
                 "%ld steps, with which optim.schedule=reference ends it: the rate will jump "
                 "from %.3g to %.3g",
                 c.warmup_steps, steps, schedule_lr(&c, steps - 1, steps, 0),
                 schedule_lr(&c, 0, steps, 1));
    else if (c.warmup_steps >= s->step + run_state_left(s, in))
        log_warn("optim.warmup_steps: a warm-up of %ld steps is as long as the run, %ld steps: "
                 "the rate never reaches optim.lr",
                 c.warmup_steps, s->step + run_state_left(s, in));
}

void run_warnings(const RunInputs *in, const RunState *s)
{
    const ReferenceOptions *r = &in->config->reference;
    warn_warmup(in, s);
    if (r->grad_checkpoint)
        log_warn(
            "model.grad_checkpoint (vit_grad_ckpt): no effect: memory is bounded without it");
    if (r->checkpoint_layer)
        log_warn(
            "model.checkpoint_layer (vit_ckpt_layer): no effect: memory is bounded without "
            "it");
}
