/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of a run that changed while it trained. */
#ifndef RAMPLUS_TRAIN_REPORT_REPORT_CHANGES_H
#define RAMPLUS_TRAIN_REPORT_REPORT_CHANGES_H

#include "core/io/text.h"
#include "train/report/report_run.h"

/* Appends a table of the lines of changes.jsonl; nothing for a run without changes. */
void report_changes(Text *out, const ReportRun *run);

#endif
