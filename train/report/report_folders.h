/* SPDX-License-Identifier: Apache-2.0 */
/* The runs of the folders that a report is about: runs and ablations. */
#ifndef RAMPLUS_TRAIN_REPORT_REPORT_FOLDERS_H
#define RAMPLUS_TRAIN_REPORT_REPORT_FOLDERS_H

#include "core/error.h"

#include <jansson.h>
#include <stdint.h>

typedef struct ReportFolder {
    char *path; /* of the run */
    char *cell; /* name of its cell; NULL for a run of no ablation */
} ReportFolder;

typedef struct ReportFolders {
    ReportFolder *run; /* [runs] the runs of a cell are neighbors */
    int64_t runs;
    json_t *ablation; /* {FOLDER: contents of its ablation.json} */
    int64_t ablations;
} ReportFolders;

/* Replaces every folder that is not a run but an ablation by the runs of its cells: those that
 * its table names, in the order of the table, or without such a table all runs CELL/seed_N in
 * the order of their names. With several ablations the names of cells begin with the folder.
 * ERROR_DATA for a malformed table. Owned, also after an error: report_folders_free. */
int report_folders_find(const char *const *argument, int64_t n, ReportFolders *out, Error *err);
void report_folders_free(ReportFolders *f); /* frees and empties */

#endif
