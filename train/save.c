/* SPDX-License-Identifier: Apache-2.0 */
/* Writing and pruning checkpoints of a run folder. */
#include "train/save.h"

#include "core/mem.h"
#include "model/weights/run_checkpoint.h"
#include "train/run/checkpoint.h"
#include "train/run/run_folder.h"
#include "train/run/run_space.h"

int save_step(Trainer *t, Error *err)
{
    const Config *c = t->inputs.config;
    const CheckpointParts parts = {.params = t->model.params,
                                   .adamw = t->model.adamw,
                                   .ema = t->model.ema,
                                   .labels = &t->inputs.labels,
                                   .config = t->inputs.config_text,
                                   .inputs = t->inputs.identity,
                                   .state = &t->state};
    Error why = {0};
    if (t->saved == t->state.step) return 0;
    char *path = run_checkpoint_path(c->run.folder, t->state.step);
    const int status = checkpoint_write(path, &parts, &t->bank, &why);
    mem_free(path);
    if (status != 0) return run_space_explain(c->run.folder, &t->model, &why, err);
    if (run_folder_link(c->run.folder, "latest", t->state.step, err) != 0) return -1;
    t->saved = t->state.step;
    run_folder_prune(c->run.folder, c->save.keep);
    return 0;
}

int save_best(Trainer *t, Error *err)
{
    const Config *c = t->inputs.config;
    if (save_step(t, err) != 0) return -1;
    if (run_folder_link(c->run.folder, "best", t->state.step, err) != 0) return -1;
    run_folder_prune(c->run.folder, c->save.keep); /* the one that was the best */
    return 0;
}
