/* SPDX-License-Identifier: Apache-2.0 */
/* Warnings of a run that does not learn. */
#include "train/signs.h"

#include "core/log.h"

#include <math.h>

static void check_gradient(Signs *g, int64_t step, double norm)
{
    if (g->zero || norm != 0) return;
    g->zero = true;
    log_warn(
        "step %ld: the gradient is exactly zero: nothing is learned; if that lasts, every "
        "term is off or frozen (loss.weight.*, model.freeze), or all scores are saturated: "
        "lower optim.lr, start from other weights (model.init, model.init_scheme=fan_in), "
        "or use a loss without clip (loss.tag=bce)",
        step);
}

/* Image embeddings that are frozen have no gradient whose norm could be balanced. */
static void check_balance(Signs *g, const LossOptions *o, const StepLosses *l)
{
    if (g->unbalanced || o->balance == BALANCE_NONE || !isnan(l->square[LOSS_TERM_TAG])) return;
    g->unbalanced = true;
    log_warn("loss.balance: has no effect: model.freeze freezes all that the terms share");
}

/* The loss under the weights of the configuration: those of loss.balance change by themselves.
 */
static double plain_loss(const LossOptions *o, const StepLosses *l)
{
    return o->weight_tag * l->tag + o->weight_distill * l->distill + o->weight_align * l->align;
}

static void end_epoch(Signs *g, int64_t epoch)
{
    const double mean = g->steps > 0 && !g->partial ? g->sum / (double)g->steps : (double)NAN;
    if (!g->rose && mean > g->before) {
        g->rose = true;
        log_warn("epoch %ld: the mean loss has risen from %.4g to %.4g: lower optim.lr, or set "
                 "optim.clip_norm=1",
                 epoch + 1, g->before, mean);
    }
    g->before = mean;
    g->sum = 0;
    g->steps = 0;
    g->partial = false;
}

/* epoch_steps: of the epoch, before this step. */
static void begin(Signs *g, int64_t epoch_steps)
{
    if (g->begun) return;
    g->begun = true;
    g->partial = epoch_steps > 0;
    g->before = (double)NAN;
}

void signs_step(Signs *g, const LossOptions *o, const RunState *s, const LogLine *line,
                bool epoch_ended)
{
    const double loss = plain_loss(o, &line->losses);
    begin(g, s->epoch_steps);
    check_gradient(g, s->step, line->grad_norm);
    if (isfinite(loss)) check_balance(g, o, &line->losses);
    if (isfinite(loss)) {
        g->sum += loss;
        g->steps++;
    }
    if (epoch_ended) end_epoch(g, line->epoch);
}

void signs_eval(Signs *g, const char *set, int64_t step, const EvalResult *r)
{
    if (g->one_sided || r->scores == 0 || (r->reached > 0 && r->reached < r->scores)) return;
    g->one_sided = true;
    log_warn("step %ld: %s: %s of the %ld scores reaches its threshold, so CP, CR and F1 say "
             "nothing; mAP needs no threshold: tune them (`ramplus threshold`, thresholds.txt "
             "in the folder), or train longer",
             step, set, r->reached ? "each" : "none", r->scores);
}
