/* SPDX-License-Identifier: Apache-2.0 */
/* A batch of training samples; its memory is taken once, for the largest samples there are. */
#ifndef RAMPLUS_DATA_BATCH_H
#define RAMPLUS_DATA_BATCH_H

#include "data/annotations.h"

typedef struct Batch {
    int64_t size;        /* B */
    float *pixels;       /* [B, 3, S, S] */
    float *teacher;      /* [B, 3, S', S'] or NULL */
    int64_t *sample;     /* [B] index into the annotations */
    int64_t *tag_offset; /* [B + 1] into tag, from 0 */
    int32_t *tag;   /* ids: those of image b are tag[tag_offset[b]] .. tag[tag_offset[b+1]-1] */
    char **caption; /* [B] cleaned, the one drawn for this epoch */
} Batch;

/* Room for `size` samples of the annotations with views of so many floats; teacher_len 0: no second
 * view. Owned: batch_free. */
Batch batch_new(const Annotations *a, int64_t size, int64_t view_len, int64_t teacher_len);
void batch_free(Batch *b);

/* Makes `sample` the sample i, with its tags and this caption, cleaned; samples come in order from 0. The
 * pixels are the caller's to write. */
void batch_put(Batch *b, int64_t i, const Annotations *a, int64_t sample, const char *caption);

#endif
