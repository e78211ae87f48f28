/* SPDX-License-Identifier: Apache-2.0 */
/* The training loop. Each line calls one module, whose header describes what it does. */
#include "train/loop.h"

#include "core/autograd/profile_report.h"
#include "core/log.h"
#include "core/stop.h"
#include "optim/clip_norm.h"
#include "optim/update.h"
#include "train/evaluate.h"
#include "train/metrics_log.h"
#include "train/save.h"

#include <stdio.h>

enum { BAD_STEPS_LIMIT = 10 };

/* Reports a step whose numbers are not finite and counts it; ERROR_NUMERIC after
 * BAD_STEPS_LIMIT in a row. */
static int skip_step(RunState *s, const LogLine *line, const Feed *feed, Error *err)
{
    const StepLosses *l = &line->losses;
    char ids[512] = "";
    size_t at = 0;
    for (int64_t i = 0; i < feed->samples && at < sizeof ids - 24; i++)
        at += (size_t)snprintf(ids + at, sizeof ids - at, " %ld", feed->sample[i]);
    log_warn("step %ld: loss %g (tag %g, distill %g, align %g), gradient norm %g: skipped; "
             "records of the step:%s%s",
             s->step, l->total, l->tag, l->distill, l->align, line->grad_norm, ids,
             at < sizeof ids - 24 ? "" : " ...");
    s->bad++;
    if (++s->bad_in_row < BAD_STEPS_LIMIT) return 0;
    return error_set(err, ERROR_NUMERIC,
                     "step %ld: %d steps in a row were not finite: lower optim.lr, or set "
                     "optim.clip_norm; the last checkpoint is untouched",
                     s->step, BAD_STEPS_LIMIT);
}

/* Saves and ends the program if a signal waits and something is left to do. -1: the checkpoint
 * cannot be written. */
static int stop_if_asked(Trainer *t, Error *err)
{
    const RunState *s = &t->state;
    const int signal = stop_pending();
    if (signal == 0) return 0;
    if (run_state_finished(s, &t->inputs) && s->evaluated == s->step) return 0;
    log_info("%s: saving step %ld and stopping; run the same command again to resume",
             stop_name(signal), s->step);
    if (save_now(t, err) != 0 || profile_report(t->profile, t->trace, err) != 0) return -1;
    stop_end();
}

/* A machine that cannot read, or data without a batch, ends the run; its steps are kept. */
static int end_unfed(Trainer *t, const Error *why, Error *err)
{
    if (stop_if_asked(t, err) != 0) return -1;
    if (t->state.step > 0) save_now(t, NULL);
    return error_move(err, why);
}

/* Saves if it is time to, and then evaluates. */
static int end_step(Trainer *t, bool epoch_ended, Error *err)
{
    const RunState *s = &t->state;
    const int64_t every = t->inputs.config->save.every;
    const bool time = every > 0 ? s->step % every == 0 : epoch_ended;
    if (run_state_finished(s, &t->inputs) ? save_now(t, err) : save_step(t, time, err))
        return -1;
    if (run_state_evaluates(s, &t->inputs) && evaluate_step(t, err) != 0) return -1;
    return stop_if_asked(t, err);
}

/* Repeats an evaluation that the last process did not complete. Nothing is held yet: a signal
 * loses no step. */
static int begin(Trainer *t, Error *err)
{
    const RunState *s = &t->state;
    shards_set_training(t->shards, true);
    if (!run_state_evaluates(s, &t->inputs) || s->evaluated == s->step) return 0;
    return evaluate_step(t, err);
}

/* With debug.nan: names the operation that produced the first number that is not finite. */
static void report_nan(NanWatch *watch, int64_t step)
{
    if (!watch || !nan_watch_found(watch)) return;
    log_warn("debug.nan: step %ld: %s", step, nan_watch_found(watch));
    nan_watch_clear(watch);
}

/* Forward, losses and backward of one batch, one tile of tags after the other. */
static int add_batch(Trainer *t, int64_t i, LogLine *line, Error *err)
{
    const RunInputs *in = &t->inputs;
    const Config *c = in->config;
    const RunState *s = &t->state;
    const StepConfig config = {&c->loss, t->model.loss, s->epoch, c->model.tile, line->factor};
    const double share = 1 / (double)c->optim.accumulate; /* of the batch in the step */
    StepInput batch;
    profile_mark(t->profile, PROFILE_REST);
    if (feed_next(&t->feed, in, s->epoch, i, &batch, err) != 0) return -1;
    profile_mark(t->profile, PROFILE_DATA);
    shards_set_step(t->shards, (uint64_t)c->run.seed, (uint32_t)(s->batches + i));
    const StepLosses losses =
        step_run(t->shards, t->model.model, in->labels.bank, &config, &batch, share);
    if (label_bank_check(in->labels.bank, err) != 0) return -1;
    step_losses_add(&line->losses, &losses);
    return 0;
}

int loop_gradients(Trainer *t, LogLine *line, Error *err)
{
    const Config *c = t->inputs.config;
    const RunState *s = &t->state;
    const LossBalance plain = {0};
    *line = (LogLine){.epoch = s->epoch, .lr = run_state_rate(s, &t->inputs)};
    loss_balance_factors(c->loss.balance == BALANCE_NONE ? &plain : &s->balance, line->factor);
    for (int64_t i = 0; i < c->optim.accumulate; i++)
        if (add_batch(t, i, line, err) != 0) return -1;
    profile_mark(t->profile, PROFILE_REST);
    line->grad_norm = clip_norm(t->model.params, c->optim.clip_norm);
    profile_mark(t->profile, PROFILE_CLIP);
    return 0;
}

/* The weights of the next step follow from the gradients of this one. */
static void balance(RunState *s, const LossOptions *o, const LogLine *line)
{
    double norm[LOSS_TERMS];
    if (o->balance == BALANCE_NONE) {
        s->balance = (LossBalance){0};
        return;
    }
    step_term_norms(&line->losses, norm);
    loss_balance_update(&s->balance, line->factor, norm);
}

int loop_update(Trainer *t, LogLine *line, Error *err)
{
    const RunInputs *in = &t->inputs;
    RunModel *m = &t->model;
    RunState *s = &t->state;
    s->step++;
    s->batches += in->config->optim.accumulate;
    report_nan(t->watch, s->step);
    if (step_is_finite(&line->losses, line->grad_norm)) {
        update_run((Update){m->adamw, m->ema, m->params, line->lr});
        balance(s, &in->config->loss, line);
        s->bad_in_row = 0;
    } else if (skip_step(s, line, &t->feed, err) != 0) {
        return -1;
    } else {
        param_set_zero_grad(m->params);
    }
    profile_mark(t->profile, PROFILE_OPTIMIZER);
    run_state_advance(s, in, loader_position(in->loader));
    return 0;
}

int loop_run(Trainer *t, Error *err)
{
    const RunInputs *in = &t->inputs;
    RunState *s = &t->state;
    int status = begin(t, err);
    MetricsLog log = metrics_log_start(in, s, &t->metrics, &t->epochs);
    while (status == 0 && !run_state_finished(s, in)) {
        LogLine line;
        Error why = {0};
        if (loop_gradients(t, &line, &why) != 0) return end_unfed(t, &why, err);
        stop_hold(); /* from here on there is a step to save */
        if (loop_update(t, &line, err) != 0) return -1;
        const bool epoch_ended = s->epoch != line.epoch;
        signs_step(&t->signs, &in->config->loss, s, &line, epoch_ended);
        metrics_log_step(&log, in, s, &line, epoch_ended);
        status = end_step(t, epoch_ended, err);
    }
    if (status == 0) metrics_log_end(&log, in, s);
    return status == 0 ? save_end(t, err) : status;
}
