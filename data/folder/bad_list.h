/* SPDX-License-Identifier: Apache-2.0 */
/* OUT/bad.txt: a line for each record that is left out. The first ones are also warnings. */
#ifndef RAMPLUS_DATA_FOLDER_BAD_LIST_H
#define RAMPLUS_DATA_FOLDER_BAD_LIST_H

#include "core/io/file_writer.h"

typedef struct BadList {
    FileWriter *file;
    const char *out; /* folder, borrowed */
    int64_t count;
} BadList;

int bad_list_open(const char *out, BadList *list, Error *err);
/* Adds the text of an error and clears the error. */
void bad_list_add(BadList *list, Error *why);
/* Writes the file, or, after a failure, removes it and returns -1. */
int bad_list_close(BadList *list, int status, Error *err);

#endif
