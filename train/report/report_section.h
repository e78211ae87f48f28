/* SPDX-License-Identifier: Apache-2.0 */
/* The sections of a report in their order on the page. Each function appends HTML, or nothing
 * if the runs have no data for it. */
#ifndef RAMPLUS_TRAIN_REPORT_REPORT_SECTION_H
#define RAMPLUS_TRAIN_REPORT_REPORT_SECTION_H

#include "core/io/text.h"
#include "train/report/report_run.h"

/* The runs of a report, and the names of all their evaluation sets in order of appearance. */
typedef struct ReportRuns {
    const ReportRun *run;
    int64_t runs;
    const char *images; /* folder of images, beside those of the runs; or NULL */
    const char **list;  /* [lists] borrowed */
    int64_t lists;
    Error fault; /* of the machine, which could not read an image: no page */
} ReportRuns;

void report_section_figures(Text *out, const ReportRuns *r); /* key figures of a single run */
void report_section_compare(Text *out, const ReportRuns *r); /* table comparing several runs */
void report_section_curves(Text *out, const ReportRuns *r);
void report_section_tags(Text *out, const ReportRuns *r); /* report_tags.c */
void report_section_examples(Text *out, ReportRuns *r);   /* report_examples.c */
void report_section_settings(Text *out, const ReportRuns *r);

#endif
