/* SPDX-License-Identifier: Apache-2.0 */
/* Line charts as SVG, without a library or a script. */
#ifndef RAMPLUS_TRAIN_REPORT_REPORT_CHART_H
#define RAMPLUS_TRAIN_REPORT_REPORT_CHART_H

#include "core/io/text.h"
#include "train/report/report_run.h"

#include <stdbool.h>

typedef struct ChartLine {
    const char *label;
    const Curve *curve; /* not drawn if empty */
    int color;          /* index of report_chart_color */
} ChartLine;

typedef struct Chart {
    const char *title, *note; /* note: unit or remark, in gray; may be NULL */
    const ChartLine *line;
    int64_t lines;
    bool from_zero; /* the axis starts at 0 */
    bool best;      /* the legend shows the highest value instead of the last one */
    bool large;
} Chart;

/* Appends a <figure> with title, plot and legend, or nothing if all values are 0 or missing. A
 * long curve is drawn as the means of at most 160 buckets over a band between their extremes.
 * The value axis is logarithmic if all values are positive and their ratio exceeds 30. */
void report_chart(Text *out, const Chart *c);

/* "#rrggbb" */
const char *report_chart_color(int i);

/* Appends a number in short form: "0.312", "12.3k", "3e-05". */
void report_chart_number(Text *out, double x);

#endif
