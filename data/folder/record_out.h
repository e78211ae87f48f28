/* SPDX-License-Identifier: Apache-2.0 */
/* The results of a command that reads records one by one: train.json, and lists of what is
 * wrong with some. They are written as they come, so they need no memory. */
#ifndef RAMPLUS_DATA_FOLDER_RECORD_OUT_H
#define RAMPLUS_DATA_FOLDER_RECORD_OUT_H

#include "core/io/file_writer.h"
#include "data/tags.h"

#include <jansson.h>

/* A list of a folder, such as bad.txt; its first 20 lines are also logged. */
typedef struct RecordList {
    const char *out, *name; /* the folder and the name in it; borrowed */
    FileWriter *file;
    int64_t lines;
} RecordList;

/* Creates OUT/NAME. ERROR_RUNTIME. End it with commit or abandon. */
int record_list_open(const char *out, const char *name, RecordList *l, Error *err);
void record_list_add(RecordList *l, const char *line);
/* Adds the text of an error and clears the error. */
void record_list_add_error(RecordList *l, Error *why);
int record_list_commit(RecordList *l, Error *err);
void record_list_abandon(RecordList *l); /* accepts a zeroed or committed list */
/* Commits if the status is 0, else abandons and returns it; does nothing to a list that is not
 * open. */
int record_list_close(RecordList *l, int status, Error *err);

/* OUT/train.json under construction. */
typedef struct RecordOut {
    const char *out; /* the folder; borrowed */
    FileWriter *file;
    int64_t records;
} RecordOut;

/* Rejects an OUT/train.json that is one of the inputs (ERROR_USAGE), makes the folder, and
 * starts the file. End it with commit or abandon. */
int record_out_open(const char *out, char *const *input, int64_t inputs, RecordOut *r,
                    Error *err);
/* Removes the train.json of an earlier run: a folder with one is complete. */
void record_out_remove_old(const RecordOut *r);
void record_out_put(RecordOut *r, const json_t *record);
/* Returns 0, or -1 with the first failure in err. */
int record_out_status(const RecordOut *r, Error *err);
/* Writes OUT/train_tags.txt, and OUT/train.json last. */
int record_out_commit(RecordOut *r, const TagList *tags, Error *err);
void record_out_abandon(RecordOut *r); /* accepts a zeroed or committed file */

#endif
