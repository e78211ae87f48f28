/* SPDX-License-Identifier: Apache-2.0 */
/* The points of a curve that a chart draws: its own, or means of neighbors. */
#ifndef RAMPLUS_TRAIN_REPORT_REPORT_POINTS_H
#define RAMPLUS_TRAIN_REPORT_REPORT_POINTS_H

#include "train/report/report_chart.h"

typedef struct ReportPoint {
    double step, mean, low, high; /* step: mean of the steps of its bucket */
} ReportPoint;

typedef struct ReportPoints {
    ReportPoint *point;
    int64_t count;
    bool band; /* low and high differ from the mean */
} ReportPoints;

/* At most `room` points. Owned: mem_free(point). */
ReportPoints report_points(const Curve *c, int64_t room);
/* How many points each of so many lines of a chart may have. */
int64_t report_points_room(int64_t lines);

/* Appends the attribute data-chart: the chart with its points as JSON, escaped. */
void report_points_put(Text *out, const Chart *c, bool log);

#endif
