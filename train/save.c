/* SPDX-License-Identifier: Apache-2.0 */
/* Writing and pruning checkpoints of a run folder. */
#include "train/save.h"

#include "core/mem.h"
#include "model/weights/run_checkpoint.h"
#include "train/run/checkpoint.h"
#include "train/run/run_folder.h"

static CheckpointParts parts_of(const RunInputs *in, const RunModel *m, RunState *s)
{
    return (CheckpointParts){.params = m->params,
                             .adamw = m->adamw,
                             .ema = m->ema,
                             .labels = &in->labels,
                             .config = in->config_text,
                             .inputs = in->identity,
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
