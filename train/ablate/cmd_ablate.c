/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus ablate: trains and evaluates every cell of a grid, several seeds each, and prints
 * the table. */
#include "configs/config_unused.h"
#include "core/io/file.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/options/cli.h"
#include "core/printable.h"
#include "core/strings/strings.h"
#include "eval/metrics/bootstrap.h"
#include "train/ablate/axis.h"
#include "train/ablate/range.h"
#include "train/ablate/rehearse.h"
#include "train/ablate/table_print.h"
#include "train/commands.h"
#include "train/run/run_folder.h"
#include "train/run/run_inputs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum Format { FORMAT_TEXT, FORMAT_MARKDOWN, FORMAT_LATEX, FORMAT_CSV, FORMAT_JSON };

typedef struct Options {
    OptionStrings grid;
    const char *rates, *validation, *against, *cell;
    int64_t seeds, bootstrap;
    double budget;
    int format;
    bool rerun, dry_run, json;
} Options;

#define AT(field) offsetof(Options, field)

static const CliOption rows[] = {
    {"grid", 0, "GRID", OPTION_STRINGS, AT(grid), .required = true, .help = AXIS_HELP},
    {"seeds", 0, "N", OPTION_INT, AT(seeds), "3", 1, 1000,
     .help = "runs of each cell, with seed, seed + 1, ..."},
    {"lr", 0, "RATES", OPTION_STRING, AT(rates),
     .help = "train each cell with each of these learning rates, 1e-3,3e-3 or 1e-4..1e-2:5log, "
             "and report the one with the highest mAP on the validation images"},
    {"validation", 0, "F-or-DIR", OPTION_STRING, AT(validation),
     .help = "the images that choose the learning rate and are not reported: a share of each "
             "list, chosen by name (default: 0.3 with --lr), or an evaluation folder of their "
             "own"},
    {"against", 0, "CELL", OPTION_STRING, AT(against),
     .help = "the cell to which all others are compared; without it, the first one"},
    {"bootstrap", 0, "N", OPTION_INT, AT(bootstrap), "1000", 0, BOOTSTRAP_MAX,
     .help = "resamples of the images for the intervals of the differences; 0: none"},
    {"cell", 0, "I/N", OPTION_STRING, AT(cell),
     .help =
         "train runs I, I + N, I + 2N, ... alone, counted from 1: a task of a cluster's job "
         "array; the last one to finish writes the complete tables"},
    {"budget", 0, "S", OPTION_FLOAT, AT(budget), "0", 0, HUGE_VAL, .unit = "seconds",
     .help = "equal time instead of equal steps: each run takes as many steps as its cell does "
             "in S seconds on this machine, measured once for each cell; 0: equal steps"},
    {"dry-run", .offset = AT(dry_run),
     .help = "print the cells with their memory and time, from three steps of each, and stop"},
    {"rerun", .offset = AT(rerun),
     .help = "train those cells again that were trained with other settings, data or another "
             "version; without it they are refused"},
    {"format", 0, "FORMAT", OPTION_CHOICE, AT(format), "text",
     .choices = "text|markdown|latex|csv|json", .help = "of the table on stdout"},
    {"json", .offset = AT(json), .help = "the same as --format json"},
};

typedef struct Ablation {
    const Options *options;
    Config config; /* what the cells have in common */
    Grid grid;
    OptionStrings rates;
    Validation validation;
    AblateShare share;
    int64_t against; /* index of a cell */
    AblateTasks tasks;
    AblateWork work;
    AblateTable table;
} Ablation;

/* ---- reading the command line ---- */

/* A share in (0, 1) or a folder. */
static int read_validation(Ablation *a, Error *err)
{
    const char *text = a->options->validation;
    char *end;
    if (!text) {
        a->validation.share = a->options->rates ? 0.3 : 0;
        return 0;
    }
    a->validation.share = strtod(text, &end);
    if (end > text && !*end && a->validation.share > 0 && a->validation.share < 1) return 0;
    a->validation = (Validation){.folder = text};
    if (file_is_dir(text)) return 0;
    return error_set(err, ERROR_USAGE,
                     "ablate: --validation %s: neither a number between 0 and 1 nor a folder",
                     text);
}

/* I/N, counted from 1. */
static int read_share(Ablation *a, Error *err)
{
    const char *text = a->options->cell;
    char *end = NULL;
    a->share = (AblateShare){0, 1};
    if (!text) return 0;
    const int64_t part = strtol(text, &end, 10);
    if (end > text && *end == '/') {
        const char *text_parts = end + 1;
        const int64_t parts = strtol(text_parts, &end, 10);
        a->share = (AblateShare){part - (part > 0), parts};
        if (end > text_parts && !*end && part >= 1 && part <= parts) return 0;
    }
    return error_set(err, ERROR_USAGE,
                     "ablate: --cell %s: expected I/N with I from 1 to N, as in 3/25", text);
}

static int read_options(Ablation *a, Error *err)
{
    const char *rates = a->options->rates;
    if (grid_read(&a->options->grid, &a->grid, err) != 0) return -1;
    if (rates && range_read("lr", rates, &a->rates, err) != 0) return -1;
    if (read_validation(a, err) != 0) return -1;
    return read_share(a, err);
}

/* ---- before anything is trained ---- */

static void warn_unused(const Ablation *a, const Cli *cli)
{
    const Config **run = mem_alloc((size_t)a->tasks.count * sizeof *run);
    for (int64_t i = 0; i < a->tasks.count; i++) run[i] = &a->tasks.task[i].config;
    config_warn_unused(run, a->tasks.count, cli->assignment, cli->assignments);
    mem_free(run);
}

static int check_lists(const Ablation *a, Error *err)
{
    const int64_t lists = a->tasks.task[0].config.data.eval.count;
    for (int64_t i = 1; i < a->tasks.count; i++)
        if (a->tasks.task[i].config.data.eval.count != lists)
            return error_set(err, ERROR_USAGE,
                             "data.eval: the cells have different numbers of evaluation sets");
    return 0;
}

static int check_inputs(const Ablation *a, Error *err)
{
    const Cell *checked = NULL;
    for (int64_t i = 0; i < a->tasks.count; i++) {
        const AblateTask *t = &a->tasks.task[i];
        if (t->state == CELL_FINISHED || t->cell == checked) continue;
        if (run_inputs_check(&t->config, err) != 0) return -1;
        checked = t->cell;
    }
    return 0;
}

/* Everything that can be refused is refused before anything is trained. */
static int prepare(Ablation *a, const Cli *cli, Error *err)
{
    const AblateWant want = {.common = &a->config,
                             .grid = &a->grid,
                             .rates = &a->rates,
                             .validation = a->validation.folder,
                             .seeds = a->options->seeds,
                             .budget = a->options->budget,
                             .dry_run = a->options->dry_run,
                             .rerun = a->options->rerun,
                             .assignment = cli->assignment,
                             .assignments = cli->assignments};
    if (ablate_tasks_open(&want, &a->tasks, err) != 0) return -1;
    if (check_inputs(a, err) != 0 || check_lists(a, err) != 0) return -1;
    const char *against = a->options->against;
    a->against = against ? grid_find(&a->grid, against) : 0;
    if (a->against < 0)
        return error_set(err, ERROR_USAGE,
                         "ablate: --against %s: no such cell; the first one is %s", against,
                         a->grid.cell[0].name);
    warn_unused(a, cli);
    return 0;
}

/* ---- tables ---- */

typedef void PrintTable(const AblateTable *t, Text *out);

static const struct {
    const char *file;
    PrintTable *print;
} FORMATS[] = {
    [FORMAT_TEXT] = {"ablation.txt", ablate_table_text},
    [FORMAT_MARKDOWN] = {"ablation.md", ablate_table_markdown},
    [FORMAT_LATEX] = {"ablation.tex", ablate_table_latex},
    [FORMAT_CSV] = {"ablation.csv", ablate_table_csv},
    [FORMAT_JSON] = {"ablation.json", ablate_table_json},
    {"ablation_seconds.csv", ablate_table_seconds},
};
enum { TABLES = sizeof FORMATS / sizeof *FORMATS };

/* Writes all forms of the table and prints one. */
static int write_tables(const Ablation *a, Error *err)
{
    const int wanted = a->options->json ? FORMAT_JSON : a->options->format;
    int status = 0;
    for (int i = 0; status == 0 && i < TABLES; i++) {
        Text text = {0};
        FORMATS[i].print(&a->table, &text);
        status = text_write_in(a->config.run.folder, FORMATS[i].file, text.data, err);
        if (status == 0 && i == wanted) printable_print(text.data);
        text_free(&text);
    }
    return status;
}

static int make_tables(Ablation *a, Error *err)
{
    const AblateTableWant want = {.grid = &a->grid,
                                  .tasks = &a->tasks,
                                  .work = &a->work,
                                  .validation = a->validation,
                                  .against = a->against,
                                  .resamples = a->options->bootstrap};
    if (ablate_table_new(&want, &a->table, err) != 0) return -1;
    return write_tables(a, err);
}

/* The exit code says whether all runs have numbers, and the table all that they give. */
static int judge(const Ablation *a, Error *err)
{
    const AblateWork *w = &a->work;
    if (w->failed == 0 && a->table.unread == 0) return 0;
    if (w->failed == 0)
        return error_set(err, ERROR_RUNTIME,
                         "ablate: %ld files of scores cannot be read: see above; the same "
                         "command makes the tables whole",
                         a->table.unread);
    const int code = w->code ? w->code : ERROR_RUNTIME;
    return error_set(err, code, "ablate: %ld of %ld runs %s: see above", w->failed,
                     a->tasks.count, code == ERROR_NUMERIC ? "diverged" : "failed");
}

static int work(Ablation *a, Error *err)
{
    ablate_work(&a->tasks, a->share, a->tasks.task[0].config.data.eval.count, &a->work);
    if (a->work.open && a->share.parts > 1)
        log_info("%ld of %ld runs are not finished: the last process to finish writes the "
                 "tables",
                 a->work.open, a->tasks.count);
    else if (make_tables(a, err) != 0)
        return -1;
    return judge(a, err);
}

static int ablate(Ablation *a, const Cli *cli, Error *err)
{
    if (a->options->json && cli_given(cli, "format"))
        return cli_refuse(cli, err, "either --format or --json");
    if (read_options(a, err) != 0 || prepare(a, cli, err) != 0) return -1;
    if (a->options->dry_run) return ablate_rehearse(&a->tasks, a->share, err);
    return work(a, err);
}

static void free_all(Ablation *a)
{
    ablate_table_free(&a->table);
    ablate_work_free(&a->work);
    ablate_tasks_free(&a->tasks);
    option_strings_free(&a->rates);
    grid_free(&a->grid);
    config_free(&a->config);
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
        "deviation of the mAP on each evaluation set, then the paired differences to one cell "
        "with their intervals. Everything else is as in `ramplus train`: all cells take "
        "equally "
        "many steps, and those of one seed start from the same random weights and see the same "
        "images in the same order. Each cell is a run folder below run=DIR; finished cells are "
        "not run again, and a stopped one resumes. A cell with "
        "other settings, lists, descriptions or annotations (by contents, not names) or of "
        "another version is refused, or trained again with --rerun. A run that fails or "
        "diverges has no numbers in the tables, the others go on, and the exit code is that of "
        "the first failure.\n\n"
        "Several processes may work on one ablation at the same time: start the same command "
        "again, on this machine or on others that share the folder, or give the tasks of a job "
        "array --cell I/N. Writes DIR/ablation.txt, .md, .tex, .csv and .json, and the "
        "seconds of the runs to DIR/ablation_seconds.csv.",
    .option = rows,
    .options = sizeof rows / sizeof *rows,
    .example =
        "ramplus ablate -c configs/synth.yaml data.root=synth run=runs/losses --grid losses",
    .size = sizeof(Options),
    .run = run,
};
