/* The training loop: schedule, batch, step, log, evaluate, save. */
#include "train/trainer.h"

#include "core/log.h"
#include "core/mem.h"
#include "core/stop.h"
#include "optim/clip_norm.h"
#include "train/metrics_log.h"
#include "train/run_folder.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BAD_STEPS_LIMIT = 10 };

static CheckpointParts parts_of(Trainer *t)
{
    return (CheckpointParts){t->params,  t->adamw,       t->ema,
                             &t->labels, t->config_text, &t->state};
}

static int save(Trainer *t, bool best, Error *err)
{
    const CheckpointParts parts = parts_of(t);
    char *path = run_folder_checkpoint(t->config->run.folder, t->state.step);
    int status = checkpoint_write(path, &parts, err);
    mem_free(path);
    if (status == 0) status = run_folder_link(t->config->run.folder, t->state.step, best, err);
    if (status == 0) run_folder_prune(t->config->run.folder, t->config->save.keep);
    return status;
}

int trainer_evaluate(Trainer *t, bool *new_best, Error *err)
{
    *new_best = false;
    if (t->ema) ema_swap(t->ema, t->params);
    int status = 0;
    for (int64_t i = 0; status == 0 && i < t->eval_sets; i++) {
        const Scorer scorer = {
            .model = t->model, .bank = t->labels.bank, .config = t->config, .tape = t->tape};
        EvalResult r;
        char *folder = mem_format("%s/eval/step_%08lld/%s", t->config->run.folder,
                                  (long long)t->state.step, t->eval_set[i].name);
        status =
            eval_set_run(&t->eval_set[i], &scorer, t->config->eval.images, folder, &r, err);
        mem_free(folder);
        if (status == 0) status = metrics_log_eval(t, t->eval_set[i].name, &r, err);
        if (status == 0) t->eval_map[i] = r.mean.map;
        if (status == 0 && i == 0 && r.mean.map > t->state.best) {
            t->state.best = r.mean.map;
            *new_best = true;
        }
        eval_result_free(&r);
    }
    if (t->ema) ema_swap(t->ema, t->params);
    tape_reset(t->tape);
    return status;
}

static bool finite_losses(const StepLosses *l)
{
    return isfinite(l->total) && isfinite(l->tag) && isfinite(l->align) && isfinite(l->distill);
}

/* The next batch. Passes over what is left of an epoch that has ended for the trainer, and into the next
 * epoch where bad pictures end one within a step. */
static int next_batch(Trainer *t, const Batch **batch, Error *err)
{
    bool old;
    do {
        old = loader_position(t->loader).epoch < t->state.epoch;
        if (loader_next(t->loader, batch, err) != 0) return -1;
    } while (old || !*batch);
    return 0;
}

static int encode_captions(Trainer *t, const Batch *batch, Error *err)
{
    const char *const *caption = (const char *const *)batch->caption;
    if (t->captions) return text_cache_encode(t->captions, caption, batch->size, t->text, err);
    return text_encoder_encode(t->encoder, caption, batch->size, t->text, err);
}

/* Batch i of a step. */
static int run_batch(Trainer *t, const StepConfig *config, int64_t i, StepLosses *sum,
                     Error *err)
{
    const double scale = 1 / (double)t->config->optim.accumulate;
    const Batch *batch = NULL;
    if (next_batch(t, &batch, err) != 0) return -1;
    if (config->weight_align != 0 && encode_captions(t, batch, err) != 0) return -1;
    if (t->teacher)
        teacher_features(t->teacher, batch->teacher ? batch->teacher : batch->pixels,
                         batch->size, t->clip_image);
    memcpy(t->sample + i * batch->size, batch->sample, (size_t)batch->size * sizeof *t->sample);
    const StepInput input = {.B = batch->size,
                             .image = batch->pixels,
                             .tags = {batch->tag_offset, batch->tag},
                             .clip_image = t->clip_image,
                             .text = config->weight_align != 0 ? t->text : NULL};
    tape_set_step(t->tape, (uint64_t)t->config->run.seed, (uint32_t)t->state.batches++);
    const StepLosses l = step_run(t->tape, t->model, t->labels.bank, config, &input, scale);
    sum->total += l.total * scale;
    sum->tag += l.tag * scale;
    sum->distill += l.distill * scale;
    sum->align += l.align * scale;
    return 0;
}

static StepConfig step_config(const Trainer *t)
{
    const Config *c = t->config;
    return (StepConfig){.tag = loss_options_tag(&c->loss, t->state.epoch),
                        .align = loss_options_align(&c->loss, t->state.epoch),
                        .weight_tag = c->loss.weight_tag,
                        .weight_distill = c->loss.weight_distill,
                        .weight_align = c->loss.weight_align,
                        .tile = c->model.tile};
}

/* A step whose numbers are not finite changes nothing; many in a row end the run. */
static int skip_step(Trainer *t, const StepLosses *l, double norm, Error *err)
{
    const int64_t n = t->config->train.batch * t->config->optim.accumulate;
    char ids[512] = "";
    size_t at = 0;
    for (int64_t i = 0; i < n && at < sizeof ids - 24; i++)
        at += (size_t)snprintf(ids + at, sizeof ids - at, " %lld", (long long)t->sample[i]);
    log_warn("step %lld: loss %g (tag %g, distill %g, align %g), gradient norm %g: skipped; "
             "records of the step:%s%s",
             (long long)t->state.step, l->total, l->tag, l->distill, l->align, norm, ids,
             at < sizeof ids - 24 ? "" : " ...");
    t->state.bad++;
    if (++t->state.bad_in_row < BAD_STEPS_LIMIT) return 0;
    return error_set(err, EXIT_NUMERIC,
                     "step %lld: %d steps in a row were not finite: lower optim.lr, or set "
                     "optim.clip_norm; the last checkpoint is untouched",
                     (long long)t->state.step, BAD_STEPS_LIMIT);
}

void trainer_set_position(Trainer *t, LoaderPosition at)
{
    const int64_t step = t->config->train.batch * t->config->optim.accumulate;
    const bool ended = at.next + step > t->annotations.count;
    t->state.epoch = at.epoch + ended;
    t->state.next = ended ? 0 : at.next;
}

/* One optimiser step over `accumulate` batches. */
static int optimiser_step(Trainer *t, LogLine *line, Error *err)
{
    const int64_t in_epoch =
        t->state.next / t->config->train.batch / t->config->optim.accumulate;
    const ScheduleConfig schedule = optim_schedule(&t->config->optim, t->config->train.epochs);
    const StepConfig config = step_config(t);
    *line = (LogLine){.epoch = t->state.epoch};
    line->lr = schedule_lr(&schedule, in_epoch, t->steps_per_epoch, t->state.epoch);
    for (int64_t i = 0; i < t->config->optim.accumulate; i++)
        if (run_batch(t, &config, i, &line->losses, err) != 0) return -1;
    line->grad_norm = clip_norm(t->params, t->config->optim.clip_norm);
    t->state.step++;
    if (!isfinite(line->grad_norm) || !finite_losses(&line->losses)) {
        if (skip_step(t, &line->losses, line->grad_norm, err) != 0) return -1;
    } else {
        adamw_step(t->adamw, t->params, line->lr);
        if (t->ema) ema_update(t->ema, t->params);
        t->state.bad_in_row = 0;
    }
    param_set_zero_grad(t->params);
    trainer_set_position(t, loader_position(t->loader));
    return 0;
}

static bool every(int64_t step, int64_t n) { return n > 0 && step % n == 0; }

bool trainer_finished(const Trainer *t)
{
    const Config *c = t->config;
    return t->state.epoch >= c->train.epochs ||
           (c->train.max_steps > 0 && t->state.step >= c->train.max_steps);
}

static int after_step(Trainer *t, MetricsLog *log, const LogLine *line, bool last, Error *err)
{
    const Config *c = t->config;
    const bool ended = t->state.epoch != line->epoch;
    const bool evaluate = last || every(t->state.step, c->eval.every);
    bool best = false;
    if (metrics_log_step(log, t, line, ended, err) != 0) return -1;
    if (evaluate && trainer_evaluate(t, &best, err) != 0) return -1;
    const bool due = c->save.every > 0 ? every(t->state.step, c->save.every) : ended;
    return due || best || last ? save(t, best, err) : 0;
}

int trainer_run(Trainer *t, Error *err)
{
    MetricsLog log = metrics_log_start(t);
    tape_set_training(t->tape, true);
    bool best;
    run_folder_prune(t->config->run.folder,
                     t->config->save.keep); /* leftovers of a killed run */
    if (trainer_finished(t))
        return trainer_evaluate(t, &best, err); /* resumed behind its last step */
    while (!trainer_finished(t)) {
        LogLine line;
        if (optimiser_step(t, &line, err) != 0) return -1;
        const bool last = trainer_finished(t);
        if (after_step(t, &log, &line, last, err) != 0) return -1;
        const int stop = last ? 0 : stop_requested();
        if (!stop) continue;
        log_info(
            "signal %d: saving step %lld and stopping; the same command goes on from there",
            stop, (long long)t->state.step);
        return save(t, false, err) == 0 ? 1 : -1;
    }
    metrics_log_end(&log, t);
    return 0;
}
