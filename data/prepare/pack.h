/* SPDX-License-Identifier: Apache-2.0 */
/* Packs a training set into shards, which make up a data folder of their own. */
#ifndef RAMPLUS_DATA_PREPARE_PACK_H
#define RAMPLUS_DATA_PREPARE_PACK_H

#include "data/image/image.h"
#include "data/prepare/pack_source.h"

/* The order of samples in shards (core/rng.h). */
enum { RNG_PACK = 17 };

/* Which samples lie together in a shard. */
enum PackOrder {
    PACK_SHUFFLED, /* any: a set that is sorted by its classes would train class by class */
    PACK_GIVEN,    /* those that follow one another */
};

typedef struct PackConfig {
    int order; /* enum PackOrder */
    int64_t seed;
    int64_t per_shard, megabytes; /* a shard is full at either; 0: any number */
    bool absolute;                /* image paths may be absolute */
    ImageRules rules;             /* of the size of files; nothing is decoded */
} PackConfig;

typedef struct PackReport {
    int64_t records, samples; /* read; packed */
    int64_t bad_records;      /* invalid records; the unread rest of the file counts as one */
    int64_t bad_images;       /* records whose image cannot be read or is none */
    int64_t captions, labels; /* of the samples */
    int64_t shards, bytes;    /* bytes: of the members, not of the tar files */
    bool lost;                /* the file could not be read to its end */
} PackReport;

/* Writes OUT/00000.tar, ..., and train.json (last; in the order of the source), train_tags.txt,
 * dataset.yaml and bad.txt, and copies the texts of the tags and the evaluation sets. A sample
 * is the bytes of an image as they are, KEY.txt with its first caption, and KEY.json with its
 * origin, captions and tags. Equal sources give equal bytes. Images for evaluation stay
 * where they are.
 *
 * The file OUT/pack.part is there until the folder is complete; with it, the
 * remains are removed and packed again. ERROR_USAGE if OUT has tar files without it, or if OUT
 * holds the source; ERROR_DATA if no record is good; ERROR_RUNTIME. */
int pack_prepare(const char *out, const PackSource *source, const PackConfig *config,
                 PackReport *report, Error *err);

#endif
