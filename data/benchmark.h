/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluation sets: images with complete labels over a tag list.
 *
 * A line of annotations is `image[,tag...]` (OpenImages style) or `image[,id id ...]` with positions in the tag
 * list (HICO and ImageNet-multi style). An image may have no tags. A name that stands more than once in the
 * list makes all its columns positive. */
#ifndef RAMPLUS_DATA_BENCHMARK_H
#define RAMPLUS_DATA_BENCHMARK_H

#include "data/tags.h"

typedef struct Benchmark {
    int64_t images, tags;
    char **image;    /* [images] names as written; often without `.jpg` */
    uint8_t *truth;  /* [images, tags] 0 or 1 */
    int64_t unknown; /* labels left out because the list has no such tag */
    void *storage;   /* private */
} Benchmark;

/* ERROR_DATA names file and line: an empty image name, an id outside the list, a file without any
 * known label. Tags the list does not have are counted, not refused. */
int benchmark_read(const char *annotations, const TagList *tags, Benchmark *out, Error *err);
void benchmark_free(Benchmark *b);

/* The file of an image name below root: ROOT/NAME, or with .jpg, .jpeg, .png or .webp behind it, whichever exists;
 * ROOT/NAME when none does. Owned by the caller (mem_free). */
char *benchmark_image_path(const char *root, const char *name);

#endif
