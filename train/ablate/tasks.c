/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of each run, and the checks before any of them trains. */
#include "train/ablate/tasks.h"

#include "core/log.h"
#include "core/mem.h"
#include "train/ablate/budget.h"
#include "train/ablate/identity.h"
#include "train/run/run_inputs.h"
#include "train/run/run_model.h"

#include <string.h>

#define RATE "optim.lr"

/* Which of two settings of one option won, the name of the cell would not say. */
static int check_set_once(const char *grid, char *const *other, int64_t others, const char *by,
                          Error *err)
{
    const OptionRow *row = option_of(config_table(), grid);
    for (int64_t i = 0; row && i < others; i++)
        if (option_of(config_table(), other[i]) == row)
            return error_set(err, ERROR_USAGE,
                             "ablate: --grid: %s: set by %s, as '%s' and '%s'", row->name, by,
                             other[i], grid);
    return 0;
}

static int check_settings(const AblateWant *w, const Cell *cell, Error *err)
{
    const OptionStrings *set = &cell->setting;
    for (int64_t i = 0; i < set->count; i++) {
        if (check_set_once(set->value[i], set->value, i, "two grids", err) != 0) return -1;
        if (check_set_once(set->value[i], w->assignment, w->assignments,
                           "a grid and on the command line", err) != 0)
            return -1;
    }
    if (w->rates->count == 0) return 0;
    if (check_set_once(RATE, set->value, set->count, "a grid and by --lr", err) != 0) return -1;
    return check_set_once(RATE, w->assignment, w->assignments, "the command line and by --lr",
                          err);
}

/* The configuration of a cell with one of its learning rates, in the folder of all cells.
 * Owned: config_free. */
static int cell_config(const AblateWant *w, const Cell *cell, const char *rate, Config *out,
                       Error *err)
{
    int status = 0;
    *out = config_copy(w->common);
    for (int64_t i = 0; status == 0 && i < cell->setting.count; i++)
        status = option_set(config_table(), out, cell->setting.value[i], err);
    if (status == 0 && rate) {
        char *setting = mem_format(RATE "=%s", rate);
        status = option_set(config_table(), out, setting, err);
        mem_free(setting);
    }
    if (status == 0) status = config_check(out, err);
    if (status == 0) status = config_complete(out, err);
    if (status != 0) config_free(out);
    if (status == 0 && w->validation)
        option_strings_add(&out->data.eval, mem_strdup(w->validation));
    return status;
}

/* The configuration of one run, in CELL/seed_N or CELL/lr_RATE/seed_N. Owned: config_free. */
static Config task_config(const Config *cell, const char *name, const char *rate, int64_t seed)
{
    Config c = config_copy(cell);
    c.run.seed += seed;
    char *run = mem_format("%s/%s%s%s/seed_%ld", c.run.folder, name, rate ? "/lr_" : "",
                           rate ? rate : "", c.run.seed);
    mem_free(c.run.folder);
    c.run.folder = run;
    return c;
}

/* What a cell that was trained otherwise means: an error, or a line that it is trained
 * again. */
static int judge(AblateTask *t, bool rerun, Error *err)
{
    char *difference;
    if (cell_state(t->config.run.folder, t->identity, &t->state, &difference, err) != 0)
        return -1;
    if (t->state != CELL_OTHER) return 0;
    int status = 0;
    if (rerun)
        log_info("%s: trained again: %s", t->config.run.folder, difference);
    else
        status = error_set(
            err, ERROR_USAGE,
            "%s: trained with other settings, and its results cannot be "
            "compared with new ones: %s; train such cells again with --rerun, or name "
            "another run=DIR",
            t->config.run.folder, difference);
    mem_free(difference);
    return status;
}

/* What all seeds of a cell share. */
static int check_cell(const Config *c, Error *err)
{
    if (c->data.eval.count == 0)
        return error_set(
            err, ERROR_USAGE,
            "data.eval: not set: an ablation compares evaluations; name evaluation "
            "folders, or set data.root to a folder that `prepare` made");
    return run_model_check(c, err);
}

static int task_open(bool rerun, FileHashes *hashes, AblateTask *t, Error *err)
{
    if (cell_identity(&t->config, hashes, &t->identity, err) != 0) return -1;
    return judge(t, rerun, err);
}

/* The steps that fit into the budget, if there is one. */
static int set_steps(const AblateWant *w, const Cell *cell, Config *c, Error *err)
{
    if (w->budget <= 0) return 0;
    if (run_inputs_check(c, err) != 0) return -1;
    char *folder = file_join(c->run.folder, cell->folder);
    const int status = budget_apply(c, folder, w->budget, !w->dry_run, err);
    mem_free(folder);
    return status;
}

/* All seeds of a cell with one of its learning rates. */
static int open_rate(const AblateWant *w, const Cell *cell, const char *rate,
                     FileHashes *hashes, AblateTasks *out, Error *err)
{
    Config config;
    if (cell_config(w, cell, rate, &config, err) != 0) return -1;
    int status = check_cell(&config, err);
    if (status == 0) status = set_steps(w, cell, &config, err);
    for (int64_t s = 0; status == 0 && s < w->seeds; s++) {
        AblateTask *t = &out->task[out->count++];
        *t = (AblateTask){
            .config = task_config(&config, cell->folder, rate, s), .cell = cell, .rate = rate};
        status = task_open(w->rerun, hashes, t, err);
    }
    config_free(&config);
    return status;
}

static int open_cell(const AblateWant *w, const Cell *cell, FileHashes *hashes,
                     AblateTasks *out, Error *err)
{
    if (check_settings(w, cell, err) != 0) return -1;
    for (int64_t r = 0; r < out->rates; r++)
        if (open_rate(w, cell, w->rates->count ? w->rates->value[r] : NULL, hashes, out, err) !=
            0)
            return -1;
    return 0;
}

/* Two cells that would train the same run. */
static int check_different(const AblateTasks *t, Error *err)
{
    for (int64_t i = 0; i < t->count; i += t->seeds)
        for (int64_t j = 0; j < i; j += t->seeds)
            if (strcmp(t->task[i].identity, t->task[j].identity) == 0)
                return t->task[i].cell == t->task[j].cell
                           ? error_set(err, ERROR_USAGE, "ablate: --lr: %s and %s are the same",
                                       t->task[j].rate, t->task[i].rate)
                           : error_set(err, ERROR_USAGE,
                                       "ablate: --grid: %s and %s are the same cell",
                                       t->task[j].cell->name, t->task[i].cell->name);
    return 0;
}

int ablate_tasks_open(const AblateWant *w, AblateTasks *out, Error *err)
{
    FileHashes hashes = {0};
    int status = 0;
    *out = (AblateTasks){.rates = w->rates->count ? w->rates->count : 1, .seeds = w->seeds};
    out->task = mem_calloc((size_t)(w->grid->cells * out->rates * w->seeds), sizeof *out->task);
    for (int64_t i = 0; status == 0 && i < w->grid->cells; i++)
        status = open_cell(w, &w->grid->cell[i], &hashes, out, err);
    file_hashes_free(&hashes);
    return status == 0 ? check_different(out, err) : -1;
}

char *ablate_task_name(const AblateTask *t)
{
    return mem_format("%s%s%s, seed %ld", t->cell->name, t->rate ? ", lr " : "",
                      t->rate ? t->rate : "", t->config.run.seed);
}

void ablate_tasks_free(AblateTasks *t)
{
    for (int64_t i = 0; i < t->count; i++) {
        mem_free(t->task[i].identity);
        config_free(&t->task[i].config);
    }
    mem_free(t->task);
    *t = (AblateTasks){0};
}
