/* SPDX-License-Identifier: Apache-2.0 */
/* The mAP of the cells of a grid at a glance. */
#ifndef RAMPLUS_TRAIN_REPORT_REPORT_HEAT_H
#define RAMPLUS_TRAIN_REPORT_REPORT_HEAT_H

#include "core/io/text.h"
#include "train/report/report_grid.h"

/* Appends a heat map of the last two axes for all values of the axes before them, or bars if
 * the grid has fewer axes. Cells without a number say so. */
void report_heat(Text *out, const ReportGrid *g);

#endif
