/* SPDX-License-Identifier: Apache-2.0 */
/* Finding and reading the checkpoint, and preparing the folder. */
#include "train/resume.h"

#include "core/io/link.h"
#include "core/log.h"
#include "core/mem.h"
#include "model/weights/run_checkpoint.h"
#include "train/run/checkpoint.h"
#include "train/run/run_aside.h"
#include "train/run/run_best.h"
#include "train/run/run_changes.h"
#include "train/run/run_folder.h"

#include <string.h>

/* The newest whole checkpoint, where there is any. */
static int open_whole(const char *run, Resume *r, Error *err)
{
    char *latest = run_checkpoint_latest(run);
    const bool any = latest != NULL;
    mem_free(latest);
    if (!any) return 0;
    if (run_checkpoint_whole(run, true, &r->path, &r->file, err) != 0) return -1;
    if (r->path) return 0;
    return error_set(err, ERROR_CHECKPOINT, "%s: none of its checkpoints is whole", run);
}

/* A damaged checkpoint: names the newest whole one. */
static int refuse_damaged(const char *run, const Error *why, Error *err)
{
    H5File *file = NULL;
    char *whole = NULL;
    if (why->code == ERROR_CHECKPOINT) run_checkpoint_whole(run, false, &whole, &file, NULL);
    if (!whole) return error_move(err, why);
    error_set(err, why->code, "%s; %s is whole: resume=whole goes on from there", why->text,
              whole);
    h5_close(file);
    mem_free(whole);
    return -1;
}

int resume_open(const RunOptions *o, Resume *r, Error *err)
{
    Error why = {0};
    const bool automatic = strcmp(o->resume, "auto") == 0;
    *r = (Resume){0};
    if (strcmp(o->resume, "never") == 0) return 0;
    if (strcmp(o->resume, "whole") == 0) return open_whole(o->folder, r, err);
    r->path = automatic ? run_checkpoint_latest(o->folder) : mem_strdup(o->resume);
    if (!r->path || h5_open(r->path, &r->file, &why) == 0) return 0;
    return automatic ? refuse_damaged(o->folder, &why, err)
                     : run_checkpoint_explain(r->path, &why, err);
}

static int read_open(H5File *f, const char *path, const RunInputs *in, const RunModel *m,
                     RunState *s, json_t **changes, Error *err)
{
    const CheckpointParts parts = {.params = m->params,
                                   .adamw = m->adamw,
                                   .ema = m->ema,
                                   .labels = &in->labels,
                                   .other_labels = run_changes_allow_labels(in->config),
                                   .state = s};
    Error why = {0};
    if (run_changes_find(f, path, in, changes, err) != 0) return -1;
    return checkpoint_read(f, path, &parts, &why) == 0
               ? 0
               : run_changes_explain(*changes, &why, err);
}

int resume_read(Resume *r, const RunInputs *in, const RunModel *m, RunState *s, Error *err)
{
    *s = run_state_start();
    if (!r->file) return 0;
    const int status = read_open(r->file, r->path, in, m, s, &r->changes, err);
    h5_close(r->file);
    r->file = NULL;
    if (status != 0) return -1;
    log_info("resuming from %s: step %ld, epoch %ld", r->path, s->step, s->epoch);
    run_changes_log(r->changes, s->step);
    /* With other data or another batch size, less than one step may be left of the epoch. */
    run_state_advance(s, in, (LoaderPosition){s->epoch, s->next});
    return 0;
}

/* Whether the run continues itself: the checkpoint is in its folder, or a link to it. */
static int find_own(Resume *r, const char *run, int64_t step, Error *err)
{
    r->own = false;
    if (!r->path) return 0;
    char *own = run_checkpoint_path(run, step), *file = link_follow(r->path);
    char *folder = file_join(run, "checkpoints"), *its = file_folder(file);
    int status = file_is_same(folder, its, &r->own, err);
    if (status == 0 && !r->own) status = file_is_same(own, file, &r->own, err);
    mem_free(its);
    mem_free(folder);
    mem_free(file);
    mem_free(own);
    return status;
}

/* Which step is the best, and whether this one is evaluated. A finished run is evaluated
 * again. */
static int begin_best(const Resume *r, const RunInputs *in, RunState *s, Error *err)
{
    s->evaluated = s->step;
    if (r->own && run_best_read(in, s, err) != 0) return -1;
    if (s->best >= 0 && (!r->own || run_changes_of_eval(r->changes))) {
        log_info("the best checkpoint is chosen anew");
        s->best = -1;
    }
    if (run_state_finished(s, in)) s->evaluated = -1;
    return 0;
}

int resume_begin(Resume *r, const RunInputs *in, RunState *s, int threads, Error *err)
{
    const Config *c = in->config;
    const char *run = c->run.folder;
    if (find_own(r, run, s->step, err) != 0) return -1;
    const bool own = r->own;
    if (!own && run_aside(run, err) != 0) return -1;
    if (own && run_folder_continue(run, s->step, err) != 0) return -1;
    if (begin_best(r, in, s, err) != 0) return -1;
    /* An evaluation that is repeated is removed. */
    const bool again = run_state_evaluates(s, in) && s->evaluated != s->step;
    if (run_folder_truncate_logs(run, s->step, again ? s->step - 1 : s->step, s->epoch, err) !=
        0)
        return -1;
    if (run_state_finished(s, in) && own) return 0;
    if (run_folder_create(run, in->config_text, threads, config_bf16(c), err) != 0) return -1;
    if (run_best_write(in, s, err) != 0) return -1;
    return run_changes_append(r->changes, run, s, err);
}

void resume_free(Resume *r)
{
    h5_close(r->file);
    mem_free(r->path);
    json_decref(r->changes);
    *r = (Resume){0};
}
