/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the runs of ablations. */
#include "train/report/report_folders.h"

#include "core/io/file.h"
#include "core/io/file_walk.h"
#include "core/io/path_below.h"
#include "core/json/json.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/strings/strings.h"

#include <string.h>

enum { TABLE_BYTES = 64 << 20 };

/* Takes ownership of both strings. */
static void add_run(ReportFolders *f, char *path, char *cell)
{
    f->run = mem_realloc(f->run, (size_t)(f->runs + 1) * sizeof *f->run);
    f->run[f->runs++] = (ReportFolder){path, cell};
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The name of the cell whose folder is called so: %XX stands for a byte. Owned. */
static char *cell_of(const char *folder, size_t len)
{
    char *name = mem_alloc(len + 1);
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        const int high = folder[i] == '%' && i + 2 < len ? hex_digit(folder[i + 1]) : -1;
        const int low = high >= 0 ? hex_digit(folder[i + 2]) : -1;
        const bool coded = low >= 0 && (high || low);
        name[n++] = coded ? (char)(16 * high + low) : folder[i];
        if (coded) i += 2;
    }
    name[n] = 0;
    return name;
}

/* The runs CELL/seed_N below the folder. */
static int add_found(ReportFolders *f, const char *folder, Error *err)
{
    static const char log[] = "/metrics.jsonl";
    Lines files;
    if (file_walk(folder, &files, err) != 0) return -1;
    for (size_t i = 0; i < files.count; i++) {
        char *end = files.line[i] + strlen(files.line[i]) - (sizeof log - 1);
        const char *seed = strstr(files.line[i], "/seed_");
        if (!strings_end_in(files.line[i], log) || !seed || strchr(seed + 1, '/') != end)
            continue;
        *end = 0;
        add_run(f, file_join(folder, files.line[i]),
                cell_of(files.line[i], (size_t)(seed - files.line[i])));
    }
    lines_free(&files);
    return 0;
}

static bool has_run(const ReportFolders *f, const char *path)
{
    for (int64_t i = 0; i < f->runs; i++)
        if (strcmp(f->run[i].path, path) == 0) return true;
    return false;
}

/* A run that the table names; one that failed before its first record is left out. */
static int add_named_run(ReportFolders *f, const char *folder, const char *cell,
                         const json_t *run, Error *err)
{
    Error why = {0};
    const char *name = json_string_value(json_object_get(run, "folder"));
    char *log = name ? mem_format("%s/metrics.jsonl", name) : NULL;
    char *path = log ? path_below(folder, log, false, &why) : NULL;
    if (why.code == ERROR_DATA) log_warn("%s: omitted from the report", why.text);
    if (path && file_exists(path)) {
        path[strlen(path) - strlen("/metrics.jsonl")] = 0;
        if (!has_run(f, path)) add_run(f, mem_strdup(path), mem_strdup(cell));
    }
    mem_free(path);
    mem_free(log);
    return why.code && why.code != ERROR_DATA ? error_move(err, &why) : 0;
}

static int add_named(ReportFolders *f, const char *folder, const json_t *table, Error *err)
{
    int status = 0;
    for (size_t i = 0; i < json_array_size(table); i++) {
        const json_t *row = json_array_get(table, i), *runs = json_object_get(row, "runs");
        const char *cell = json_string_value(json_object_get(row, "cell"));
        for (size_t s = 0; status == 0 && cell && s < json_array_size(runs); s++)
            status = add_named_run(f, folder, cell, json_array_get(runs, s), err);
    }
    return status;
}

/* The table of a finished ablation, or NULL if there is none. */
static int read_table(const char *folder, json_t **table, Error *err)
{
    Error why = {0};
    char *path = file_join(folder, "ablation.json");
    int status = 0;
    *table = NULL;
    if (file_exists(path)) {
        *table = json_read(path, TABLE_BYTES, &why);
        if (!json_is_array(*table))
            status = error_set(err, ERROR_DATA, "%s: not a table of an ablation: %s", path,
                               *table ? "no array" : why.text);
    }
    mem_free(path);
    return status;
}

static void prefix_cells(ReportFolders *f, int64_t first, const char *folder)
{
    char *last = file_last_part(folder);
    for (int64_t i = first; i < f->runs; i++) {
        char *name = mem_format("%s: %s", last, f->run[i].cell);
        mem_free(f->run[i].cell);
        f->run[i].cell = name;
    }
    mem_free(last);
}

/* Appends the runs of an ablation, if the folder is one. */
static int add_ablation(ReportFolders *f, const char *folder, bool several, Error *err)
{
    const int64_t before = f->runs;
    json_t *table;
    int status = read_table(folder, &table, err);
    if (status == 0) status = add_named(f, folder, table, err);
    if (status == 0 && f->runs == before) status = add_found(f, folder, err);
    if (status == 0 && table && f->runs > before) json_object_set(f->ablation, folder, table);
    if (status == 0 && f->runs > before) f->ablations++;
    if (status == 0 && several) prefix_cells(f, before, folder);
    json_decref(table);
    return status;
}

int report_folders_find(const char *const *argument, int64_t n, ReportFolders *out, Error *err)
{
    *out = (ReportFolders){.ablation = json_object()};
    for (int64_t i = 0; i < n; i++) {
        char *log = file_join(argument[i], "metrics.jsonl");
        const bool run = file_exists(log) || !file_is_dir(argument[i]);
        const int64_t before = out->runs;
        mem_free(log);
        if (!run && add_ablation(out, argument[i], n > 1, err) != 0) return -1;
        if (out->runs == before) add_run(out, mem_strdup(argument[i]), NULL);
    }
    return 0;
}

void report_folders_free(ReportFolders *f)
{
    for (int64_t i = 0; i < f->runs; i++) {
        mem_free(f->run[i].path);
        mem_free(f->run[i].cell);
    }
    mem_free(f->run);
    json_decref(f->ablation);
    *f = (ReportFolders){0};
}
