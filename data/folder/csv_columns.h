/* SPDX-License-Identifier: Apache-2.0 */
/* Which column of a table is what: by name, or, without a header, by number; and what its cells
 * tell about separators and flags. */
#ifndef RAMPLUS_DATA_FOLDER_CSV_COLUMNS_H
#define RAMPLUS_DATA_FOLDER_CSV_COLUMNS_H

#include "core/io/csv_reader.h"
#include "core/options/option.h"

/* What an empty flag means, and -1. */
enum CsvMeaning { CSV_MEANS_AUTO, CSV_MEANS_ABSENT, CSV_MEANS_UNKNOWN };

typedef struct CsvRules {
    const char *image, *split;    /* names of columns; NULL: usual ones */
    OptionStrings tags, captions; /* the same; none: usual ones */
    const char *separator;        /* "comma", "semicolon", "tab", "pipe", or the character */
    const char *tag_separator;    /* also "none", "space"; NULL: found */
    bool no_header; /* names are numbers from 1; unless named, 1 is the image, 2 its tags */
    bool wide;      /* every other column is a tag */
    int empty, minus_one; /* enum CsvMeaning */
} CsvRules;

enum CsvUse {
    CSV_UNUSED,
    CSV_IMAGE,
    CSV_TAGS,
    CSV_CAPTION,
    CSV_SPLIT, /* train, val, test */
    CSV_HELD,  /* a flag: the image is evaluated (is_valid) */
    CSV_FLAGS  /* a flag: the image has the tag that is the column's name */
};

typedef struct CsvColumns {
    int64_t count;
    char **name;  /* [count] */
    uint8_t *use; /* [count] enum CsvUse */
    char separator, tag_separator;
    bool empty_is_absent, minus_is_absent; /* flags */
} CsvColumns;

/* Reads the file once, and logs what was found. ERROR_USAGE about rules; ERROR_DATA
 * about the file: without a column of images, or of tags and captions. */
int csv_columns_find(const char *path, const CsvRules *rules, CsvColumns *c, Error *err);
void csv_columns_free(CsvColumns *c);

/* Opens the file and reads past the header. */
int csv_columns_open(const char *path, const CsvRules *rules, const CsvColumns *c,
                     CsvReader **out, Error *err);

#endif
