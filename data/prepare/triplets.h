/* SPDX-License-Identifier: Apache-2.0 */
/* Checks annotations of the reference's format, images included, and keeps what is right. */
#ifndef RAMPLUS_DATA_PREPARE_TRIPLETS_H
#define RAMPLUS_DATA_PREPARE_TRIPLETS_H

#include "core/error.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct TripletsConfig {
    const char *tags; /* file of the tag list */
    const char *root; /* image paths are relative to it */
    bool images;      /* decode every image */
    int64_t size;     /* also write images with shortest side at most this, pixels; 0: no */
} TripletsConfig;

typedef struct TripletsReport {
    int64_t records; /* read */
    int64_t good;
    int64_t bad_records;      /* wrong in themselves; the unread rest of a file counts once */
    int64_t lost;             /* files that could not be read to their end */
    int64_t bad_images;       /* right, but the image cannot be read */
    int64_t labels, captions; /* of the good records */
    int64_t untagged,
        blank_captions;  /* good records without a tag; their captions without a word */
    int64_t unused_tags; /* tags of the list on no good record */
} TripletsReport;

/* Writes OUT/bad.txt (`FILE: record N (line L): why`, one a line), OUT/train_tags.txt and OUT/train.json with
 * the good records (their other keys kept). With `size`, images go to OUT/images/ as JPEG, quality 95, and the
 * records name those; else the paths stay as they were. ERROR_DATA when no record is good. */
int triplets_prepare(const char *out, char *const *file, int64_t files,
                     const TripletsConfig *config, TripletsReport *report, Error *err);

#endif
