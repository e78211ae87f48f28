/* SPDX-License-Identifier: Apache-2.0 */
/* Folders of ablations among the runs of a report. */
#ifndef RAMPLUS_TRAIN_REPORT_REPORT_ABLATION_H
#define RAMPLUS_TRAIN_REPORT_REPORT_ABLATION_H

#include "core/error.h"
#include "core/io/text.h"

#include <jansson.h>
#include <stdint.h>

typedef struct ReportFolders {
    char **run; /* [runs] folders of runs */
    int64_t runs;
    json_t *ablation; /* {FOLDER: contents of its ablation.json} */
} ReportFolders;

/* Replaces every folder that is not a run but an ablation by the runs of its cells, in the
 * order of their names, and reads its table. ERROR_DATA for a malformed table. Owned, also
 * after an error: report_folders_free. */
int report_folders_find(const char *const *argument, int64_t n, ReportFolders *out, Error *err);
void report_folders_free(ReportFolders *f); /* frees and empties */

/* A table of mean and deviation of the mAP per cell and evaluation set, for every ablation. */
void report_section_ablation(Text *out, const json_t *ablation);

#endif
