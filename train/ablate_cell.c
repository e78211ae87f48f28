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

static bool has(const char *run, const char *name)
{
    char *path = file_join(run, name);
    const bool yes = file_exists(path);
    mem_free(path);
    return yes;
}

enum CellState cell_state(const char *run, const char *identity, char **difference)
{
    Bytes then;
    char *path = file_join(run, IDENTITY);
    *difference = NULL;
    if (file_exists(path) && file_read(path, &then, NULL) == 0) {
        *difference = cell_difference((const char *)then.data, identity);
        bytes_free(&then);
    } else if (has(run, OLD_RESULTS) || has(run, "metrics.jsonl")) {
        *difference = mem_strdup("trained without a record of its settings");
    }
    mem_free(path);
    if (*difference) return CELL_OTHER;
    return has(run, RESULTS) ? CELL_FINISHED : CELL_NEW;
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
