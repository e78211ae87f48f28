/* SPDX-License-Identifier: Apache-2.0 */
/* Models in rows, evaluation sets in columns: what was measured of several, in one table. */
#ifndef RAMPLUS_EVAL_MEASURE_MEASURE_TABLE_H
#define RAMPLUS_EVAL_MEASURE_MEASURE_TABLE_H

#include "core/json/json.h"
#include "eval/measure/measure.h"

/* What remains of a Measure. */
typedef struct MeasureCell {
    bool filled, compared;
    MeasureMeans mean[MEASURE_DEFINITIONS];
    /* If compared: mAP minus that of the first model on this set. */
    BootstrapInterval less_images[MEASURE_DEFINITIONS], less_both[MEASURE_DEFINITIONS];
} MeasureCell;

typedef struct MeasureTable {
    int64_t models, sets;
    char *const *model, *const *set; /* borrowed names */
    bool decided;                    /* thresholds decided */
    int64_t resamples;
    MeasureCell *cell; /* [models, sets] */
} MeasureTable;

/* Empty cells. Owned: measure_table_free. */
MeasureTable measure_table_new(char *const *model, int64_t models, char *const *set,
                               int64_t sets);
void measure_table_free(MeasureTable *t);

/* Fills a cell. first: what was measured of the first model on this set; NULL: nothing to
 * compare with. */
void measure_table_put(MeasureTable *t, int64_t model, int64_t set, const Measure *m,
                       const Measure *first);

/* mAP by both definitions, F1, and the differences, one table each. Owned by the caller
 * (mem_free). */
char *measure_table_text(const MeasureTable *t);
/* One line per model; columns SET:DEFINITION:METRIC. Owned by the caller (mem_free). */
char *measure_table_csv(const MeasureTable *t);
/* {"models": [{"model": s, "sets": [{"set": s, "reference": {...}, "strict": {...}}]}]} */
json_t *measure_table_json(const MeasureTable *t);

/* table.txt, table.csv and table.json. */
int measure_table_write(const MeasureTable *t, const char *folder, Error *err);

#endif
