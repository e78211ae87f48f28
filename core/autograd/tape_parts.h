/* SPDX-License-Identifier: Apache-2.0 */
/* The internals of a tape, for the files of this folder that implement it. */
#ifndef RAMPLUS_CORE_AUTOGRAD_TAPE_PARTS_H
#define RAMPLUS_CORE_AUTOGRAD_TAPE_PARTS_H

#include "core/autograd/tape.h"

typedef struct Chunk {
    unsigned char *data;
    size_t size, used, peak; /* used: when the tape went on to the next; peak: the most */
} Chunk;

typedef struct Block { /* gradient memory, lent to a tensor or free */
    Real *data;
    size_t size;
    Tensor *owner; /* NULL: free */
} Block;

typedef struct Node {
    OpTrace trace;
    TapeBackward *backward;
    void *saved;
} Node;

struct Tape {
    Chunk *chunk;
    size_t chunks, current, used; /* used bytes of chunk[current] */
    Block *block;
    int64_t blocks;
    size_t bytes, limit; /* of all chunks and blocks; limit: if there is `over` */
    void (*over)(void *context);
    void *context;
    Node *node;
    int64_t nodes, room;
    bool recording, training, keeping; /* keeping: the backward discards nothing */
    bool probing;                      /* the backward adds to gradients of the pool alone */
    enum Recompute recompute;
    Onednn *bf16;   /* NULL: products are float32 */
    Packed *packed; /* NULL: each product packs its weights */
    Quantized *quantized;
    OpTrace making;    /* of the latest tape_output, until its tape_record */
    NanWatch *watch;   /* NULL: outputs are not checked */
    ProfileLane *lane; /* NULL: nothing is measured */
    uint64_t seed;
    uint32_t step;
    TapeShard shard;
};

/* Whether the gradient of x belongs to the pool, and not to the parameters. */
bool tape_lends(const Tape *tape, const Tensor *x);
/* The gradient of x returns to the pool. */
void tape_release_grad(Tape *tape, Tensor *x);
/* Runs the backward of the nodes from `from` on, newest first, and removes them. */
void tape_run_back(Tape *tape, int64_t from, bool keeping);

#endif
