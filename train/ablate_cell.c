/* SPDX-License-Identifier: Apache-2.0 */
/* The records in the folder of a cell's run. */
#include "train/ablate_cell.h"

#include "core/io/file.h"
#include "core/io/text.h"
#include "core/mem.h"
#include "train/ablate_identity.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char IDENTITY[] = "ablation_cell.txt", RESULTS[] = "ablation_results.txt",
                  OLD_RESULTS[] = "ablation_result.txt";

static int find(const char *run, const char *name, bool *found, Error *err)
{
    char *path = file_join(run, name);
    const int status = file_find(path, found, err);
    mem_free(path);
    return status;
}

static int compare(const char *run, const char *identity, char **difference, Error *err)
{
    Bytes then;
    char *path = file_join(run, IDENTITY);
    const int status = file_read(path, &then, err);
    if (status == 0) *difference = cell_difference((const char *)then.data, identity);
    bytes_free(&then);
    mem_free(path);
    return status;
}

int cell_state(const char *run, const char *identity, enum CellState *out, char **difference,
               Error *err)
{
    bool known, old, logged, finished;
    *difference = NULL;
    if (find(run, IDENTITY, &known, err) != 0 || find(run, OLD_RESULTS, &old, err) != 0 ||
        find(run, "metrics.jsonl", &logged, err) != 0 ||
        find(run, RESULTS, &finished, err) != 0)
        return -1;
    if (known && compare(run, identity, difference, err) != 0) return -1;
    if (!known && (old || logged))
        *difference = mem_strdup("trained without a record of its settings");
    *out = *difference ? CELL_OTHER : finished ? CELL_FINISHED : CELL_NEW;
    return 0;
}

int cell_start(const char *run, const char *identity, Error *err)
{
    return text_write_in(run, IDENTITY, identity, err);
}

int cell_results_write(const char *run, const Metrics *m, int64_t lists, Error *err)
{
    Text text = {0};
    text_put(&text, "mAP CP CR F1\n");
    for (int64_t i = 0; i < lists; i++)
        text_add(&text, "%.17g %.17g %.17g %.17g\n", m[i].map, m[i].cp, m[i].cr, m[i].f1);
    const int status = text_write_in(run, RESULTS, text.data, err);
    text_free(&text);
    return status;
}

int cell_results_read(const char *run, Metrics *m, int64_t lists, Error *err)
{
    Lines lines;
    char *path = file_join(run, RESULTS);
    int status = lines_read(path, &lines, err);
    bool good = status == 0 && (int64_t)lines.count == lists + 1;
    for (int64_t i = 0; good && i < lists; i++)
        good = sscanf(lines.line[i + 1], "%lf %lf %lf %lf", &m[i].map, &m[i].cp, &m[i].cr,
                      &m[i].f1) == 4;
    if (status == 0 && !good)
        status = error_set(err, ERROR_DATA,
                           "%s: damaged: remove it, and the cell is evaluated again", path);
    lines_free(&lines);
    mem_free(path);
    return status;
}

void cell_forget(const char *run)
{
    const char *const name[] = {RESULTS, OLD_RESULTS, IDENTITY};
    for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
        char *path = file_join(run, name[i]);
        unlink(path);
        mem_free(path);
    }
}
