/* SPDX-License-Identifier: Apache-2.0 */
/* Two passes over the runs: the first trains whatever no other process has, the second waits
 * for those that others had. */
#include "train/ablate/work.h"

#include "core/log.h"
#include "core/mem.h"
#include "core/stop.h"
#include "train/loop.h"

#include <string.h>
#include <unistd.h>

enum { POLL_SECONDS = 1 };

typedef struct Worker {
    AblateTasks *tasks;
    AblateShare share;
    AblateWork *work;
    int64_t left, trained; /* runs of the share that are not finished; trained here */
    double start;
} Worker;

static bool is_mine(const Worker *w, int64_t i) { return i % w->share.parts == w->share.part; }

static bool is_done(const Worker *w, int64_t i)
{
    const AblateOutcome *o = &w->work->outcome[i];
    return o->results.list || o->failure;
}

void ablate_work_fail(AblateWork *w, const AblateTasks *tasks, int64_t i, const Error *why)
{
    char *name = ablate_task_name(&tasks->task[i]);
    log_warn("%s: %s", name, why->text);
    w->outcome[i].failure = mem_strdup(why->text);
    w->outcome[i].code = why->code;
    if (w->code == 0) w->code = why->code;
    w->failed++;
    mem_free(name);
}

/* A run without numbers, which the tables show as such. */
static void fail(Worker *w, int64_t i, const Error *why)
{
    ablate_work_fail(w->work, w->tasks, i, why);
}

static void read_results(Worker *w, int64_t i)
{
    Error why = {0};
    CellResults *r = &w->work->outcome[i].results;
    r->list = mem_calloc((size_t)w->work->lists, sizeof *r->list);
    const char *run = w->tasks->task[i].config.run.folder;
    if (cell_results_read(run, r, w->work->lists, &why) == 0) return;
    mem_free(r->list);
    r->list = NULL;
    fail(w, i, &why);
}

/* "cell 3 of 10: bce, seed 1; about 12m03s left" */
static void announce(const Worker *w, int64_t i)
{
    char duration[24] = "", *name = ablate_task_name(&w->tasks->task[i]);
    if (w->trained > 0)
        log_duration((log_now() - w->start) / (double)w->trained * (double)w->left, duration);
    log_info("cell %ld of %ld: %s%s%s%s", i + 1, w->tasks->count, name,
             *duration ? "; about " : "", duration, *duration ? " left" : "");
    mem_free(name);
}

/* Trains one run, whose folder is locked. Nothing is left to be saved of the one before. */
static int train(AblateTask *t, RunLock *lock, int64_t lists, Error *err)
{
    Trainer trainer;
    stop_release();
    if (t->state == CELL_OTHER) {
        mem_free(t->config.run.resume);
        t->config.run.resume = mem_strdup("never");
    }
    if (trainer_open_locked(&t->config, lock, &trainer, err) != 0) return -1;
    const char *run = t->config.run.folder;
    if (t->state == CELL_OTHER) cell_forget(run);
    int status = cell_start(run, t->identity, err);
    if (status == 0) status = loop_run(&trainer, err);
    const RunState *s = &trainer.state;
    const CellResults r = {trainer.means, s->step, s->best_step};
    if (status == 0) status = cell_results_write(run, &r, lists, err);
    if (status != 0) cell_fail(run, err->text); /* before others can have the lock */
    trainer_close(&trainer);
    return status;
}

/* Trains a run whose folder is locked, or reads what another process has trained. waited: a
 * failure on record is that of the process that was waited for. */
static void take_locked(Worker *w, int64_t i, bool waited, RunLock *lock, Error *err)
{
    char *difference;
    AblateTask *t = &w->tasks->task[i];
    const char *run = t->config.run.folder;
    const enum CellState before = t->state;
    if (cell_state(run, t->identity, &t->state, &difference, err) != 0) return;
    if (t->state == CELL_OTHER && before != CELL_OTHER)
        error_set(err, ERROR_USAGE, "%s: another process trains it with other settings: %s",
                  run, difference);
    mem_free(difference);
    if (err->code || t->state == CELL_FINISHED) return;
    if (waited) w->work->outcome[i].failure = cell_failure(run);
    w->work->failed += w->work->outcome[i].failure != NULL;
    if (is_done(w, i)) return;
    announce(w, i);
    if (train(t, lock, w->work->lists, err) == 0) t->state = CELL_FINISHED;
    w->trained++;
}

static void take(Worker *w, int64_t i, bool waited)
{
    RunLock lock;
    bool held;
    Error why = {0};
    if (run_lock_try(w->tasks->task[i].config.run.folder, &lock, &held, &why) == 0) {
        if (held) return;
        take_locked(w, i, waited, &lock, &why);
        run_unlock(&lock);
    }
    w->left--;
    if (why.code)
        fail(w, i, &why);
    else if (!is_done(w, i))
        read_results(w, i);
}

static void take_all(Worker *w, bool waited)
{
    for (int64_t i = 0; i < w->tasks->count; i++)
        if (is_mine(w, i) && !is_done(w, i)) take(w, i, waited);
}

/* How many runs of the share others have. */
static int64_t held_elsewhere(const Worker *w)
{
    int64_t n = 0;
    for (int64_t i = 0; i < w->tasks->count; i++) n += is_mine(w, i) && !is_done(w, i);
    return n;
}

static void wait_for_others(Worker *w)
{
    int64_t n = held_elsewhere(w);
    if (n) log_info("waiting for other processes, which train %ld of the runs", n);
    for (; n; n = held_elsewhere(w)) {
        stop_release();
        sleep(POLL_SECONDS);
        take_all(w, true);
    }
}

/* What is finished, whoever trained it. */
static void read_finished(Worker *w)
{
    for (int64_t i = 0; i < w->tasks->count; i++) {
        if (w->tasks->task[i].state == CELL_FINISHED) read_results(w, i);
        w->left += is_mine(w, i) && !is_done(w, i);
    }
}

/* The runs of other shares that have been finished in the meantime. */
static void read_late(Worker *w)
{
    for (int64_t i = 0; i < w->tasks->count; i++) {
        AblateTask *t = &w->tasks->task[i];
        char *difference;
        Error why = {0};
        if (is_done(w, i)) continue;
        if (cell_state(t->config.run.folder, t->identity, &t->state, &difference, &why) != 0)
            fail(w, i, &why);
        else if (t->state == CELL_FINISHED)
            read_results(w, i);
        mem_free(difference);
    }
}

void ablate_work(AblateTasks *tasks, AblateShare share, int64_t lists, AblateWork *out)
{
    Worker w = {.tasks = tasks, .share = share, .work = out, .start = log_now()};
    *out = (AblateWork){.count = tasks->count, .lists = lists};
    out->outcome = mem_calloc((size_t)tasks->count, sizeof *out->outcome);
    read_finished(&w);
    take_all(&w, false);
    wait_for_others(&w);
    read_late(&w);
    for (int64_t i = 0; i < out->count; i++) out->open += !is_done(&w, i);
}

void ablate_work_free(AblateWork *w)
{
    for (int64_t i = 0; i < w->count; i++) {
        mem_free(w->outcome[i].results.list);
        mem_free(w->outcome[i].failure);
    }
    mem_free(w->outcome);
    *w = (AblateWork){0};
}
