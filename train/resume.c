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

/* *out is the checkpoint to resume from, or NULL. Owned. */
static int find_checkpoint(const RunOptions *o, char **out, Error *err)
{
    *out = NULL;
    if (strcmp(o->resume, "never") == 0) return 0;
    const bool whole = strcmp(o->resume, "whole") == 0;
    if (!whole && strcmp(o->resume, "auto") != 0) return *out = mem_strdup(o->resume), 0;
    *out = run_checkpoint_latest(o->folder);
    if (!whole || !*out) return 0;
    mem_free(*out);
    *out = run_checkpoint_whole(o->folder, true);
    if (*out) return 0;
    return error_set(err, ERROR_CHECKPOINT, "%s: none of its checkpoints is whole", o->folder);
}

/* A damaged checkpoint: names the newest whole one. */
static int refuse_damaged(const RunOptions *o, const Error *why, Error *err)
{
    char *whole =
        strcmp(o->resume, "auto") == 0 ? run_checkpoint_whole(o->folder, false) : NULL;
    if (!whole) return error_move(err, why);
    error_set(err, why->code, "%s; %s is whole: resume=whole goes on from there", why->text,
              whole);
    mem_free(whole);
    return -1;
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

int resume_read(const RunInputs *in, const RunModel *m, RunState *s, Resume *out, Error *err)
{
    const RunOptions *o = &in->config->run;
    Error why = {0};
    H5File *f = NULL;
    *out = (Resume){0};
    *s = run_state_start();
    if (find_checkpoint(o, &out->path, err) != 0) return -1;
    if (!out->path) return 0;
    if (h5_open(out->path, &f, &why) != 0) return refuse_damaged(o, &why, err);
    const int status = read_open(f, out->path, in, m, s, &out->changes, err);
    h5_close(f);
    if (status != 0) return -1;
    log_info("resuming from %s: step %ld, epoch %ld", out->path, s->step, s->epoch);
    run_changes_log(out->changes, s->step);
    /* With other data or another batch size, less than one step may be left of the epoch. */
    run_state_advance(s, in, (LoaderPosition){s->epoch, s->next});
    return 0;
}

/* Whether the run continues itself: the checkpoint is in its folder, or a link to it. */
static bool is_own(const Resume *r, const char *run, int64_t step)
{
    if (!r->path) return false;
    char *own = run_checkpoint_path(run, step), *file = link_follow(r->path);
    char *folder = file_join(run, "checkpoints"), *its = file_folder(file);
    const bool same = file_is_same(folder, its) || file_is_same(own, file);
    mem_free(its);
    mem_free(folder);
    mem_free(file);
    mem_free(own);
    return same;
}

/* Which step is the best, and whether this one is evaluated. A finished run is evaluated again. */
static void begin_best(const Resume *r, const RunInputs *in, RunState *s)
{
    s->evaluated = s->step;
    if (r->own) run_best_read(in, s);
    if (s->best >= 0 && (!r->own || run_changes_of_eval(r->changes))) {
        log_info("the best checkpoint is chosen anew");
        s->best = -1;
    }
    if (run_state_finished(s, in)) s->evaluated = -1;
}

int resume_begin(Resume *r, const RunInputs *in, RunState *s, int threads, Error *err)
{
    const Config *c = in->config;
    const char *run = c->run.folder;
    const bool own = r->own = is_own(r, run, s->step);
    if (!own && run_aside(run, err) != 0) return -1;
    if (own && run_folder_continue(run, s->step, err) != 0) return -1;
    begin_best(r, in, s);
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
    mem_free(r->path);
    json_decref(r->changes);
    *r = (Resume){0};
}
