/* SPDX-License-Identifier: Apache-2.0 */
/* Line charts as SVG, with their numbers beside them for the script that replaces them by
 * charts to explore. */
#ifndef RAMPLUS_TRAIN_REPORT_REPORT_CHART_H
#define RAMPLUS_TRAIN_REPORT_REPORT_CHART_H

#include "core/io/text.h"
#include "train/report/report_run.h"

#include <stdbool.h>

typedef struct ChartLine {
    const char *label;
    const Curve *curve; /* not drawn if empty */
    int color;          /* of report_chart_color */
    int64_t run;        /* index of the run, whose epochs and hours the script knows */
} ChartLine;

typedef struct Chart {
    const char *title, *note; /* note: unit or remark, in gray; may be NULL */
    const char *x;            /* name of the horizontal axis; NULL: step */
    const ChartLine *line;
    int64_t lines;
    bool from_zero; /* the value axis starts at 0 */
    bool unit;      /* the horizontal axis is from 0 to 1; the values too with from_zero */
    bool stepped;   /* a value holds until the next point */
    bool best;      /* the legend shows the highest value instead of the last one */
    bool silent;    /* the legend shows no values */
    bool large;
} Chart;

/* Appends a <figure> with title, plot and, of few lines, a legend, or nothing if all values are
 * 0 or missing. A long curve is drawn as the means of buckets over a band between their
 * extremes, one of several runs over the band of those. The value axis is logarithmic if all
 * values are positive and their ratio exceeds 30. */
void report_chart(Text *out, const Chart *c);

/* Appends the legend that all charts of a group share: the names of n runs with their
 * colors. */
void report_chart_names(Text *out, const ReportRun *run, int64_t n);

/* Appends the names of the CSS classes of a color: "c2", then from the ninth on another dash,
 * "c0 d1". */
void report_chart_color(Text *out, int i);

/* A round step for about `count` grid lines over a span: 1, 2 or 5 times a power of ten. */
double report_chart_step(double span, int count);

/* Appends a number in short form: "0.312", "12.3k", "3e-05". */
void report_chart_number(Text *out, double x);

#endif
