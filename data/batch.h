/* SPDX-License-Identifier: Apache-2.0 */
/* A batch of training samples. Its memory is allocated once, sized for the largest number of
 * tags and the longest caption of the annotations. */
#ifndef RAMPLUS_DATA_BATCH_H
#define RAMPLUS_DATA_BATCH_H

#include "data/annotations.h"

typedef struct Batch {
    int64_t size;        /* B */
    float *pixels;       /* [B, 3, S, S] */
    float *teacher;      /* [B, 3, S', S'] or NULL */
    int64_t *sample;     /* [B] index into the annotations */
    int64_t *tag_offset; /* [B + 1] into tag, from 0 */
    int32_t *tag;        /* tag ids: image b has tag[tag_offset[b]] .. tag[tag_offset[b+1]-1] */
    char **caption;      /* [B] drawn for this epoch; empty without one */
    bool *tagged;        /* [B] the tags of the image are annotated */
    bool *captioned;     /* [B] the image has a caption */
    /* tags that are not annotated, of images whose other tags are, as tag_offset and tag; NULL
     * if the annotations have none */
    int64_t *unknown_offset;
    int32_t *unknown;
} Batch;

/* Allocates a batch of `size` samples of the annotations, with view_len floats per view and
 * teacher_len floats per teacher view; teacher_len 0: no second view. The caller owns it
 * (batch_free). */
Batch batch_new(const Annotations *a, int64_t size, int64_t view_len, int64_t teacher_len);
void batch_free(Batch *b);

/* Fills position i with a sample's index, its tags and the caption, NULL for none; positions
 * must be filled in order from 0. The caller writes the pixels. */
void batch_put(Batch *b, int64_t i, const Annotations *a, int64_t sample, const char *caption);

#endif
