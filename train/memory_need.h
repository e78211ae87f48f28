/* SPDX-License-Identifier: Apache-2.0 */
/* The memory of a training run, computed before its first step from what exists and from a
 * rehearsal. */
#ifndef RAMPLUS_TRAIN_MEMORY_NEED_H
#define RAMPLUS_TRAIN_MEMORY_NEED_H

#include "configs/config.h"
#include "train/rehearsal.h"

enum { RECOMPUTE_LEVELS = RECOMPUTE_STAGES + 1 };

/* What does not depend on the sizes that can be chosen freely. Bytes unless noted. */
typedef struct MemoryFacts {
    double program; /* code, libraries, text encoder, annotations: all that exists and is not */
    double model;   /* parameters, gradients, moments and moving average; ... */
    double labels;  /* ... the vectors of all tags, of training and evaluation */
    double view;    /* an image of the model */
    double prepared; /* what the loader prepares of an image: with the teacher's view */
    double decoding; /* images while they are decoded */
    double decoded;  /* all training images as loader.cache keeps them */
    double teacher;  /* values of the teacher */
    double resumed;  /* the labels of the checkpoint, which are read before the first step */
    int64_t shards;  /* of a batch */
    int64_t tags;    /* of training */
    int64_t eval_images, eval_tags; /* at most in an evaluation set; 0: none */
    /* A shard with one image and with some more: in training by model.recompute, in
     * evaluation. */
    ShardBytes train[RECOMPUTE_LEVELS][2], eval[2];
} MemoryFacts;

enum MemoryPart {
    MEMORY_MODEL,
    MEMORY_LABELS,
    MEMORY_IMAGES,
    MEMORY_TILE,
    MEMORY_LOADER,
    MEMORY_EVALUATION, /* what an evaluation needs beyond the images and the tile of a step, ... */
    MEMORY_RESUMING, /* ... and what resuming needs beyond all that comes later */
    MEMORY_PROGRAM,
    MEMORY_PARTS
};

typedef struct MemoryNeed {
    double part[MEMORY_PARTS], total; /* bytes, at the peak */
    bool more;                        /* or more */
} MemoryNeed;

/* Reads of the configuration train.batch, model.tile, model.recompute, loss.weight.*, loader.*
 * and eval.batch. */
MemoryNeed memory_need(const MemoryFacts *f, const Config *c);

/* "model and optimizer 1.5 GiB, labels 457.0 MiB, ...": the parts, the largest first. Owned
 * (mem_free). */
char *memory_need_text(const MemoryNeed *need);

/* Sets ERROR_USAGE and returns -1: which part takes how much, and which settings fit into
 * `available` bytes. */
int memory_need_refuse(const MemoryFacts *f, const Config *c, double available, Error *err);

#endif
