/* SPDX-License-Identifier: Apache-2.0 */
/* The forms of eval/measure/measure.h: a table for people, JSON, and files. */
#ifndef RAMPLUS_EVAL_MEASURE_MEASURE_REPORT_H
#define RAMPLUS_EVAL_MEASURE_MEASURE_REPORT_H

#include "core/json/json.h"
#include "eval/measure/measure.h"

/* A mean: its names, and where it is. */
typedef struct MeasureRow {
    const char *label, *key; /* "F1@3"; in JSON and CSV */
    size_t offset;           /* of the double in MeasureMeans */
    bool decided;            /* a threshold decides it */
} MeasureRow;
extern const MeasureRow measure_rows_list[];
extern const int measure_rows_count;

extern const char *const measure_definition[MEASURE_DEFINITIONS]; /* "reference", "strict" */

double measure_value(const MeasureMeans *mean, const MeasureRow *row);

/* One line per mean, one column per definition. Owned by the caller (mem_free). */
char *measure_text(const Measure *m);
/* {"scores": s, "labels": s, ..., "reference": {"mAP": x, ...}, "strict": {...}, "per_tag":
 * [...]}; docs/evaluation.md lists the keys. */
json_t *measure_json(const Measure *m);
/* {"low": x, "high": x, "deviation": x} */
json_t *measure_interval_json(const BootstrapInterval *b);

/* summary.txt, per_tag.csv and, last, summary.json into the folder, which is created if
 * missing. */
int measure_write(const Measure *m, const char *folder, Error *err);

#endif
