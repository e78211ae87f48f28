/* SPDX-License-Identifier: Apache-2.0 */
/* Autograd on a tape. An op runs its forward immediately and records its own backward.
 *
 *   Tensor *y = op_linear(tape, x, w, b);   // any number of ops
 *   tape_seed(tape, loss, 1.0);             // d total / d loss
 *   tape_backward(tape);                    // adds to the ParamSet's gradients
 *   tape_reset(tape);                       // end of the step
 *
 * Memory. Values and saved state live in the tape's arena until tape_reset or a rewind. The
 * gradient of an activation is allocated, zeroed, when backward first requests it (tape_grad).
 * It returns to a pool as soon as the op that computed the activation has run its backward.
 *
 * Streaming. mark = tape_mark(tape); ...tile...; tape_seed(...); tape_backward_to(tape, mark)
 * runs the backward of everything since the mark, leaves the sums in the gradients of older
 * tensors, and rewinds the arena: memory is bounded by the tile. */
#ifndef RAMPLUS_CORE_AUTOGRAD_TAPE_H
#define RAMPLUS_CORE_AUTOGRAD_TAPE_H

#include "core/autograd/deferred.h"
#include "core/autograd/packed.h"
#include "core/autograd/profile.h"
#include "core/autograd/quantized.h"
#include "core/autograd/tensor.h"
#include "core/rng.h"

#include <stddef.h>

typedef struct Tape Tape;

/* Adds to the gradients of an op's inputs, given the gradient of its output. `saved` is the
 * state that the op passed to tape_record. */
typedef void TapeBackward(Tape *tape, void *saved);

typedef struct TapeMark {
    size_t chunk, used; /* arena position */
    int64_t nodes;
} TapeMark;

Tape *tape_new(void);
void tape_free(Tape *tape); /* accepts NULL */
void tape_reset(Tape *tape);
void tape_trim(Tape *tape);    /* gives back the pool's memory of no gradient */
void tape_release(Tape *tape); /* tape_reset that also gives all memory back */

/* Recording of backward (default on), and training mode (default off: no dropout, no
 * stochastic depth). */
void tape_set_recording(Tape *tape, bool on);
bool tape_recording(const Tape *tape);
void tape_set_training(Tape *tape, bool on);
bool tape_training(const Tape *tape);

/* Computes the products of linear layers and of op_folded_attention, forward and backward, in
 * bfloat16 with float32 sums (default off: float32). CHECKs that bf16_missing() is NULL.
 * Everything else, such as parameters and gradients, stays float32, but for what GELU leaves
 * for the next layer. */
void tape_set_bf16(Tape *tape, bool on);
const Onednn *tape_bf16(const Tape *tape); /* NULL: off */
/* Where the products find parameters that are packed already, borrowed. NULL, the default:
 * each product packs its weights. */
void tape_set_packed(Tape *tape, Packed *packed);
/* Weights w [N, K]: those, or new ones in the arena. See packed_of. */
const uint16_t *tape_packed(Tape *tape, const Real *w, int64_t N, int64_t K, bool back);
/* Where float32 products find theirs. NULL also while recording, since the bits are others. */
Packed *tape_packed_numbers(const Tape *tape);
/* x [n] in bfloat16, in the arena. */
const uint16_t *tape_half(Tape *tape, const Real *x, int64_t n);

/* Computes linear layers in 8-bit integers where nothing is recorded for a backward pass.
 * Borrowed. NULL, the default: not. */
void tape_set_quantized(Tape *tape, Quantized *quantized);
Quantized *tape_quantized(const Tape *tape); /* NULL also while recording */

/* Which blocks (core/autograd/recompute.h) keep no inner values for the backward pass. */
enum Recompute { RECOMPUTE_NONE, RECOMPUTE_BLOCKS, RECOMPUTE_STAGES /* and their blocks */ };
void tape_set_recompute(Tape *tape, enum Recompute recompute); /* default: none */
enum Recompute tape_recompute(const Tape *tape);

/* Selects the random streams of one step (dropout, stochastic depth). */
void tape_set_step(Tape *tape, uint64_t seed, uint32_t step);
/* The random stream of one call site within the step. The caller numbers its sites. */
Rng tape_stream(const Tape *tape, uint32_t purpose, uint64_t site);

/* A shard: the images of a batch that a tape computes on the calling thread. Random streams
 * count images from the first of the batch, so that they do not depend on how it is
 * divided. */
typedef struct TapeShard {
    bool on;           /* false, the default: a whole batch, on all threads */
    int64_t first;     /* index of its first image in the batch */
    const Real *grads; /* gradients in grads [len], those of the parameters, ... */
    int64_t len;
    Real
        *own; /* ... are added to the same place in own [len], borrowed; NULL: where they are */
    unsigned char *begun; /* [len / TAPE_LINE] 1: own holds numbers there; 0: not yet */
    Deferred *deferred;   /* takes products of few rows; NULL: they are not put off */
} TapeShard;
enum { TAPE_LINE = 16 }; /* elements; parameters begin at multiples of it */
void tape_set_shard(Tape *tape, TapeShard shard);
const TapeShard *tape_shard(const Tape *tape);
/* Where the running backward function may put off a product for the gradient of w, whose rows
 * then have to exist until deferred_run. NULL: nowhere, unless w is a parameter that other
 * shards add to, too, and tape_backward runs, which discards nothing. */
Deferred *tape_deferred(const Tape *tape, const Tensor *w);

/* Arena memory: uninitialized, 64-byte aligned, never freed individually. */
void *tape_alloc(Tape *tape, size_t bytes);
/* An input with uninitialized values and no gradient. */
Tensor *tape_tensor(Tape *tape, int ndim, const int64_t *shape);
/* An input with values (copied). */
Tensor *tape_input(Tape *tape, int ndim, const int64_t *shape, const float *values);
/* The output of an op with these inputs (at most OP_INPUTS; NULL for an optional one). It
 * needs a gradient if the tape records and any input needs one. */
Tensor *tape_output(Tape *tape, int ndim, const int64_t *shape, int inputs,
                    Tensor *const *input);
/* The same, with values that are in the arena already. */
Tensor *tape_output_of(Tape *tape, Real *values, int ndim, const int64_t *shape, int inputs,
                       Tensor *const *input);
/* Gives y, which has no values, memory for them: numbers, or bfloat16. */
void tape_values(Tape *tape, Tensor *y, bool half);
/* A view of the values and gradient of x with another shape of the same length. */
Tensor *tape_reshape(Tape *tape, Tensor *x, int ndim, const int64_t *shape);

/* Records the backward of an op if y needs a gradient; the last call of every op. The order of
 * the calls is topological. `op` is the name of the operation in debug output, a constant
 * string: "linear" for op_linear. */
void tape_record(Tape *tape, const char *op, Tensor *y, TapeBackward *backward, void *saved);

/* For backward functions: the gradient of x to add to, zeroed at first use; NULL if x needs
 * none. */
Real *tape_grad(Tape *tape, Tensor *x);
/* tape_grad without the zeros: if *is_new, the gradient holds no numbers yet, and the caller
 * must write every element of it. */
Real *tape_grad_new(Tape *tape, Tensor *x, bool *is_new);
/* For the backward of y whose gradient equals that of x: if x has none yet, passes the memory
 * on, after which y has no gradient, and returns true. */
bool tape_grad_pass(Tape *tape, Tensor *y, Tensor *x);

TapeMark tape_mark(const Tape *tape);
void tape_rewind(Tape *tape, TapeMark mark); /* discards nodes and memory since mark */
/* If the tape does not record: discards everything since mark except y, moves y into the freed
 * memory and returns its new address. If it records: returns y. */
Tensor *tape_keep(Tape *tape, TapeMark mark, Tensor *y);

/* Adds seed, the derivative of the total loss with respect to y, to the gradient of y (one
 * element). */
void tape_seed(Tape *tape, Tensor *y, double seed);
void tape_backward(Tape *tape); /* runs everything on the tape, newest first */
void tape_backward_to(Tape *tape,
                      TapeMark mark); /* runs everything since mark, then tape_rewind */

/* Looking at a gradient on the way; neither changes a bit of the backward pass that follows.
 *
 * tape_probe: the gradient that x would have if everything recorded after it ran backward now
 * -> dx [elements of x]; 0 if x needs none. Adds to no gradient that exists. x must not have
 * one yet, and no operation after it may give memory to its input (tape_grad_pass).
 * tape_backward_after: runs everything recorded after x as a part of tape_backward, which goes
 * on from there. Returns the gradient of x, whole by then; NULL if it has none. */
void tape_probe(Tape *tape, Tensor *x, Real *dx);
const Real *tape_backward_after(Tape *tape, const Tensor *x);

size_t tape_arena_bytes(const Tape *tape); /* bytes allocated for arena and gradient pool */

/* Bytes in use: of arena memory now, and the most since the last tape_use_restart, without what
 * was allocated and never used; of gradients that exist, and of all that the pool holds. */
typedef struct TapeUse {
    size_t values, values_peak, grads, pool;
} TapeUse;
TapeUse tape_use(const Tape *tape);
void tape_use_restart(Tape *tape);

/* Calls over(context) instead of allocating more than `bytes` in all. It must not return but
 * leave with longjmp; after that, the tape is good for tape_free alone. NULL, the default: no
 * limit. */
void tape_set_limit(Tape *tape, size_t bytes, void (*over)(void *context), void *context);

/* For debugging: lets watch (borrowed) check the outputs and gradients of all operations.
 * NULL, the default: no checks. */
void tape_set_watch(Tape *tape, NanWatch *watch);
/* Lets lane (borrowed) measure all operations. NULL, the default: nothing is measured. */
void tape_set_lane(Tape *tape, ProfileLane *lane);
/* For debugging: writes one line per recorded operation to stderr, oldest first: name, shape
 * and bytes of the output, and whether the output has a gradient. */
void tape_print(const Tape *tape);

#endif
