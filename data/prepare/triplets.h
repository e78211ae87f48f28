/* SPDX-License-Identifier: Apache-2.0 */
/* Checks annotations in the reference's format, including the images, and keeps the valid
 * records. */
#ifndef RAMPLUS_DATA_PREPARE_TRIPLETS_H
#define RAMPLUS_DATA_PREPARE_TRIPLETS_H

#include "data/image/image.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct TripletsConfig {
    const char *tags; /* path of the tag list */
    const char *root; /* image paths are relative to it */
    bool images;      /* decode every image */
    bool absolute;    /* image paths may be absolute */
    ImageRules rules; /* of decoding */
    int64_t size;     /* also write the images, shortest side at most `size` pixels; 0: no */
} TripletsConfig;

typedef struct TripletsReport {
    int64_t records; /* read */
    int64_t good;
    int64_t bad_records; /* invalid records; the unread rest of a file counts as one */
    int64_t lost;        /* files that could not be read to the end */
    int64_t bad_images;  /* valid records whose image cannot be read */
    /* good records whose image is truncated or corrupt, has transparent pixels, asks for a
     * rotation (Image) */
    int64_t damaged_images, transparent_images, rotated_images;
    int64_t labels, captions; /* labels and captions of the good records */
    /* good records that have none of the tags; whose tags are not annotated; without
     * captions */
    int64_t untagged, unannotated, uncaptioned;
    int64_t unknown;        /* tags of good records that are not annotated, though others are */
    int64_t blank_captions; /* captions of good records without words */
    int64_t unused_tags;    /* tags of the list that occur on no good record */
} TripletsReport;

/* Writes OUT/bad.txt (one line `FILE: record N (line L): why` per rejected record),
 * OUT/damaged.txt (such a line per good record whose image is damaged), OUT/train_tags.txt and
 * OUT/train.json with the good records, including their other keys.
 * If `size` > 0, images go to OUT/images/ as JPEG of quality 95 and the records name those
 * files; otherwise the paths are unchanged. ERROR_DATA if no record is good. */
int triplets_prepare(const char *out, char *const *file, int64_t files,
                     const TripletsConfig *config, TripletsReport *report, Error *err);

#endif
