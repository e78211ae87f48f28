/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluation sets: images with labels over a tag list, complete but for those that are named.
 *
 * A line of annotations is `image[,tag...]` (OpenImages style) or `image[,id id ...]` with
 * positions in the tag list (HICO and ImageNet-multi style), as CSV: a field with a comma
 * stands in quotes, blanks around a field do not count. A file holds names or positions, never
 * both: labels are positions if all are numbers and none is the name of a tag. An image may
 * have no tags. A name that occurs more than once in the list makes all its columns positive, a
 * position its own column alone. */
#ifndef RAMPLUS_DATA_BENCHMARK_H
#define RAMPLUS_DATA_BENCHMARK_H

#include "core/hash.h"
#include "data/tags.h"
#include "data/truth.h"

typedef struct Benchmark {
    int64_t images, tags;
    char **image;        /* [images] names as written; often without `.jpg` */
    uint8_t *truth;      /* [images, tags] enum Truth */
    bool by_id;          /* labels are positions, so they belong to one order of the tags */
    bool absolute;       /* images may be named by absolute paths; set by the owner */
    int64_t unknown;     /* labels left out because the list lacks their tag */
    int64_t unannotated; /* pairs of image and tag that are TRUTH_UNKNOWN */
    /* Hash of the tags, and of all images with their labels, in their order: two results with
     * equal hashes are about the same set, however its files are written. Images that are left
     * out later do not change it. */
    char hash[HASH_HEX];
    void *storage; /* private */
} Benchmark;

/* Reads an annotation file. ERROR_DATA, with file and line: an empty image name, a quote that
 * is not closed, an id outside the list, numbers of which only some are names, a file without
 * any known label. Labels that are missing from the list are counted; a warning names the first
 * of them and their nearest tags. The caller owns *out (benchmark_free). */
int benchmark_read(const char *annotations, const TagList *tags, Benchmark *out, Error *err);
void benchmark_free(Benchmark *b);

/* Marks as unknown what nobody annotated: a file like the one above, with the tags of an image
 * of which nobody said whether it has them. ERROR_DATA also for an image that is not in the
 * set, and for a label that is given and unknown. The hash of the set changes if any label
 * becomes unknown. */
int benchmark_read_unknown(const char *path, const TagList *tags, Benchmark *b, Error *err);

/* "2 images, 3 tags, 4 positives, benchmark HASH". Owned: mem_free. */
char *benchmark_text(const Benchmark *b);

/* The number of labels that are set. */
int64_t benchmark_positives(const Benchmark *b);

/* Removes the images without keep [images]. */
void benchmark_keep(Benchmark *b, const bool *keep);

/* Path of image i below root: ROOT/NAME, or ROOT/NAME followed by an ending of images,
 * whichever exists first; NULL if none exists, and with an error if the name may not be used
 * (core/io/path_below.h). The caller owns it (mem_free). */
char *benchmark_image_path(const char *root, const Benchmark *b, int64_t i, Error *err);

#endif
