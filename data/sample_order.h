/* SPDX-License-Identifier: Apache-2.0 */
/* In which order the records of a training set are read. Loose files are read in a random
 * permutation. Records that lie in shards (core/io/tar_path.h) are read so that the disk moves
 * through few shards at a time: the shards are permuted, and within a window the records, as
 * webdataset does with its shuffle buffer. The order depends on (seed, epoch) alone. */
#ifndef RAMPLUS_DATA_SAMPLE_ORDER_H
#define RAMPLUS_DATA_SAMPLE_ORDER_H

#include "data/annotations.h"

enum { RNG_SHUFFLE = 2 }; /* order of an epoch */

typedef struct SampleOrder {
    int64_t count, window;
    int64_t shards; /* 0: all records are loose */
    /* Units are the shards, and each loose record by itself. */
    int64_t units;
    int64_t *first;  /* [units + 1] into record; NULL if all are read in a permutation */
    int64_t *record; /* [count], those of a unit ascending */
} SampleOrder;

/* root: that of the loader. window: in records; 0, or at least their number: a permutation, as
 * of loose files. Owned: sample_order_free. */
SampleOrder sample_order_new(const Annotations *a, const char *root, int64_t window);
void sample_order_free(SampleOrder *o); /* frees and empties */

/* Writes the records of an epoch in their order, each once: order [count]. Every record is
 * less than `window` places away from where the permuted shards, one after the other, have
 * it. */
void sample_order_epoch(const SampleOrder *o, uint64_t seed, uint32_t epoch, int64_t *order);

#endif
