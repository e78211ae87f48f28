/* SPDX-License-Identifier: Apache-2.0 */
/* The counts that a kind of `ramplus prepare` prints at its end, as rows. */
#ifndef RAMPLUS_DATA_FOLDER_COUNT_ROWS_H
#define RAMPLUS_DATA_FOLDER_COUNT_ROWS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct CountRow {
    const char *key;  /* of the JSON document */
    const char *what; /* in the table */
    size_t offset;    /* of an int64_t in the report */
    bool if_any;      /* a table leaves it out if it is 0 */
} CountRow;

/* Rows about one struct. */
typedef struct CountReport {
    const void *report;
    const CountRow *row;
    size_t rows;
} CountReport;

/* Prints the rows of all reports on stdout: one table, or one JSON document. */
void count_rows_print(const CountReport *report, size_t reports, bool json);

#endif
