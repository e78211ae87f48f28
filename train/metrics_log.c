/* SPDX-License-Identifier: Apache-2.0 */
/* Writing the lines of the training log. */
#include "train/metrics_log.h"

#include "core/json/json.h"
#include "core/log.h"
#include "core/strings/strings.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

MetricsLog metrics_log_start(const RunInputs *in, const RunState *s, LineLog *metrics,
                             LineLog *epochs)
{
    MetricsLog log = {
        .metrics = metrics,
        .epochs = epochs,
        .progress = progress_start("training", s->step + run_state_left(s, in)),
        .since = log_now(),
        .epoch_since = log_now(),
        .waited = loader_waited(in->loader),
        .first_step = s->step,
        .last_step = s->step,
    };
    log.progress.before = s->step;
    return log;
}

/* Appends the record as one line and frees it. */
static void append(LineLog *log, json_t *record)
{
    Text line = {0};
    json_put(&line, record);
    line_log_add(log, line.data);
    text_free(&line);
}

static void add_counts(json_t *record, int64_t step, int64_t epoch)
{
    const JsonCount count[] = {{"step", step}, {"epoch", epoch}};
    json_add_counts(record, count, 2);
}

static void add_number(json_t *record, const char *key, double value)
{
    json_object_set_new(record, key, json_digits(value, 9));
}

/* Of each term, with respect to the embedding of the image: train/step_norms.h. */
static void add_norms(json_t *record, const StepLosses *l)
{
    static const char *const key[LOSS_TERMS] = {"grad_norm_tag", "grad_norm_dis",
                                                "grad_norm_alignment"};
    double norm[LOSS_TERMS];
    step_term_norms(l, norm);
    for (int i = 0; i < LOSS_TERMS; i++) add_number(record, key[i], norm[i]);
}

/* The weights of the step, where they are not those of the configuration. */
static void add_weights(json_t *record, const LossOptions *o, const double *factor)
{
    static const char *const key[LOSS_TERMS] = {"weight_tag", "weight_dis", "weight_alignment"};
    for (int i = 0; i < LOSS_TERMS && o->balance != BALANCE_NONE; i++)
        add_number(record, key[i], loss_weight(o, (enum LossTerm)i) * factor[i]);
}

/* The images that trained each part, where not all train both. */
static void add_images(json_t *record, const StepLosses *l)
{
    const JsonCount count[] = {{"images_tag", l->tagged}, {"images_alignment", l->captioned}};
    json_add_counts(record, count, 2);
}

static void write_step(MetricsLog *log, const RunInputs *in, const RunState *s,
                       const LogLine *line)
{
    const double now = log_now(), waited = loader_waited(in->loader);
    const int64_t images =
        (s->step - log->last_step) * in->config->train.batch * in->config->optim.accumulate;
    const double rate = now > log->since ? (double)images / (now - log->since) : 0;
    json_t *record = json_object();
    add_counts(record, s->step, line->epoch);
    add_number(record, "loss", line->losses.total);
    add_number(record, "loss_tag", line->losses.tag);
    add_number(record, "loss_dis", line->losses.distill);
    add_number(record, "loss_alignment", line->losses.align);
    add_number(record, "lr", line->lr);
    add_number(record, "grad_norm", line->grad_norm);
    add_norms(record, &line->losses);
    add_weights(record, &in->config->loss, line->factor);
    if (run_inputs_halves(in)) add_images(record, &line->losses);
    json_object_set_new(record, "samples_per_s", json_fixed(rate, 2));
    json_object_set_new(record, "data_wait_s", json_fixed(waited - log->waited, 3));
    log->since = now;
    log->waited = waited;
    log->last_step = s->step;
    append(log->metrics, record);
}

/* The format of the reference implementation: means over the epoch as text, the epoch as a
 * number. */
static void write_epoch(LineLog *epochs, const RunState *s, const LogLine *line)
{
    static const char *const key[RUN_STATE_SUMS] = {"train_loss", "train_loss_tag",
                                                    "train_loss_dis", "train_loss_alignment"};
    const double n = s->epoch_steps > 0 ? (double)s->epoch_steps : 1;
    json_t *record = json_object();
    json_object_set_new(record, "train_lr", json_sprintf("%.6f", line->lr));
    for (int i = 0; i < RUN_STATE_SUMS; i++)
        json_object_set_new(record, key[i], json_sprintf("%.4f", s->epoch_sum[i] / n));
    json_object_set_new(record, "epoch", json_integer(line->epoch));
    append(epochs, record);
}

/* "epoch 3/15  loss 48.1  (tag 25.9 align 22.2)  lr 9.00e-04  41s": the means of the epoch. */
static void show_epoch(MetricsLog *log, const RunInputs *in, const RunState *s,
                       const LogLine *line)
{
    const double n = s->epoch_steps > 0 ? (double)s->epoch_steps : 1, now = log_now();
    char duration[24];
    log_duration(now - log->epoch_since, duration);
    log_info("epoch %ld/%ld  loss %.3f  (tag %.3f align %.3f)  lr %.2e  %s", line->epoch + 1,
             in->config->train.epochs, s->epoch_sum[0] / n, s->epoch_sum[1] / n,
             s->epoch_sum[3] / n, line->lr, duration);
    log->epoch_since = now;
}

static void show_progress(MetricsLog *log, const RunState *s, const LogLine *line)
{
    char extra[128];
    snprintf(extra, sizeof extra, "loss %.3f  (tag %.3f align %.3f)  epoch %ld  lr %.2e",
             line->losses.total, line->losses.tag, line->losses.align, line->epoch + 1,
             line->lr);
    progress_step(&log->progress, s->step, extra);
}

void metrics_log_step(MetricsLog *log, const RunInputs *in, RunState *s, const LogLine *line,
                      bool epoch_ended)
{
    const double l[RUN_STATE_SUMS] = {line->losses.total, line->losses.tag,
                                      line->losses.distill, line->losses.align};
    if (isfinite(l[0])) {
        for (int i = 0; i < RUN_STATE_SUMS; i++) s->epoch_sum[i] += l[i];
        s->epoch_steps++;
    }
    show_progress(log, s, line);
    const bool first_or_last = s->step == 1 || run_state_finished(s, in);
    if (first_or_last || epoch_ended || s->step % in->config->log.every == 0)
        write_step(log, in, s, line);
    if (!epoch_ended) return;
    show_epoch(log, in, s, line);
    write_epoch(log->epochs, s, line);
    memset(s->epoch_sum, 0, sizeof s->epoch_sum);
    s->epoch_steps = 0;
}

void metrics_log_eval(LineLog *metrics, const RunState *s, const char *set, const EvalResult *r)
{
    json_t *record = json_object();
    add_counts(record, s->step, s->epoch);
    json_object_set_new(record, "eval", json_text(set));
    add_number(record, "mAP", r->mean.map);
    add_number(record, "CP", r->mean.cp);
    add_number(record, "CR", r->mean.cr);
    add_number(record, "F1", r->mean.f1);
    json_object_set_new(record, "images", json_integer(r->images));
    if (r->unknown) json_object_set_new(record, "labels_unknown", json_integer(r->unknown));
    append(metrics, record);
    log_info("step %ld: %s: mAP %.4f  CP %.4f  CR %.4f  F1 %.4f", s->step, set, r->mean.map,
             r->mean.cp, r->mean.cr, r->mean.f1);
}

void metrics_log_end(MetricsLog *log, const RunInputs *in, const RunState *s)
{
    if (s->step > log->first_step) progress_end(&log->progress, s->step);
    const ImageNotes *skipped = loader_skipped(in->loader);
    const ImageNotes *damaged = loader_damaged(in->loader);
    if (skipped->count)
        log_warn("%ld image%s could not be read: see %s/bad_images.txt", skipped->count,
                 strings_s(skipped->count), in->config->run.folder);
    if (damaged->count)
        log_warn("damaged images, used as far as they can be read: %ld; see "
                 "%s/damaged_images.txt; the first: %s",
                 damaged->count, in->config->run.folder, damaged->first);
}
