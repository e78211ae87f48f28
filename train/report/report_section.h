/* SPDX-License-Identifier: Apache-2.0 */
/* The sections of a report in their order on the page. Each function appends HTML, or nothing
 * if the runs have no data for it. */
#ifndef RAMPLUS_TRAIN_REPORT_REPORT_SECTION_H
#define RAMPLUS_TRAIN_REPORT_REPORT_SECTION_H

#include "core/io/text.h"
#include "train/report/report_run.h"

/* A page shows at most this many runs: rows of tables; lines of charts; runs with all their
 * details, which have a color of their own. */
enum { REPORT_ROWS = 300, REPORT_LINES = 64, REPORT_COLORS = 8 };

/* The runs of a report, and the names of all their evaluation sets in order of appearance. */
typedef struct ReportRuns {
    const ReportRun *run;
    int64_t runs;
    bool merged;            /* the runs are cells of an ablation */
    const json_t *ablation; /* {FOLDER: contents of its ablation.json} */
    const char *images;     /* folder of images, beside those of the runs; or NULL */
    const char **list;      /* [lists] borrowed */
    int64_t lists;
    int savings; /* 0: all; each step makes images smaller, the last ones leave parts out */
    Error fault; /* of the machine, which could not read an image: no page */
} ReportRuns;

typedef void ReportSection(Text *out, ReportRuns *r);

void report_section_figures(Text *out, ReportRuns *r);  /* key figures of a single run */
void report_section_ablation(Text *out, ReportRuns *r); /* report_ablation.c */
void report_section_compare(Text *out, ReportRuns *r);  /* table comparing several runs */
void report_section_curves(Text *out, ReportRuns *r);
void report_section_scores(Text *out, ReportRuns *r);   /* report_section_scores.c */
void report_section_tags(Text *out, ReportRuns *r);     /* report_tags.c */
void report_section_examples(Text *out, ReportRuns *r); /* report_examples.c */
void report_section_settings(Text *out, ReportRuns *r); /* report_settings.c */

#endif
