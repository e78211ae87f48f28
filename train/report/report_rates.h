/* SPDX-License-Identifier: Apache-2.0 */
/* The learning rates that an ablation tried in each cell. */
#ifndef RAMPLUS_TRAIN_REPORT_REPORT_RATES_H
#define RAMPLUS_TRAIN_REPORT_REPORT_RATES_H

#include "core/io/text.h"
#include "train/report/report_grid.h"

/* Appends a table of the mAP on the validation images for each learning rate, of which the
 * chosen one is highlighted; nothing if there was no choice. */
void report_rates(Text *out, const ReportGrid *g);

#endif
