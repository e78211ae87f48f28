/* SPDX-License-Identifier: Apache-2.0 */
/* The counts of a collection: its own, and those of its data folder. */
#ifndef RAMPLUS_DATA_FOLDER_COUNTS_H
#define RAMPLUS_DATA_FOLDER_COUNTS_H

#include "data/folder/annotate.h"
#include "data/folder/count_rows.h"

/* Prints the counts of the report and then those of the data folder on stdout: as a table, or
 * as one JSON document. */
void counts_print(const CountRow *row, size_t rows, const void *report,
                  const AnnotateCounts *set, bool json);

#endif
