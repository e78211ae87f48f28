/* SPDX-License-Identifier: Apache-2.0 */
/* Comparing settings with each other and with the number of steps. */
#include "train/run/run_warnings.h"

#include "core/log.h"

/* The rates before and after the end of epoch 0 differ where the warm-up is cut off. */
static void warn_warmup(const RunInputs *in, const RunState *s, const ScheduleConfig *c)
{
    const int64_t steps = in->steps_per_epoch, all = s->step + run_state_left(s, in);
    if (c->warmup_steps == 0 || s->epoch > 0 || c->kind == SCHEDULE_COSINE_EPOCH) return;
    if (c->kind == SCHEDULE_REFERENCE && c->warmup_steps > steps &&
        in->config->train.epochs > 1)
        log_warn("optim.warmup_steps: a warm-up of %ld steps is longer than the first epoch, "
                 "%ld steps, with which optim.schedule=reference ends it: the rate will jump "
                 "from %.3g to %.3g",
                 c->warmup_steps, steps, schedule_lr(c, steps - 1, steps, 0),
                 schedule_lr(c, 0, steps, 1));
    else if (c->warmup_steps >= all)
        log_warn("optim.warmup_steps: a warm-up of %ld steps is as long as the run, %ld steps: "
                 "the rate never reaches optim.lr",
                 c->warmup_steps, all);
}

/* Options that are set and have no effect. */
static void warn_ineffective(const RunInputs *in, const ScheduleConfig *s)
{
    const Config *c = in->config;
    const bool encodes = c->text.encoder == TEXT_CLIP, distills = c->loss.weight_distill > 0;
    const struct {
        bool ineffective;
        const char *option, *why;
    } row[] = {
        {s->warmup_steps > 0 && s->kind == SCHEDULE_COSINE_EPOCH, "optim.warmup_steps",
         "optim.schedule=cosine_epoch has no warm-up"},
        {c->optim.lr_decay > 0 && s->kind != SCHEDULE_REFERENCE, "optim.lr_decay",
         "only optim.schedule=reference uses it"},
        {s->total_steps > 0 && s->kind != SCHEDULE_COSINE, "optim.cosine_steps",
         "only optim.schedule=cosine uses it"},
        {s->min_lr > 0 && s->kind == SCHEDULE_CONSTANT, "optim.min_lr",
         "optim.schedule=constant does not use it"},
        {c->eval.every > 0 && in->eval_sets == 0, "eval.every", "data.eval is not set"},
        {*c->text.table && c->text.encoder != TEXT_TABLE, "text_table",
         "only text_encoder=table uses it"},
        {*c->clip.weights && !encodes && !distills, "clip.weights",
         "text_encoder is not clip, and loss.weight.distill is 0"},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        if (row[i].ineffective) log_warn("%s: no effect: %s", row[i].option, row[i].why);
}

void run_warnings(const RunInputs *in, const RunState *s)
{
    const ScheduleConfig schedule =
        optim_schedule(&in->config->optim, in->config->train.epochs);
    warn_warmup(in, s, &schedule);
    warn_ineffective(in, &schedule);
}
