/* SPDX-License-Identifier: Apache-2.0 */
/* Paired differences of cells as a forest plot. */
#ifndef RAMPLUS_TRAIN_REPORT_REPORT_FOREST_H
#define RAMPLUS_TRAIN_REPORT_REPORT_FOREST_H

#include "core/io/text.h"
#include "train/report/report_grid.h"

/* Appends a table of the differences in mAP to one cell, highest first, with a plot of both
 * intervals in each row; nothing if no row has a difference. */
void report_forest(Text *out, const ReportGrid *g);

#endif
