/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluation during a run. */
#include "train/evaluate.h"

#include "core/io/tar_cache.h"
#include "core/log.h"
#include "core/mem.h"
#include "train/metrics_log.h"
#include "train/save.h"

/* The numbers count even if their files cannot be written. */
static int evaluate_set(Trainer *t, const EvalSet *set, const Scorer *scorer, Metrics *mean,
                        Error *err)
{
    EvalResult r;
    char *folder = mem_format("%s/eval/step_%08ld/%s", t->inputs.config->run.folder,
                              t->state.step, set->name);
    const int status = eval_set_run(set, scorer, folder, NULL, &r, err);
    if (status == 0) {
        metrics_log_eval(&t->metrics, &t->state, set->name, &r);
        if (r.unwritten.code) save_lost(t, &r.unwritten);
        signs_eval(&t->signs, set->name, t->state.step, &r);
        *mean = r.mean;
    }
    eval_result_free(&r);
    mem_free(folder);
    return status;
}

static int evaluate_sets(Trainer *t, const Scorer *scorer, Error *err)
{
    const RunInputs *in = &t->inputs;
    int status = 0;
    for (int64_t i = 0; status == 0 && i < in->eval_sets; i++)
        status = evaluate_set(t, &in->eval_set[i], scorer, &t->means[i], err);
    return status;
}

/* Status of eval_set_run. */
static int evaluate_model(Trainer *t, Error *err)
{
    const RunInputs *in = &t->inputs;
    RunModel *m = &t->model;
    const Scorer scorer = {.model = m->model,
                           .bank = in->labels.bank,
                           .config = in->config,
                           .shards = t->shards,
                           .tars = tar_cache_new()};
    shards_release(t->shards); /* the values of a step and of an evaluation differ in size */
    if (m->ema) ema_swap(m->ema, m->params);
    shards_pack(t->shards, m->params);
    profile_mark(t->profile, PROFILE_REST);
    shards_set_profile(t->shards, NULL); /* its operations are not those of steps */
    const int status = evaluate_sets(t, &scorer, err);
    tar_cache_free(scorer.tars);
    shards_set_profile(t->shards, t->profile);
    profile_mark(t->profile, PROFILE_EVALUATION);
    if (m->ema) ema_swap(m->ema, m->params);
    shards_release(t->shards);
    return status;
}

/* The best step is one whose checkpoint is on the disk. That holds the best mAP before this
 * evaluation, whether it was due before or is written now. */
static void keep_best(Trainer *t)
{
    RunState *s = &t->state;
    if (t->inputs.eval_sets == 0 || !(t->means[0].map > s->best) || !save_best(t)) return;
    s->best = t->means[0].map;
    s->best_step = s->step;
}

int evaluate_step(Trainer *t, Error *err)
{
    RunState *s = &t->state;
    const int status = evaluate_model(t, err);
    if (status != 0) return status < 0 ? -1 : 0;
    keep_best(t);
    s->evaluated = s->step;
    t->saves.best_waits = true;
    Error why = {0};
    if (save_records(t, &why) != 0) log_warn("%s; the next save tries again", why.text);
    return 0;
}
