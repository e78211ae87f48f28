/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus ablate: trains and evaluates every cell of a grid, several seeds each, and prints
 * the table. */
#include "core/io/file.h"
#include "core/io/json.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/options/cli.h"
#include "core/stop.h"
#include "train/commands.h"
#include "train/loop.h"

#include <math.h>
#include <string.h>

typedef struct Options {
    const char *grid;
    int64_t seeds;
    bool json;
} Options;

#define AT(field) offsetof(Options, field)

static const CliOption rows[] = {
    {"grid", 0, "GRID", OPTION_STRING, AT(grid), .required = true,
     .help =
         "losses: every value of loss.tag; supervision: tagging alone, alignment alone, both; "
         "KEY=a,b,c: any option, one cell per value"},
    {"seeds", 0, "N", OPTION_INT, AT(seeds), "3", 1, 1000,
     .help = "runs of each cell, with seed, seed + 1, ..."},
    {"json", .offset = AT(json), .help = "print the table as one JSON document on stdout"},
};

enum { MAX_CELLS = 64, MAX_SETTINGS = 2, MAX_LISTS = 16 };

typedef struct Cell {
    char *name;
    char *setting[MAX_SETTINGS]; /* key=value, NULL past the last */
} Cell;

typedef struct Grid {
    Cell cell[MAX_CELLS];
    int64_t cells;
} Grid;

/* mAP of one finished run on each evaluation set. */
typedef struct Result {
    int64_t lists;
    char name[MAX_LISTS][64];
    double map[MAX_LISTS];
} Result;

static void grid_add(Grid *g, const char *name, const char *first, const char *second)
{
    g->cell[g->cells++] =
        (Cell){mem_strdup(name), {mem_strdup(first), second ? mem_strdup(second) : NULL}};
}

static int grid_of_key(const char *text, Grid *g, Error *err)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text || !equals[1])
        return error_set(err, ERROR_USAGE,
                         "ablate: --grid %s: must be losses, supervision or KEY=a,b,c", text);
    char *copy = mem_strdup(equals + 1), *rest = copy;
    int status = 0;
    for (char *one; status == 0 && (one = strtok_r(rest, ",", &rest));) {
        if (g->cells == MAX_CELLS) {
            status =
                error_set(err, ERROR_USAGE, "ablate: --grid: more than %d cells", MAX_CELLS);
            break;
        }
        char *setting = mem_format("%.*s=%s", (int)(equals - text), text, one);
        grid_add(g, one, setting, NULL);
        mem_free(setting);
    }
    mem_free(copy);
    return status;
}

/* One cell for each tagging loss. */
static void grid_of_losses(Grid *g)
{
    for (int i = 0; loss_tag_name(i); i++) {
        char *setting = mem_format("loss.tag=%s", loss_tag_name(i));
        if (*loss_tag_name(i)) grid_add(g, loss_tag_name(i), setting, NULL);
        mem_free(setting);
    }
}

static int grid_read(const char *text, Grid *g, Error *err)
{
    *g = (Grid){0};
    if (strcmp(text, "losses") == 0) return grid_of_losses(g), 0;
    if (strcmp(text, "supervision") != 0) return grid_of_key(text, g, err);
    grid_add(g, "tagging", "loss.weight.align=0", NULL);
    grid_add(g, "alignment", "loss.weight.tag=0", NULL);
    grid_add(g, "both", "loss.weight.tag=1", NULL);
    return 0;
}

static void grid_free(Grid *g)
{
    for (int64_t i = 0; i < g->cells; i++) {
        mem_free(g->cell[i].name);
        for (int j = 0; j < MAX_SETTINGS; j++) mem_free(g->cell[i].setting[j]);
    }
}

static int result_read(const char *path, Result *r, Error *err)
{
    Lines lines;
    *r = (Result){0};
    if (lines_read(path, &lines, err) != 0) return -1;
    for (size_t i = 0; i < lines.count && r->lists < MAX_LISTS; i++)
        if (sscanf(lines.line[i], "%lf %63[^\n]", &r->map[r->lists], r->name[r->lists]) == 2)
            r->lists++;
    lines_free(&lines);
    return 0;
}

static int result_write(const char *path, const RunInputs *in, const double *map, Result *r,
                        Error *err)
{
    Text text = {0};
    *r = (Result){0};
    for (int64_t i = 0; i < in->eval_sets && i < MAX_LISTS; i++) {
        snprintf(r->name[i], sizeof r->name[i], "%s", in->eval_set[i].name);
        r->map[i] = map[i];
        r->lists++;
        text_add(&text, "%.17g %s\n", r->map[i], r->name[i]);
    }
    const int status = text_write(&text, path, err);
    text_free(&text);
    return status;
}

/* The configuration of a cell except run and seed. Owned: config_free. */
static int cell_config(const Cli *cli, const Cell *cell, Config *out, Error *err)
{
    if (config_load(cli->file, cli->files, cli->assignment, cli->assignments, out, err) != 0)
        return -1;
    int status = 0;
    for (int i = 0; status == 0 && i < MAX_SETTINGS && cell->setting[i]; i++)
        status = option_set(config_table(), out, cell->setting[i], err);
    if (status == 0) status = config_check(out, err);
    if (status != 0) config_free(out);
    return status;
}

/* Checks every cell now, so that a typo in the last one does not show after hours of
 * training. */
static int check_cells(const Cli *cli, const Grid *g, Error *err)
{
    Config config;
    for (int64_t i = 0; i < g->cells; i++) {
        if (cell_config(cli, &g->cell[i], &config, err) != 0) return -1;
        config_free(&config);
    }
    return 0;
}

/* Trains one cell, or reads its result if it is done. Returns 0, 1 (stopped) or -1. */
static int run_cell(const Cli *cli, const Cell *cell, int64_t seed, Result *out, Error *err)
{
    Config config;
    if (cell_config(cli, cell, &config, err) != 0) return -1;
    char *run =
        mem_format("%s/%s/seed_%ld", config.run.folder, cell->name, (config.run.seed + seed));
    char *done = file_join(run, "ablation_result.txt");
    int status = 0;
    if (file_exists(done)) {
        status = result_read(done, out, err);
    } else {
        mem_free(config.run.folder);
        config.run.folder = mem_strdup(run);
        config.run.seed += seed;
        config_complete(&config);
        Trainer t;
        log_info("cell %s, seed %ld", cell->name, config.run.seed);
        status = trainer_open(&config, &t, err);
        if (status == 0) {
            status = loop_run(&t, err);
            if (status == 0) status = result_write(done, &t.inputs, t.map, out, err);
            trainer_close(&t);
        }
    }
    mem_free(done);
    mem_free(run);
    config_free(&config);
    return status;
}

typedef struct Statistic {
    double mean, deviation; /* of the sample: n - 1 */
} Statistic;

static Statistic statistic(const Result *r, int64_t seeds, int64_t list)
{
    Statistic s = {0};
    for (int64_t i = 0; i < seeds; i++) s.mean += r[i].map[list] / (double)seeds;
    for (int64_t i = 0; i < seeds; i++)
        s.deviation += (r[i].map[list] - s.mean) * (r[i].map[list] - s.mean);
    s.deviation = seeds > 1 ? sqrt(s.deviation / (double)(seeds - 1)) : 0;
    return s;
}

/* The mean of one cell on one evaluation set. */
typedef struct Row {
    const char *cell, *list;
    Statistic s;
    int64_t seeds;
} Row;

static void add_row(const Row *row, Text *table, Text *csv, json_t *json)
{
    text_add(table, "  %.4f +- %.4f  ", row->s.mean, row->s.deviation);
    text_csv(csv, row->cell);
    text_put(csv, ",");
    text_csv(csv, row->list);
    text_add(csv, ",%.9g,%.9g,%ld\n", row->s.mean, row->s.deviation, row->seeds);
    json_t *object = json_pair("cell", json_text(row->cell));
    json_object_set_new(object, "list", json_text(row->list));
    json_object_set_new(object, "mean", json_digits(row->s.mean, 9));
    json_object_set_new(object, "deviation", json_digits(row->s.deviation, 9));
    json_object_set_new(object, "seeds", json_integer(row->seeds));
    json_array_append_new(json, object);
}

static void put_tables(const Grid *g, const Result *r, int64_t seeds, Text *table, Text *csv,
                       Text *json)
{
    json_t *list = json_array();
    text_add(table, "%-14s", "cell");
    for (int64_t l = 0; l < r[0].lists; l++) text_add(table, "  %-18s", r[0].name[l]);
    text_add(table, "\n");
    text_put(csv, "cell,list,mean,deviation,seeds\n");
    for (int64_t c = 0; c < g->cells; c++) {
        text_add(table, "%-14s", g->cell[c].name);
        for (int64_t l = 0; l < r[0].lists; l++) {
            const Statistic s = statistic(r + c * seeds, seeds, l);
            add_row(&(Row){g->cell[c].name, r[0].name[l], s, seeds}, table, csv, list);
        }
        text_put(table, "\n");
    }
    json_put_rows(json, list, 1);
}

static int write_below(const char *run, const char *name, const Text *text, Error *err)
{
    char *path = file_join(run, name);
    const int status = text_write(text, path, err);
    mem_free(path);
    return status;
}

static int write_tables(const char *run, const Grid *g, const Result *r, int64_t seeds,
                        bool as_json, Error *err)
{
    Text table = {0}, csv = {0}, json = {0};
    int status = -1;
    put_tables(g, r, seeds, &table, &csv, &json);
    if (write_below(run, "ablation.csv", &csv, err) != 0) goto done;
    if (write_below(run, "ablation.json", &json, err) != 0) goto done;
    fputs(as_json ? json.data : table.data, stdout);
    status = 0;
done:
    text_free(&json);
    text_free(&csv);
    text_free(&table);
    return status;
}

static int ablate(const Cli *cli, const Grid *g, int64_t seeds, bool as_json, Error *err)
{
    Config config;
    if (config_load(cli->file, cli->files, cli->assignment, cli->assignments, &config, err) !=
        0)
        return -1;
    int status = 0;
    if (!*config.run.folder)
        status =
            error_set(err, ERROR_USAGE, "run: not set: name the folder of the runs (run=DIR)");
    if (status == 0) status = check_cells(cli, g, err);
    Result *r = mem_calloc((size_t)(g->cells * seeds), sizeof *r);
    stop_block();
    for (int64_t i = 0; status == 0 && i < g->cells * seeds; i++)
        status = run_cell(cli, &g->cell[i / seeds], i % seeds, &r[i], err);
    if (status == 0) status = write_tables(config.run.folder, g, r, seeds, as_json, err);
    mem_free(r);
    config_free(&config);
    return status;
}

static int run(const Cli *cli, void *options, Error *err)
{
    const Options *o = options;
    Grid grid = {0};
    int status = grid_read(o->grid, &grid, err);
    if (status == 0) status = ablate(cli, &grid, o->seeds, o->json, err);
    grid_free(&grid);
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
        "train`, so "
        "all cells take equally many steps. Each cell is a run folder below run=DIR; finished "
        "cells are not run again, and a stopped one resumes. Writes DIR/ablation.csv and "
        "DIR/ablation.json.",
    .option = rows,
    .options = sizeof rows / sizeof *rows,
    .example =
        "ramplus ablate -c configs/synth.yaml data.root=synth run=runs/losses --grid losses",
    .size = sizeof(Options),
    .run = run,
};
