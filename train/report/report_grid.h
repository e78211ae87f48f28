/* SPDX-License-Identifier: Apache-2.0 */
/* The cells of an ablation on one evaluation set, by their coordinates. */
#ifndef RAMPLUS_TRAIN_REPORT_REPORT_GRID_H
#define RAMPLUS_TRAIN_REPORT_REPORT_GRID_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum { GRID_AXES = 6, GRID_VALUES = 64, GRID_ROWS = 1024 };

typedef struct GridAxis {
    const char *key;
    const char *value[GRID_VALUES]; /* in order of appearance */
    int64_t values;
} GridAxis;

typedef struct ReportGrid {
    const json_t **row; /* [rows] borrowed from the table; at most GRID_ROWS */
    int64_t rows;
    GridAxis axis[GRID_AXES]; /* the settings that differ between cells, in their order */
    int64_t axes;             /* 0 if cells have no coordinates, or two cells have the same */
    int64_t (*at)[GRID_AXES]; /* [rows] index of the value on each axis */
    json_t *settings;         /* private: owner of the texts of the axes */
} ReportGrid;

/* Coordinates are "settings" of a row, or in older tables the parts KEY=VALUE of its name,
 * joined by "+". Borrows from the table. Owned: report_grid_free. */
void report_grid_new(const json_t *table, const char *list, ReportGrid *out);
void report_grid_free(ReportGrid *g); /* frees and empties */

/* A finite number of a row, or NAN. */
double report_grid_number(const json_t *row, const char *key);
/* A text of a row, or "". Borrowed. */
const char *report_grid_text(const json_t *row, const char *key);

#endif
