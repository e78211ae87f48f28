/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluation during a run. */
#include "train/evaluate.h"

#include "core/mem.h"
#include "train/metrics_log.h"

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
    for (int64_t i = 0; i < in->eval_sets; i++)
        if (evaluate_set(in, &in->eval_set[i], scorer, s, &mean[i], err) != 0) return -1;
    return 0;
}

int evaluate_run(const RunInputs *in, RunModel *m, RunState *s, Tape *tape, Metrics *mean,
                 Error *err)
{
    const Scorer scorer = {
        .model = m->model, .bank = in->labels.bank, .config = in->config, .tape = tape};
    if (m->ema) ema_swap(m->ema, m->params);
    const int status = evaluate_sets(in, &scorer, s, mean, err);
    if (m->ema) ema_swap(m->ema, m->params);
    tape_reset(tape);
    if (status == 0 && in->eval_sets > 0 && mean[0].map > s->best) s->best = mean[0].map;
    return status;
}
