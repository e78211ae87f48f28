/* SPDX-License-Identifier: Apache-2.0 */
/* Files of JSON records about images, one object each: JSON Lines or arrays. */
#ifndef RAMPLUS_DATA_FOLDER_JSON_RECORDS_H
#define RAMPLUS_DATA_FOLDER_JSON_RECORDS_H

#include "data/folder/json_keys.h"
#include "data/folder/own_set.h"

typedef struct JsonRecordsConfig {
    OwnRules rules;                /* images: NULL: the folders of the files */
    bool unchecked;                /* images are not looked for */
    OptionStrings key[JSON_PARTS]; /* none: the usual keys */
    const char *names;             /* list of what numbers mean; NULL */
    const char *path;              /* of an image, where {} stands for the value; NULL */
    bool underscores;              /* of tags become blanks */
} JsonRecordsConfig;

typedef struct JsonRecordsCounts {
    int64_t records;  /* good ones and bad ones */
    int64_t repeated; /* good ones about an image that an earlier one is about */
    int64_t bad;
    int64_t missing; /* of them, those without their image */
    int64_t lost;    /* files that could not be read to their end */
    OwnCounts own;
} JsonRecordsCounts;

/* Reads the files, whose records are put together by the image, and writes the data folder of
 * own_set_write. Without rules.images, names are relative to the folder of each file, and
 * folders train, test and the like (split_role) state the role of all images of a file. Faulty
 * records are listed in bad.txt. ERROR_USAGE if the files have no common folder; ERROR_DATA;
 * ERROR_RUNTIME. */
int json_records_prepare(const char *out, char *const *file, int64_t files,
                         const JsonRecordsConfig *config, JsonRecordsCounts *counts,
                         Error *err);

#endif
