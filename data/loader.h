/* SPDX-License-Identifier: Apache-2.0 */
/* Threaded loader: decodes and transforms samples ahead of the trainer. The order and
 * content of batches depend only on (seed, epoch, sample), not on threads or timing. After
 * startup the loader allocates memory only to decode images. */
#ifndef RAMPLUS_DATA_LOADER_H
#define RAMPLUS_DATA_LOADER_H

#include "data/batch.h"
#include "data/image/transform.h"
#include "data/image_notes.h"
#include "data/sample_order.h"

/* Random streams (core/rng.h). */
enum {
    RNG_AUGMENT = 3, /* crop, flip, RandAugment of one sample */
    RNG_CAPTION = 4, /* which of the captions */
    RNG_TEACHER = 8, /* second view for the teacher */
};

typedef struct LoaderConfig {
    const Annotations *annotations; /* borrowed */
    const char *root;               /* image paths are relative to it; borrowed */
    TransformConfig transform;
    bool two_views; /* also draw an independent view for the teacher */
    TransformConfig teacher;
    int64_t batch;      /* images per batch; the last short batch of an epoch is dropped */
    int threads;        /* decoding threads, at least 1 */
    int64_t prefetch;   /* batches ahead, at least 1 */
    size_t cache_bytes; /* decoded images kept in memory from epoch to epoch; 0: none */
    int64_t window;     /* of the order of records in shards (sample_order_new) */
    uint64_t seed;
    bool absolute;    /* ... or absolute paths (core/io/path_below.h) */
    ImageRules rules; /* of reading images */
    /* Files that list skipped images and those used though they are damaged, one line `path:
     * why` for each; a resumed run appends without repeating a line. NULL: no list. */
    const char *bad_list, *damaged_list;
} LoaderConfig;

/* Where the next batch starts. A checkpoint saves it; loader_new resumes from it. */
typedef struct LoaderPosition {
    int64_t epoch;
    int64_t next; /* position in the epoch's order */
} LoaderPosition;

typedef struct Loader Loader;
Loader *loader_new(const LoaderConfig *config, LoaderPosition start);
void loader_free(Loader *l); /* stops the threads; accepts NULL */

/* Returns the next batch of the current epoch, borrowed until the next call. *out is NULL at
 * the end of the epoch; the call after that starts the next epoch. Unreadable images are
 * skipped (the next readable one takes their place), counted and listed. ERROR_DATA if a
 * whole epoch yields no batch; ERROR_RUNTIME if the machine cannot read one (file_open.h);
 * ERROR_STOPPED if a signal comes while it waits for an image (stop_pending). */
int loader_next(Loader *l, const Batch **out, Error *err);
LoaderPosition loader_position(const Loader *l); /* after the last batch returned */
/* The unreadable and the damaged images so far. Borrowed. */
const ImageNotes *loader_skipped(const Loader *l);
const ImageNotes *loader_damaged(const Loader *l);
/* Brings both lists to the disk. ERROR_RUNTIME. */
int loader_sync_notes(Loader *l, Error *err);
double loader_waited(const Loader *l); /* seconds spent in loader_next waiting for samples */

#endif
