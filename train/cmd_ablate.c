/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus ablate: trains and evaluates every cell of a grid, several seeds each, and prints
 * the table. */
#include "core/io/file.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/options/cli.h"
#include "core/printable.h"
#include "core/stop.h"
#include "train/ablate_cell.h"
#include "train/ablate_grid.h"
#include "train/ablate_identity.h"
#include "train/ablate_table.h"
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

/* One run of one cell. */
typedef struct Task {
    Config config;
    const Cell *cell;
    char *identity;
    enum CellState state;
} Task;

typedef struct Ablation {
    const Options *options;
    Grid grid;
    char *folder; /* run=DIR */
    Task *task;   /* [cells, seeds] */
    int64_t tasks, diverged;
    AblateTable table;
} Ablation;

/* The grid that is multiplied last would win, and the name of the cell would claim both. */
static int check_settings(const Cell *cell, Error *err)
{
    for (int64_t i = 0; i < cell->settings; i++)
        for (int64_t j = 0; j < i; j++) {
            const OptionRow *row = option_of(config_table(), cell->setting[i]);
            if (row && row == option_of(config_table(), cell->setting[j]))
                return error_set(err, ERROR_USAGE,
                                 "ablate: --grid: %s: set by two grids, as '%s' and '%s'",
                                 row->name, cell->setting[j], cell->setting[i]);
        }
    return 0;
}

/* The configuration of one run. Owned: config_free. */
static int task_config(const Cli *cli, const Cell *cell, int64_t seed, Config *out, Error *err)
{
    if (config_load(cli->file, cli->files, cli->assignment, cli->assignments, out, err) != 0)
        return -1;
    int status = check_settings(cell, err);
    for (int64_t i = 0; status == 0 && i < cell->settings; i++)
        status = option_set(config_table(), out, cell->setting[i], err);
    if (status == 0) status = config_check(out, err);
    if (status == 0) status = run_folder_check(out->run.folder, err);
    if (status != 0) {
        config_free(out);
        return -1;
    }
    char *run =
        mem_format("%s/%s/seed_%ld", out->run.folder, cell->folder, out->run.seed + seed);
    mem_free(out->run.folder);
    out->run.folder = run;
    out->run.seed += seed;
    config_complete(out);
    return 0;
}

/* What a cell that was trained otherwise means: an error, or a line that it is trained again. */
static int judge(Task *t, bool rerun, Error *err)
{
    char *difference;
    t->state = cell_state(t->config.run.folder, t->identity, &difference);
    if (t->state != CELL_OTHER) return 0;
    int status = 0;
    if (rerun)
        log_info("%s: trained again: %s", t->config.run.folder, difference);
    else
        status = error_set(err, ERROR_USAGE,
                           "%s: trained with other settings, and its results cannot stand "
                           "beside new ones: %s; train such cells again with --rerun, or name "
                           "another run=DIR",
                           t->config.run.folder, difference);
    mem_free(difference);
    return status;
}

/* Prepares one run without training anything, so that a mistake in the last one does not show
 * after hours. */
static int task_open(const Cli *cli, const Options *o, const Cell *cell, int64_t seed,
                     FileHashes *hashes, Task *t, Error *err)
{
    t->cell = cell;
    if (task_config(cli, cell, seed, &t->config, err) != 0) return -1;
    if (t->config.data.eval.count == 0)
        return error_set(
            err, ERROR_USAGE,
            "data.eval: not set: an ablation compares evaluations; name evaluation "
            "folders, or set data.root to a folder that `prepare` made");
    if (run_model_check(&t->config, err) != 0) return -1;
    if (cell_identity(&t->config, hashes, &t->identity, err) != 0) return -1;
    return judge(t, o->rerun, err);
}

/* Two cells that would train the same run. */
static int check_different(const Ablation *a, Error *err)
{
    const int64_t seeds = a->options->seeds;
    for (int64_t i = 0; i < a->tasks; i += seeds)
        for (int64_t j = 0; j < i; j += seeds)
            if (strcmp(a->task[i].identity, a->task[j].identity) == 0)
                return error_set(err, ERROR_USAGE,
                                 "ablate: --grid: %s and %s are the same cell",
                                 a->task[j].cell->name, a->task[i].cell->name);
    return 0;
}

static int open_tasks(Ablation *a, const Cli *cli, Error *err)
{
    const Options *o = a->options;
    FileHashes hashes = {0};
    int status = 0;
    a->task = mem_calloc((size_t)(a->grid.cells * o->seeds), sizeof *a->task);
    for (int64_t i = 0; status == 0 && i < a->grid.cells * o->seeds; i++, a->tasks++)
        status = task_open(cli, o, &a->grid.cell[i / o->seeds], i % o->seeds, &hashes,
                           &a->task[i], err);
    file_hashes_free(&hashes);
    return status == 0 ? check_different(a, err) : -1;
}

/* The lists of all cells, which must be equally many. */
static int open_table(Ablation *a, Error *err)
{
    const OptionStrings *eval = &a->task[0].config.data.eval;
    for (int64_t i = 1; i < a->tasks; i++)
        if (a->task[i].config.data.eval.count != eval->count)
            return error_set(err, ERROR_USAGE,
                             "data.eval: the cells have different numbers of evaluation sets");
    a->table = (AblateTable){
        .grid = &a->grid,
        .seeds = a->options->seeds,
        .first_seed = a->task[0].config.run.seed,
        .lists = eval->count,
        .list = mem_calloc((size_t)(a->grid.cells * eval->count), sizeof(char *)),
        .metrics = mem_calloc((size_t)(a->tasks * eval->count), sizeof *a->table.metrics)};
    for (int64_t c = 0; c < a->grid.cells; c++) {
        char **name = eval_set_names(&a->task[c * a->options->seeds].config.data.eval);
        memcpy(a->table.list + c * eval->count, name, (size_t)eval->count * sizeof *name);
        mem_free(name); /* the names themselves belong to the table now */
    }
    return 0;
}

/* Trains one run. Returns 0, 1 (stopped) or -1. */
static int train(Task *t, Metrics *out, Error *err)
{
    Trainer trainer;
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
    log_info("cell %ld of %ld: %s, seed %ld%s%s%s", at + 1, a->tasks, a->task[at].cell->name,
             a->task[at].config.run.seed, *duration ? "; about " : "", duration,
             *duration ? " left" : "");
}

/* Trains one run. A run that diverges has no numbers, and the others go on. */
static int run_task(Ablation *a, int64_t at, Metrics *m, Error *err)
{
    Error why = {0};
    const int status = train(&a->task[at], m, &why);
    if (status >= 0 || why.code != ERROR_NUMERIC)
        return status < 0 ? error_move(err, &why) : status;
    log_warn("%s, seed %ld: %s", a->task[at].cell->name, a->task[at].config.run.seed, why.text);
    for (int64_t l = 0; l < a->table.lists; l++)
        m[l] = (Metrics){.map = (double)NAN, (double)NAN, (double)NAN, (double)NAN};
    a->diverged++;
    return 0;
}

/* Trains what is not finished and reads the rest. Returns 0, 1 (stopped) or -1. */
static int run_tasks(Ablation *a, Error *err)
{
    const int64_t lists = a->table.lists;
    int64_t left = 0, trained = 0;
    for (int64_t i = 0; i < a->tasks; i++) left += a->task[i].state != CELL_FINISHED;
    const double start = log_now();
    int status = 0;
    for (int64_t i = 0; status == 0 && i < a->tasks; i++) {
        Metrics *m = a->table.metrics + i * lists;
        Task *t = &a->task[i];
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

static int write_below(const char *run, const char *name, const Text *text, Error *err)
{
    char *path = file_join(run, name);
    const int status = text_write(text, path, err);
    mem_free(path);
    return status;
}

static int write_tables(const Ablation *a, Error *err)
{
    Text table = {0}, csv = {0}, json = {0};
    int status = -1;
    ablate_table_text(&a->table, &table);
    ablate_table_csv(&a->table, &csv);
    ablate_table_json(&a->table, &json);
    if (write_below(a->folder, "ablation.csv", &csv, err) != 0) goto done;
    if (write_below(a->folder, "ablation.json", &json, err) != 0) goto done;
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
    if (grid_read(&a->options->grid, &a->grid, err) != 0) return -1;
    if (open_tasks(a, cli, err) != 0) return -1;
    const Cell *checked = NULL;
    for (int64_t i = 0; i < a->tasks; i++) {
        const Task *t = &a->task[i];
        if (t->state == CELL_FINISHED || t->cell == checked) continue;
        if (run_inputs_check(&t->config, err) != 0) return -1;
        checked = t->cell;
    }
    return open_table(a, err);
}

static int ablate(Ablation *a, const Cli *cli, Error *err)
{
    RunLock lock;
    if (prepare(a, cli, err) != 0) return -1;
    if (run_lock(a->folder, &lock, err) != 0) return -1;
    stop_block();
    int status = run_tasks(a, err);
    if (status == 0) status = write_tables(a, err);
    if (status == 0 && a->diverged)
        status = error_set(err, ERROR_NUMERIC, "ablate: %ld of %ld runs diverged: see above",
                           a->diverged, a->tasks);
    run_unlock(&lock);
    return status;
}

static void free_all(Ablation *a)
{
    for (int64_t i = 0; a->task && i < a->grid.cells * a->options->seeds; i++) {
        mem_free(a->task[i].identity);
        if (a->task[i].config.run.folder) config_free(&a->task[i].config);
    }
    path_names_free(a->table.list, a->grid.cells * a->table.lists);
    mem_free(a->table.metrics);
    mem_free(a->task);
    mem_free(a->folder);
    grid_free(&a->grid);
}

static int run(const Cli *cli, void *options, Error *err)
{
    Ablation a = {.options = options};
    Config config;
    if (config_load(cli->file, cli->files, cli->assignment, cli->assignments, &config, err) !=
        0)
        return -1;
    a.folder = mem_strdup(config.run.folder);
    config_free(&config);
    const int status = ablate(&a, cli, err);
    free_all(&a);
    return status > 0 ? ERROR_STOPPED : status;
}

const CliCommand cmd_ablate = {
    .name = "ablate",
    .summary = "train and evaluate every cell of a grid",
    .files = true,
    .settings = true,
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
