/* SPDX-License-Identifier: Apache-2.0 */
/* What the cells of a table tell beyond the names of its columns. */
#ifndef RAMPLUS_DATA_FOLDER_CSV_GUESS_H
#define RAMPLUS_DATA_FOLDER_CSV_GUESS_H

#include "data/folder/csv_columns.h"

/* Reads the whole file. Finds the columns of flags, if tags have no column and two or more have
 * little else than flags, or with rules->wide; what an empty flag and -1 mean; and what
 * separates the tags of a cell: of , ; | the one in most cells. ERROR_DATA if that is open;
 * ERROR_RUNTIME. */
int csv_guess(const char *path, const CsvRules *rules, CsvColumns *c, Error *err);

#endif
