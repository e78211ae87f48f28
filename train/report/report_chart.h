/* SPDX-License-Identifier: Apache-2.0 */
/* Line charts as SVG, drawn here: no library, no script, no network. */
#ifndef RAMPLUS_TRAIN_REPORT_REPORT_CHART_H
#define RAMPLUS_TRAIN_REPORT_REPORT_CHART_H

#include "core/text.h"
#include "train/report/report_run.h"

#include <stdbool.h>

typedef struct ChartLine {
    const char *label;
    const Curve *curve; /* may be empty: then not drawn */
    int color;          /* 0, 1, 2, ...: of report_chart_color */
} ChartLine;

typedef struct Chart {
    const char *title, *note; /* note: unit or remark in gray; may be NULL */
    const ChartLine *line;
    int64_t lines;
    bool from_zero; /* the axis starts at 0 */
    bool best;      /* the legend says the highest value, else the last */
    bool large;
} Chart;

/* Appends a <figure> with title, plot and legend; nothing when all values are 0 or missing.
 * Long curves are drawn as the mean of about 160 buckets over a band of their extremes. The
 * axis is logarithmic when the values are positive and span more than a factor of 30. */
void report_chart(Text *out, const Chart *c);

/* "#rrggbb" */
const char *report_chart_color(int i);

/* A number for people: "0.312", "12.3k", "3e-05". */
void report_chart_number(Text *out, double x);

#endif
