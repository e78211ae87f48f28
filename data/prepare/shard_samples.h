/* SPDX-License-Identifier: Apache-2.0 */
/* Samples of shards as WebDataset and img2dataset write them (docs/data.md): members of a tar
 * file with the same key, which is the name up to the first dot of its last part. */
#ifndef RAMPLUS_DATA_PREPARE_SHARD_SAMPLES_H
#define RAMPLUS_DATA_PREPARE_SHARD_SAMPLES_H

#include "data/folder/own_set.h"

typedef struct ShardCounts {
    int64_t shards;   /* read */
    int64_t samples;  /* taken */
    int64_t captions; /* of them, repeated ones included */
    int64_t others;   /* members that are no part of a sample here, such as .cls or .npy */
    int64_t bad;      /* lines of bad.txt: samples, members and shards left out, and tears */
} ShardCounts;

/* The shards that the arguments name: files, and all files `*.tar` of folders. */
typedef struct ShardList {
    char *root;  /* the folder that holds all of them, as an absolute path */
    char **path; /* [count] as given */
    char **name; /* [count] relative to root */
    int64_t count;
} ShardList;

/* ERROR_DATA if there is none, or if the name of one does not end in .tar; ERROR_RUNTIME. The
 * caller owns *out (shard_list_free). */
int shard_list_open(char *const *argument, int64_t arguments, ShardList *out, Error *err);
void shard_list_free(ShardList *l); /* frees and empties */

/* Adds the samples to the set, as images NAME/MEMBER. What is wrong is a line of its bad.txt,
 * `SHARD: KEY: why`, and left out. ERROR_RUNTIME if the machine cannot read a shard. */
int shard_samples_read(const ShardList *list, OwnSet *set, ShardCounts *counts, Error *err);

#endif
