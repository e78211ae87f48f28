/* SPDX-License-Identifier: Apache-2.0 */
/* Images of a run that have the same kind of fault: each counted once, and listed in a file. */
#ifndef RAMPLUS_DATA_IMAGE_NOTES_H
#define RAMPLUS_DATA_IMAGE_NOTES_H

#include "core/hash_map.h"
#include "core/io/line_log.h"

typedef struct ImageNotes {
    int64_t count;  /* distinct images noted */
    char *first;    /* the first note; NULL: none */
    bool *noted;    /* private from here on: [images] */
    LineLog list;   /* empty: none */
    HashMap listed; /* lines of the file */
} ImageNotes;

/* Notes on images 0..images-1. If path is not NULL, notes are appended to that file, one per
 * line; lines that it already has are not repeated, so that images of one tar file that is
 * missing or torn have one line in all. Owned: image_notes_free. */
ImageNotes image_notes_new(int64_t images, const char *path);
void image_notes_free(ImageNotes *n);

/* Notes `path: why`, unless the image was noted before. */
void image_notes_add(ImageNotes *n, int64_t image, const char *text);
/* Brings the list to the disk (line_log_sync). ERROR_RUNTIME. */
int image_notes_sync(ImageNotes *n, Error *err);

#endif
