/* SPDX-License-Identifier: Apache-2.0 */
/* What a shard of a batch takes on its tape, measured on a few black images and a few tags. It
 * is linear in the number of images and of image-tag pairs, but for scratch memory of small
 * batches. */
#ifndef RAMPLUS_TRAIN_REHEARSAL_H
#define RAMPLUS_TRAIN_REHEARSAL_H

#include "model/ram_plus.h"

typedef struct Rehearsal {
    const RamPlus *model;
    ParamSet *params;           /* of the model */
    int64_t tags, descriptions; /* of the label bank; the mean number per tag */
    bool training;              /* forward and backward; false: as in an evaluation */
    bool bf16, shard;           /* shard: one of several, on a thread of its own */
    enum Recompute recompute;
    size_t limit; /* bytes that it may take itself */
} Rehearsal;

/* Bytes. Values that are in use at the same time: kept + max(inner, tile + row x pairs). The
 * gradients of the pairs come before those of the images, which find some of that memory
 * free. */
typedef struct ShardBytes {
    int64_t images;
    double kept;  /* values of the images until their backward pass */
    double inner; /* while the blocks of the encoder compute, forward and backward */
    double tile;  /* while a tile of tags is decoded, whatever its size */
    double row;   /* for each image-tag pair of it */
    double grad;  /* of the gradients of each pair ... */
    double grads; /* ... and of all of the images */
    bool more;    /* or more: there was not enough memory to find out */
} ShardBytes;

/* Computes B images. Adds to the gradients of the parameters, and changes nothing else. Returns
 * false if the limit does not suffice. */
bool rehearse(const Rehearsal *r, int64_t B, ShardBytes *out);

#endif
