/* SPDX-License-Identifier: Apache-2.0 */
/* The runs of one cell of an ablation, which differ in their seed, as one run of means. */
#ifndef RAMPLUS_TRAIN_REPORT_REPORT_MERGE_H
#define RAMPLUS_TRAIN_REPORT_REPORT_MERGE_H

#include "train/report/report_run.h"

/* Moves n >= 1 runs, which become empty, into *out under this name. Curves hold the means, and
 * the ranges, at the steps that all runs with the curve logged; the numbers of an evaluation
 * set and the AP of its tags are means over the runs that measured it, if their tags are the
 * same. What has no mean (settings, examples, files of scores) is that of the run with the
 * highest mAP. Owned: report_run_free. */
void report_merge(ReportRun *run, int64_t n, const char *name, ReportRun *out);

#endif
