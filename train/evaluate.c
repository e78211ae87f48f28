/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluation during a run. */
#include "train/evaluate.h"

#include "core/mem.h"
#include "train/metrics_log.h"
#include "train/run/run_best.h"
#include "train/save.h"

static int evaluate_set(const RunInputs *in, const EvalSet *set, const Scorer *scorer,
                        const RunState *s, Metrics *mean, Error *err)
{
    const Config *c = in->config;
    EvalResult r;
    char *folder = mem_format("%s/eval/step_%08ld/%s", c->run.folder, s->step, set->name);
    int status = eval_set_run(set, scorer, folder, &r, err);
    if (status == 0) {
        status = metrics_log_eval(in, s, set->name, &r, err);
        *mean = r.mean;
    }
    eval_result_free(&r);
    mem_free(folder);
    return status;
}

static int evaluate_sets(const RunInputs *in, const Scorer *scorer, const RunState *s,
                         Metrics *mean, Error *err)
{
    int status = 0;
    for (int64_t i = 0; status == 0 && i < in->eval_sets; i++)
        status = evaluate_set(in, &in->eval_set[i], scorer, s, &mean[i], err);
    return status;
}

/* Status of eval_set_run. */
static int evaluate_model(Trainer *t, Error *err)
{
    const RunInputs *in = &t->inputs;
    RunModel *m = &t->model;
    const Scorer scorer = {
        .model = m->model, .bank = in->labels.bank, .config = in->config, .tape = t->tape};
    if (m->ema) ema_swap(m->ema, m->params);
    const int status = evaluate_sets(in, &scorer, &t->state, t->means, err);
    if (m->ema) ema_swap(m->ema, m->params);
    tape_reset(t->tape);
    return status;
}

int evaluate_step(Trainer *t, Error *err)
{
    RunState *s = &t->state;
    const int status = evaluate_model(t, err);
    if (status != 0) return status < 0 ? -1 : 0;
    if (t->inputs.eval_sets > 0 && t->means[0].map > s->best) {
        s->best = t->means[0].map;
        s->best_step = s->step;
        if (save_best(t, err) != 0) return -1;
    }
    s->evaluated = s->step;
    return run_best_write(&t->inputs, s, err);
}
