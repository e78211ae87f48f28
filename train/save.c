/* SPDX-License-Identifier: Apache-2.0 */
/* Writing and pruning the checkpoints of a run folder; trying again. */
#include "train/save.h"

#include "core/io/file.h"
#include "core/log.h"
#include "core/mem.h"
#include "model/weights/run_checkpoint.h"
#include "train/run/checkpoint.h"
#include "train/run/run_best.h"
#include "train/run/run_folder.h"
#include "train/run/run_space.h"

#include <time.h>

enum { TRIES = 3 };

static const char *folder(const Trainer *t) { return t->inputs.config->run.folder; }

/* ---- space ------------------------------------------------------------------------------- */

/* The size of the next checkpoint, with the bank if that has to be written, too. */
static int64_t needed(const Trainer *t)
{
    return t->saves.bytes + checkpoint_bank_needs(&t->bank);
}

/* One warning each time that the disk becomes too full. */
static void check_space(Trainer *t)
{
    const bool low = run_space_short(folder(t), needed(t));
    if (low && !t->saves.low) run_space_warn(folder(t), "the next checkpoint", needed(t));
    t->saves.low = low;
}

void save_open(Trainer *t, bool saved)
{
    char *path = run_checkpoint_path(folder(t), t->state.step);
    saved = saved && file_exists(path);
    t->saves = (Saves){.step = saved ? t->state.step : -1,
                       .bytes = saved ? file_bytes(path) : run_model_checkpoint(&t->model)};
    mem_free(path);
    check_space(t);
}

/* ---- one try ----------------------------------------------------------------------------- */

/* What the run has written before it stands in front of the checkpoint. */
static int sync_lines(Trainer *t, Error *err)
{
    if (line_log_sync(&t->metrics, err) != 0) return -1;
    if (line_log_sync(&t->epochs, err) != 0) return -1;
    return loader_sync_notes(t->inputs.loader, err);
}

int save_records(Trainer *t, Error *err)
{
    if (sync_lines(t, err) != 0) return -1;
    if (t->saves.best_waits && run_best_write(&t->inputs, &t->state, err) != 0) return -1;
    t->saves.best_waits = false;
    return 0;
}

static int write_checkpoint(Trainer *t, Error *err)
{
    const CheckpointParts parts = {.params = t->model.params,
                                   .adamw = t->model.adamw,
                                   .ema = t->model.ema,
                                   .labels = &t->inputs.labels,
                                   .config = t->inputs.config_text,
                                   .inputs = t->inputs.identity,
                                   .state = &t->state};
    char *path = run_checkpoint_path(folder(t), t->state.step);
    int status = checkpoint_write(path, &parts, &t->bank, err);
    if (status == 0) status = run_folder_link(folder(t), "latest", t->state.step, err);
    if (status == 0) t->saves.bytes = file_bytes(path);
    if (status == 0) t->saves.step = t->state.step;
    mem_free(path);
    return status;
}

/* best: with the link best, which is moved before best.json says so. */
static int try(Trainer *t, bool best, Error *err)
{
    Error why = {0};
    check_space(t);
    int status = best ? sync_lines(t, &why) : save_records(t, &why);
    if (status == 0 && t->saves.step != t->state.step) status = write_checkpoint(t, &why);
    if (status == 0 && best) status = run_folder_link(folder(t), "best", t->state.step, &why);
    if (status != 0) return run_space_explain(folder(t), needed(t), &why, err);
    run_folder_prune(folder(t), t->inputs.config->save.keep);
    return 0;
}

/* ---- several tries ----------------------------------------------------------------------- */

static void succeeded(const Trainer *t, Saves *s)
{
    if (s->gap) log_info("step %ld is saved", t->state.step);
    s->failed = 0;
    s->retry = s->gap = 0;
}

static void wait_a_second(void) { nanosleep(&(struct timespec){.tv_sec = 1}, NULL); }

/* A full disk makes more tries pointless. */
static int attempt(Trainer *t, bool best, int tries, Error *err)
{
    if (t->saves.step == t->state.step && !best) return 0;
    profile_mark(t->profile, PROFILE_REST);
    for (int i = 1;; i++) {
        Error why = {0};
        const int status = try(t, best, &why);
        profile_mark(t->profile, PROFILE_SAVE);
        if (status == 0) return succeeded(t, &t->saves), 0;
        if (i == tries || t->saves.low) return error_move(err, &why);
        wait_a_second();
    }
}

/* Names the last good checkpoint. Owned. */
static char *last_good(const Trainer *t)
{
    if (t->saves.step < 0) return mem_strdup("there is no good checkpoint yet");
    char *path = run_checkpoint_path(folder(t), t->saves.step);
    char *text = mem_format("last good checkpoint: %s", path);
    mem_free(path);
    return text;
}

static int give_up(const Trainer *t, const Error *why, Error *err)
{
    char *good = last_good(t);
    error_set(err, ERROR_RUNTIME, "%s: step %ld cannot be saved%s; %s%s; %s", folder(t),
              t->state.step, t->saves.failed == TRIES ? ", the third failure in a row" : "",
              good, t->saves.step < 0 ? "" : ", from which the same command resumes",
              why->text);
    mem_free(good);
    return -1;
}

static void go_on(const Trainer *t, const Error *why)
{
    char *good = last_good(t);
    log_warn("step %ld is not saved (failure %d of %d), training goes on; %s; %s",
             t->state.step, t->saves.failed, TRIES, good, why->text);
    mem_free(good);
}

/* The next step, or twice as many steps later than the last time. */
static void plan(Saves *s, int64_t step, bool due)
{
    s->gap = due ? 1 : 2 * s->gap;
    s->retry = step + s->gap;
}

int save_step(Trainer *t, bool due, Error *err)
{
    Saves *s = &t->saves;
    Error why = {0};
    if (!due && t->state.step != s->retry) return 0;
    const bool full = !due && run_space_short(folder(t), needed(t));
    if (!full && attempt(t, false, 1, &why) == 0) return 0;
    plan(s, t->state.step, due);
    if (!due) return 0;
    if (++s->failed == TRIES) return give_up(t, &why, err);
    go_on(t, &why);
    return 0;
}

int save_now(Trainer *t, Error *err)
{
    Error why = {0};
    return attempt(t, false, TRIES, &why) == 0 ? 0 : give_up(t, &why, err);
}

void save_lost(Trainer *t, const Error *why)
{
    log_warn("%s; the run goes on", why->text);
    error_move(&t->saves.lost, why);
}

bool save_best(Trainer *t)
{
    Error why = {0}, lost = {0};
    if (attempt(t, true, TRIES, &why) == 0) return true;
    error_set(&lost, ERROR_RUNTIME,
              "%s: step %ld is the best so far, but cannot be saved: best stays as it is; %s",
              folder(t), t->state.step, why.text);
    save_lost(t, &lost);
    return false;
}

int save_end(Trainer *t, Error *err)
{
    Error why = {0};
    for (int i = 1; save_records(t, &why) != 0; i++) {
        if (i == TRIES) return error_move(err, &why);
        why = (Error){0};
        wait_a_second();
    }
    if (!t->saves.lost.code) return 0;
    return error_set(err, ERROR_RUNTIME, "%s: trained and saved, but a result is missing: %s",
                     folder(t), t->saves.lost.text);
}
