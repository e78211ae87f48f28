/* SPDX-License-Identifier: Apache-2.0 */
/* Writing, pruning and resuming checkpoints of a run folder. */
#include "train/save.h"

#include "core/log.h"
#include "core/mem.h"
#include "model/weights/run_checkpoint.h"
#include "train/run/checkpoint.h"
#include "train/run/run_folder.h"

#include <string.h>

static CheckpointParts parts_of(const RunInputs *in, const RunModel *m, RunState *s)
{
    return (CheckpointParts){.params = m->params,
                             .adamw = m->adamw,
                             .ema = m->ema,
                             .labels = &in->labels,
                             .config = in->config_text,
                             .state = s};
}

int save_write(const RunInputs *in, const RunModel *m, CheckpointBank *bank, RunState *s,
               bool best, Error *err)
{
    const char *run = in->config->run.folder;
    const CheckpointParts parts = parts_of(in, m, s);
    char *path = run_checkpoint_path(run, s->step);
    const int status = checkpoint_write(path, &parts, bank, err);
    mem_free(path);
    if (status != 0 || run_folder_link(run, s->step, best, err) != 0) return -1;
    run_folder_prune(run, in->config->save.keep);
    return 0;
}

/* The checkpoint to resume from, or NULL. Owned. */
static char *find_checkpoint(const RunOptions *o)
{
    if (strcmp(o->resume, "never") == 0) return NULL;
    if (strcmp(o->resume, "auto") == 0) return run_checkpoint_latest(o->folder);
    return mem_strdup(o->resume);
}

static int resume(const char *path, const RunInputs *in, const RunModel *m, RunState *s,
                  Error *err)
{
    const CheckpointParts parts = parts_of(in, m, s);
    if (checkpoint_read(path, &parts, err) != 0) return -1;
    log_info("resuming from %s: step %ld, epoch %ld", path, s->step, s->epoch);
    /* With other data or another batch size, less than one step may be left of the epoch. */
    run_state_advance(s, in, (LoaderPosition){s->epoch, s->next});
    return 0;
}

int save_resume(const RunInputs *in, const RunModel *m, RunState *s, Error *err)
{
    const RunOptions *o = &in->config->run;
    char *path = find_checkpoint(o);
    const int status = path ? resume(path, in, m, s, err) : 0;
    mem_free(path);
    if (status != 0) return -1;
    /* A finished run is evaluated again, so its last evaluation is removed. */
    const int64_t evaluated = run_state_finished(s, in) ? s->step - 1 : s->step;
    return run_folder_truncate_logs(o->folder, s->step, evaluated, s->epoch, err);
}
