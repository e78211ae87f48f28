/* SPDX-License-Identifier: Apache-2.0 */
/* What a cell of a table says: words that mean nothing is there, flags, roles, lists of
 * tags. */
#ifndef RAMPLUS_DATA_FOLDER_CSV_CELLS_H
#define RAMPLUS_DATA_FOLDER_CSV_CELLS_H

#include "data/folder/own_set.h"

/* Whether nothing is there: blank, or what pandas and databases write: nan, NA, null, None. */
bool csv_cell_missing(const char *cell);

/* Whether an image has a tag. */
enum CsvFlag {
    CSV_FLAG_ABSENT,  /* 0, 0.0, false, no */
    CSV_FLAG_PRESENT, /* 1, 1.0, true, yes, x */
    CSV_FLAG_UNKNOWN, /* -1, -1.0 */
    CSV_FLAG_EMPTY,   /* csv_cell_missing */
    CSV_FLAG_NONE     /* the cell is no flag */
};
enum CsvFlag csv_cell_flag(const char *cell);

/* The role of train, val, valid, validation, dev, test, ...; an empty cell: drawn. -1 for
 * another word. */
int csv_cell_role(const char *cell);

/* The tags of a cell:
 *
 *   CsvTags t = csv_tags(cell, ',');
 *   for (char *tag; (tag = csv_tags_next(&t));) ...
 *
 * They end at the separator (0: none) and at line ends. A list in brackets, ['a', "b"], as
 * Python and JSON write it, has commas, and quotes around its tags. */
typedef struct CsvTags {
    char *rest; /* NULL: no more */
    char separator;
    bool quoted;
} CsvTags;

CsvTags csv_tags(char *cell, char separator);
/* The next one, cut off in place, without white space at both ends; blank ones are skipped. */
char *csv_tags_next(CsvTags *t);

#endif
