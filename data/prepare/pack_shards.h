/* SPDX-License-Identifier: Apache-2.0 */
/* Shards OUT/00000.tar, OUT/00001.tar, ... that are filled one after the other with samples. */
#ifndef RAMPLUS_DATA_PREPARE_PACK_SHARDS_H
#define RAMPLUS_DATA_PREPARE_PACK_SHARDS_H

#include "core/io/file.h"
#include "core/io/tar.h"

typedef struct PackShards {
    const char *out;         /* borrowed */
    int64_t per_shard, most; /* samples and bytes of a shard; 0: any */
    int64_t shards, samples; /* begun; written in all */
    int64_t in_shard, bytes,
        all;        /* of the shard: samples, bytes of their members; of all shards */
    TarWriter *tar; /* NULL: none is open */
} PackShards;

/* A sample: the bytes of its image with their ending ("jpg"), its text (NULL: none) and its
 * JSON. */
typedef struct PackSample {
    Bytes image;
    const char *ending, *text, *json;
} PackSample;

/* Writes a sample, whose key is its number, `samples` before the call, with nine digits; it is
 * in shard number `shards` - 1 after the call. ERROR_RUNTIME. */
int pack_shards_put(PackShards *p, const PackSample *sample, Error *err);
/* The path below OUT of the image of a sample. Owned (mem_free). */
char *pack_shards_path(int64_t shard, int64_t sample, const char *ending);
/* Completes the last shard if the status is 0, else removes it. Returns the status, or -1. */
int pack_shards_end(PackShards *p, int status, Error *err);

#endif
