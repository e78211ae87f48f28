/* SPDX-License-Identifier: Apache-2.0 */
/* The counts that a kind of `prepare` reports, as rows. */
#ifndef RAMPLUS_DATA_FOLDER_COUNTS_H
#define RAMPLUS_DATA_FOLDER_COUNTS_H

#include "data/folder/annotate.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct CountRow {
    const char *key;  /* in the JSON document */
    size_t offset;    /* of an int64_t in the report */
    const char *what; /* for people */
} CountRow;

/* Prints the counts of the report and then those of the data folder on stdout: as a table, or
 * as one JSON document. */
void counts_print(const CountRow *row, size_t rows, const void *report,
                  const AnnotateCounts *set, bool json);

#endif
