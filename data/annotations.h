/* SPDX-License-Identifier: Apache-2.0 */
/* Image-tags-text triplets in the reference's JSON, read one record at a time. */
#ifndef RAMPLUS_DATA_ANNOTATIONS_H
#define RAMPLUS_DATA_ANNOTATIONS_H

#include "core/error.h"

#include <stdbool.h>
#include <stdint.h>

/* All records of one or more files in compact form: the strings share one block; tag ids and
 * captions are addressed by offset. */
typedef struct Annotations {
    int64_t count;
    char **image_path;   /* [count] as written in the file */
    int64_t *tag_offset; /* [count + 1] into tag */
    int32_t *tag;        /* union_label_id, each 0 <= id < tags, repeats dropped, ascending */
    int64_t *caption_offset; /* [count + 1] into caption */
    char **caption;          /* cleaned (data/caption.h) */
    bool *tagged; /* [count] its tags are annotated; NULL: those of every record are */
    /* unknown[unknown_offset[i]] .. are the tags of record i that are not annotated, though the
     * others are: ascending, none of them in tag. [count + 1]; NULL: no record has such tags */
    int64_t *unknown_offset;
    int32_t *unknown;
    int64_t with_tags,
        with_captions; /* records whose tags are annotated, that have a caption */
    void *storage;     /* private */
} Annotations;

/* Reads the files and concatenates their records (data/annotation_record.h). tags: size of the
 * tag list; an id outside it is an error. ERROR_DATA: `FILE: record N (line L): why`, with the
 * number of bad records. Memory is bounded by the result, not by the JSON tree. The caller owns
 * *out (annotations_free). */
int annotations_read(const char *const *path, int64_t paths, int64_t tags, Annotations *out,
                     Error *err);

/* Whether the tags of a record are annotated. */
static inline bool annotations_tagged(const Annotations *a, int64_t record)
{
    return !a->tagged || a->tagged[record];
}
void annotations_free(Annotations *a);

#endif
