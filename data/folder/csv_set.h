/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a table, one row per image, into a set of one's own: tags in a cell of each row, in
 * rows of their own (rows of one image count together), or as columns of flags. */
#ifndef RAMPLUS_DATA_FOLDER_CSV_SET_H
#define RAMPLUS_DATA_FOLDER_CSV_SET_H

#include "data/folder/csv_columns.h"
#include "data/folder/own_set.h"

typedef struct CsvCounts {
    int64_t rows;    /* good ones */
    int64_t merged;  /* of them, about an image that a row before was about */
    int64_t empty;   /* rows without a cell, left out */
    int64_t bad;     /* rows that are left out and listed in bad.txt */
    int64_t missing; /* of them, whose image is not there */
} CsvCounts;

/* Adds the rows. Images lie below own->rules.images, where they must be with `exists`. An empty
 * cell of tags says nothing about them; the list [] says that there is none. ERROR_USAGE and
 * ERROR_DATA as in csv_columns_find; ERROR_RUNTIME. */
int csv_set_read(const char *path, const CsvRules *rules, bool exists, OwnSet *own,
                 CsvCounts *counts, Error *err);

#endif
