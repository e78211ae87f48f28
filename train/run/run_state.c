/* SPDX-License-Identifier: Apache-2.0 */
/* The counters of a run. */
#include "train/run/run_state.h"

RunState run_state_start(void) { return (RunState){.best = -1}; }

/* Records per step. */
static int64_t step_records(const Config *c) { return c->train.batch * c->optim.accumulate; }

double run_state_rate(const RunState *s, const RunInputs *in)
{
    const Config *c = in->config;
    const ScheduleConfig schedule = optim_schedule(&c->optim, c->train.epochs);
    return schedule_lr(&schedule, s->next / step_records(c), in->steps_per_epoch, s->epoch);
}

void run_state_advance(RunState *s, const RunInputs *in, LoaderPosition at)
{
    const bool ended = at.next + step_records(in->config) > in->annotations.count;
    s->epoch = at.epoch + ended;
    s->next = ended ? 0 : at.next;
}

int64_t run_state_left(const RunState *s, const RunInputs *in)
{
    const TrainOptions *o = &in->config->train;
    if (run_state_finished(s, in)) return 0;
    const int64_t left =
        (o->epochs - s->epoch) * in->steps_per_epoch - s->next / step_records(in->config);
    const int64_t most = o->max_steps > 0 ? o->max_steps - s->step : left;
    return left < most ? left : most;
}

static bool has_ended_epoch(const RunState *s) { return s->step > 0 && s->next == 0; }

bool run_state_evaluates(const RunState *s, const RunInputs *in)
{
    const int64_t every = in->config->eval.every, epochs = in->config->eval.epochs;
    if (run_state_finished(s, in) || (every > 0 && s->step % every == 0)) return true;
    return epochs > 0 && has_ended_epoch(s) && s->epoch % epochs == 0;
}

bool run_state_finished(const RunState *s, const RunInputs *in)
{
    const TrainOptions *o = &in->config->train;
    return s->epoch >= o->epochs || (o->max_steps > 0 && s->step >= o->max_steps);
}
