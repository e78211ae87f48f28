/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus ablate: trains and evaluates every cell of a grid, several seeds each, and prints
 * the table. */
#include "configs/config_unused.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/options/cli.h"
#include "core/printable.h"
#include "core/stop.h"
#include "train/ablate_table.h"
#include "train/ablate_tasks.h"
#include "train/commands.h"
#include "train/loop.h"
#include "train/run/run_folder.h"

#include <math.h>
#include <string.h>

typedef struct Options {
    OptionStrings grid;
    int64_t seeds;
    bool rerun, json;
} Options;

#define AT(field) offsetof(Options, field)

static const CliOption rows[] = {
    {"grid", 0, "GRID", OPTION_STRINGS, AT(grid), .required = true,
     .help =
         "losses: every value of loss.tag; supervision: tagging alone, alignment alone, both; "
         "KEY=a,b,c: any option, one cell per value, which may be a list in brackets, "
         "KEY=[1,2],[3]; several grids give their product"},
    {"seeds", 0, "N", OPTION_INT, AT(seeds), "3", 1, 1000,
     .help = "runs of each cell, with seed, seed + 1, ..."},
    {"rerun", .offset = AT(rerun),
     .help = "train those cells again that were trained with other settings, data or another "
             "version; without it they are refused"},
    {"json", .offset = AT(json), .help = "print the table as one JSON document on stdout"},
};

typedef struct Ablation {
    const Options *options;
    Config config; /* what the cells have in common */
    Grid grid;
    AblateTasks tasks;
    int64_t diverged;
    AblateTable table;
} Ablation;

static void warn_unused(const Ablation *a, const Cli *cli)
{
    const Config **run = mem_alloc((size_t)a->tasks.count * sizeof *run);
    for (int64_t i = 0; i < a->tasks.count; i++) run[i] = &a->tasks.task[i].config;
    config_warn_unused(run, a->tasks.count, cli->assignment, cli->assignments);
    mem_free(run);
}

/* The lists of all cells, which must be equally many. */
static int open_table(Ablation *a, Error *err)
{
    const OptionStrings *eval = &a->tasks.task[0].config.data.eval;
    for (int64_t i = 1; i < a->tasks.count; i++)
        if (a->tasks.task[i].config.data.eval.count != eval->count)
            return error_set(err, ERROR_USAGE,
                             "data.eval: the cells have different numbers of evaluation sets");
    a->table =
        (AblateTable){.grid = &a->grid,
                      .seeds = a->options->seeds,
                      .first_seed = a->tasks.task[0].config.run.seed,
                      .lists = eval->count,
                      .list = mem_calloc((size_t)(a->grid.cells * eval->count), sizeof(char *)),
                      .metrics = mem_calloc((size_t)(a->tasks.count * eval->count),
                                            sizeof *a->table.metrics)};
    for (int64_t c = 0; c < a->grid.cells; c++) {
        char **name = eval_set_names(&a->tasks.task[c * a->options->seeds].config.data.eval);
        memcpy(a->table.list + c * eval->count, name, (size_t)eval->count * sizeof *name);
        mem_free(name); /* the names themselves belong to the table now */
    }
    return 0;
}

/* Trains one run. Nothing is left to be saved of the one before. */
static int train(AblateTask *t, Metrics *out, Error *err)
{
    Trainer trainer;
    stop_release();
    if (t->state == CELL_OTHER) {
        mem_free(t->config.run.resume);
        t->config.run.resume = mem_strdup("never");
    }
    int status = trainer_open(&t->config, &trainer, err);
    if (status != 0) return -1;
    const int64_t lists = trainer.inputs.eval_sets;
    if (t->state == CELL_OTHER) cell_forget(t->config.run.folder);
    status = cell_start(t->config.run.folder, t->identity, err);
    if (status == 0) status = loop_run(&trainer, err);
    if (status == 0) memcpy(out, trainer.means, (size_t)lists * sizeof *out);
    if (status == 0) status = cell_results_write(t->config.run.folder, out, lists, err);
    trainer_close(&trainer);
    return status;
}

/* "cell 3 of 10: bce, seed 1; about 12m03s left" */
static void announce(const Ablation *a, int64_t at, int64_t left, double seconds)
{
    char duration[24] = "";
    if (seconds > 0) log_duration(seconds * (double)left, duration);
    log_info("cell %ld of %ld: %s, seed %ld%s%s%s", at + 1, a->tasks.count,
             a->tasks.task[at].cell->name, a->tasks.task[at].config.run.seed,
             *duration ? "; about " : "", duration, *duration ? " left" : "");
}

/* Trains one run. A run that diverges has no numbers, and the others go on. */
static int run_task(Ablation *a, int64_t at, Metrics *m, Error *err)
{
    Error why = {0};
    const int status = train(&a->tasks.task[at], m, &why);
    if (status == 0 || why.code != ERROR_NUMERIC) return error_move(err, &why);
    log_warn("%s, seed %ld: %s", a->tasks.task[at].cell->name,
             a->tasks.task[at].config.run.seed, why.text);
    for (int64_t l = 0; l < a->table.lists; l++)
        m[l] = (Metrics){.map = (double)NAN, (double)NAN, (double)NAN, (double)NAN};
    a->diverged++;
    return 0;
}

/* Trains what is not finished and reads the rest. */
static int run_tasks(Ablation *a, Error *err)
{
    const int64_t lists = a->table.lists;
    int64_t left = 0, trained = 0;
    for (int64_t i = 0; i < a->tasks.count; i++)
        left += a->tasks.task[i].state != CELL_FINISHED;
    const double start = log_now();
    int status = 0;
    for (int64_t i = 0; status == 0 && i < a->tasks.count; i++) {
        Metrics *m = a->table.metrics + i * lists;
        AblateTask *t = &a->tasks.task[i];
        if (t->state == CELL_FINISHED) {
            status = cell_results_read(t->config.run.folder, m, lists, err);
            continue;
        }
        announce(a, i, left--, trained ? (log_now() - start) / (double)trained : 0);
        status = run_task(a, i, m, err);
        trained++;
    }
    return status;
}

static int write_tables(const Ablation *a, Error *err)
{
    const char *run = a->config.run.folder;
    Text table = {0}, csv = {0}, json = {0};
    int status = -1;
    ablate_table_text(&a->table, &table);
    ablate_table_csv(&a->table, &csv);
    ablate_table_json(&a->table, &json);
    if (text_write_in(run, "ablation.csv", csv.data, err) != 0) goto done;
    if (text_write_in(run, "ablation.json", json.data, err) != 0) goto done;
    printable_print(a->options->json ? json.data : table.data);
    status = 0;
done:
    text_free(&json);
    text_free(&csv);
    text_free(&table);
    return status;
}

/* Everything that can be refused is refused before the folder is touched. */
static int prepare(Ablation *a, const Cli *cli, Error *err)
{
    const AblateWant want = {.common = &a->config,
                             .grid = &a->grid,
                             .seeds = a->options->seeds,
                             .rerun = a->options->rerun,
                             .assignment = cli->assignment,
                             .assignments = cli->assignments};
    if (grid_read(&a->options->grid, &a->grid, err) != 0) return -1;
    if (ablate_tasks_open(&want, &a->tasks, err) != 0) return -1;
    const Cell *checked = NULL;
    for (int64_t i = 0; i < a->tasks.count; i++) {
        const AblateTask *t = &a->tasks.task[i];
        if (t->state == CELL_FINISHED || t->cell == checked) continue;
        if (run_inputs_check(&t->config, err) != 0) return -1;
        checked = t->cell;
    }
    warn_unused(a, cli);
    return open_table(a, err);
}

static int ablate(Ablation *a, const Cli *cli, Error *err)
{
    RunLock lock;
    if (prepare(a, cli, err) != 0) return -1;
    if (run_lock(a->config.run.folder, &lock, err) != 0) return -1;
    int status = run_tasks(a, err);
    if (status == 0) status = write_tables(a, err);
    if (status == 0 && a->diverged)
        status = error_set(err, ERROR_NUMERIC, "ablate: %ld of %ld runs diverged: see above",
                           a->diverged, a->tasks.count);
    run_unlock(&lock);
    return status;
}

static void free_all(Ablation *a)
{
    ablate_tasks_free(&a->tasks);
    path_names_free(a->table.list, a->grid.cells * a->table.lists);
    mem_free(a->table.metrics);
    config_free(&a->config);
    grid_free(&a->grid);
}

static int run(const Cli *cli, void *options, Error *err)
{
    Ablation a = {.options = options};
    if (config_load(cli->file, cli->files, cli->assignment, cli->assignments, &a.config, err) !=
        0)
        return -1;
    int status = run_folder_check(a.config.run.folder, err);
    if (status == 0) status = ablate(&a, cli, err);
    free_all(&a);
    return status;
}

const CliCommand cmd_ablate = {
    .name = "ablate",
    .summary = "train and evaluate every cell of a grid",
    .files = true,
    .settings = true,
    .resumes = true,
    .prose =
        "Trains and evaluates every cell of the grid with N seeds and prints mean and standard "
        "deviation of the mAP on each evaluation set. Everything else is as in `ramplus "
        "train`, so all cells take equally many steps. Each cell is a run folder below "
        "run=DIR; finished cells are not run again, and a stopped one resumes. A cell with "
        "other settings, lists, descriptions or annotations (by contents, not names) or of "
        "another version is refused, or trained again with --rerun. A run that diverges has no "
        "numbers in the tables, and the exit code is 5. Writes DIR/ablation.csv, "
        "with a row per cell, seed and evaluation set, and DIR/ablation.json.",
    .option = rows,
    .options = sizeof rows / sizeof *rows,
    .example =
        "ramplus ablate -c configs/synth.yaml data.root=synth run=runs/losses --grid losses",
    .size = sizeof(Options),
    .run = run,
};
