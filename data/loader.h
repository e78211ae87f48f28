/* SPDX-License-Identifier: Apache-2.0 */
/* Threaded loader: decodes and transforms samples ahead of the trainer. The order and content of batches
 * depend on (seed, epoch, sample) alone, not on threads or timing. After the start the loader allocates only
 * to decode images. */
#ifndef RAMPLUS_DATA_LOADER_H
#define RAMPLUS_DATA_LOADER_H

#include "data/batch.h"
#include "data/image/transform.h"

/* Random streams (core/rng.h). */
enum {
    RNG_SHUFFLE = 2, /* order of an epoch */
    RNG_AUGMENT = 3, /* crop, flip, RandAugment of one sample */
    RNG_CAPTION = 4, /* choice of the caption */
    RNG_TEACHER = 8, /* second view for the teacher */
};

typedef struct LoaderConfig {
    const Annotations *annotations; /* borrowed */
    const char *root;               /* image paths are relative to it; borrowed */
    TransformConfig transform;
    bool two_views; /* also draw an independent view for the teacher */
    TransformConfig teacher;
    int64_t batch;      /* images a batch; an epoch's last short batch is dropped */
    int threads;        /* decoding threads, at least 1 */
    int64_t prefetch;   /* batches ahead, at least 1 */
    size_t cache_bytes; /* decoded images kept in memory from epoch to epoch; 0: none */
    uint64_t seed;
    enum ImageAlpha alpha;
    /* File that lists skipped images, one `path: why` a line, each once, also when a resumed run
     * goes on with the list; NULL: none. */
    const char *bad_list;
} LoaderConfig;

/* Where the next batch starts: save it in a checkpoint, give it to loader_new to go on. */
typedef struct LoaderPosition {
    int64_t epoch;
    int64_t next; /* position in the epoch's permutation */
} LoaderPosition;

typedef struct Loader Loader;
Loader *loader_new(const LoaderConfig *config, LoaderPosition start);
void loader_free(Loader *l); /* stops the threads; accepts NULL */

/* The next batch of the current epoch, borrowed until the next call. *out is NULL at the end of the epoch; the
 * call after that starts the next one. Unreadable images are skipped (the batch takes the next good one),
 * counted and listed. ERROR_DATA when a whole epoch yields no batch. */
int loader_next(Loader *l, const Batch **out, Error *err);
LoaderPosition loader_position(const Loader *l); /* after the last batch handed out */
int64_t loader_skipped(const Loader *l);         /* different bad images met so far */
double loader_waited(const Loader *l); /* seconds the trainer waited for data so far */

#endif
