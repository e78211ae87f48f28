/* Lines of the log. */
#include "train/metrics_log.h"

#include "core/mem.h"
#include "core/text.h"
#include "train/run_folder.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static int64_t steps_in_all(const Trainer *t)
{
    const int64_t by_epochs = t->steps_per_epoch * t->config->epochs;
    const int64_t most = t->config->max_steps;
    return most > 0 && most < by_epochs ? most : by_epochs;
}

MetricsLog metrics_log_start(const Trainer *t)
{
    const int64_t left = steps_in_all(t) - t->state.step;
    return (MetricsLog){.progress = progress_start("training", left > 0 ? left : 1),
                        .since = log_now(),
                        .waited = loader_waited(t->loader),
                        .first_step = t->state.step,
                        .last_step = t->state.step};
}

/* JSON has no infinities: a number that is not finite becomes null. */
static const char *number(double x, char out[static 32])
{
    snprintf(out, 32, isfinite(x) ? "%.9g" : "null", x);
    return out;
}

static int write_step(MetricsLog *log, Trainer *t, const LogLine *line, Error *err)
{
    char a[32], b[32], c[32], d[32], g[32];
    const double now = log_now(), waited = loader_waited(t->loader);
    const int64_t pictures =
        (t->state.step - log->last_step) * t->config->batch * t->config->accumulate;
    const double rate = now > log->since ? (double)pictures / (now - log->since) : 0;
    char *text = mem_format(
        "{\"step\": %lld, \"epoch\": %lld, \"loss\": %s, \"loss_tag\": %s, \"loss_dis\": %s, "
        "\"loss_alignment\": %s, \"lr\": %.9g, \"grad_norm\": %s, \"samples_per_s\": %.2f, "
        "\"data_wait_s\": %.3f}",
        (long long)t->state.step, (long long)line->epoch, number(line->losses.total, a),
        number(line->losses.tag, b), number(line->losses.distill, c),
        number(line->losses.align, d), line->lr, number(line->grad_norm, g), rate,
        waited - log->waited);
    log->since = now;
    log->waited = waited;
    log->last_step = t->state.step;
    const int status = run_folder_append(t->config->run, "metrics.jsonl", text, err);
    mem_free(text);
    return status;
}

/* The reference's line: averages over the epoch as text, the epoch as a number. */
static int write_epoch(const Trainer *t, const LogLine *line, Error *err)
{
    const double n = t->state.epoch_steps > 0 ? (double)t->state.epoch_steps : 1;
    const double *sum = t->state.epoch_sum;
    char *text = mem_format("{\"train_lr\": \"%.6f\", \"train_loss\": \"%.4f\", "
                            "\"train_loss_tag\": \"%.4f\", \"train_loss_dis\": \"%.4f\", "
                            "\"train_loss_alignment\": \"%.4f\", \"epoch\": %lld}",
                            line->lr, sum[0] / n, sum[1] / n, sum[2] / n, sum[3] / n,
                            (long long)line->epoch);
    const int status = run_folder_append(t->config->run, "log.txt", text, err);
    mem_free(text);
    return status;
}

static void show(MetricsLog *log, const Trainer *t, const LogLine *line)
{
    char extra[128];
    snprintf(extra, sizeof extra, "epoch %lld loss %.3f (tag %.3f align %.3f) lr %.2e",
             (long long)line->epoch, line->losses.total, line->losses.tag, line->losses.align,
             line->lr);
    progress_step(&log->progress, t->state.step - log->first_step, extra);
}

int metrics_log_step(MetricsLog *log, Trainer *t, const LogLine *line, bool epoch_ended,
                     Error *err)
{
    const double l[CHECKPOINT_SUMS] = {line->losses.total, line->losses.tag,
                                       line->losses.distill, line->losses.align};
    TrainState *s = &t->state;
    if (isfinite(l[0])) {
        for (int i = 0; i < CHECKPOINT_SUMS; i++) s->epoch_sum[i] += l[i];
        s->epoch_steps++;
    }
    show(log, t, line);
    if (s->step % t->config->log_every == 0 && write_step(log, t, line, err) != 0) return -1;
    if (!epoch_ended) return 0;
    const int status = write_epoch(t, line, err);
    memset(s->epoch_sum, 0, sizeof s->epoch_sum);
    s->epoch_steps = 0;
    return status;
}

int metrics_log_eval(const Trainer *t, const char *list, const EvalResult *r, Error *err)
{
    Text line = {0};
    text_add(&line, "{\"step\": %lld, \"epoch\": %lld, \"eval\": ", (long long)t->state.step,
             (long long)t->state.epoch);
    text_json(&line, list);
    text_add(&line,
             ", \"mAP\": %.9g, \"CP\": %.9g, \"CR\": %.9g, \"F1\": %.9g, \"images\": %lld}",
             r->mean.map, r->mean.cp, r->mean.cr, r->mean.f1, (long long)r->images);
    const int status = run_folder_append(t->config->run, "metrics.jsonl", line.data, err);
    text_free(&line);
    log_info("step %lld: %s: mAP %.4f  CP %.4f  CR %.4f  F1 %.4f", (long long)t->state.step,
             list, r->mean.map, r->mean.cp, r->mean.cr, r->mean.f1);
    return status;
}

void metrics_log_end(MetricsLog *log, const Trainer *t)
{
    progress_end(&log->progress, t->state.step - log->first_step);
    if (loader_skipped(t->loader))
        log_warn("%lld pictures could not be read: see %s/bad_images.txt",
                 (long long)loader_skipped(t->loader), t->config->run);
}
