/* SPDX-License-Identifier: Apache-2.0 */
/* Tape autograd. An op runs its forward at once and records its own backward.
 *
 *   Tensor *y = op_linear(tape, x, w, b);   // any number of ops
 *   tape_seed(tape, loss, 1.0);             // d total / d loss
 *   tape_backward(tape);                    // adds into the ParamSet's gradients
 *   tape_reset(tape);                       // end of the step
 *
 * Memory. Values and saved state live in the tape's arena, gone at tape_reset or at a rewind.
 * Gradients of activations are made zeroed when backward first asks (tape_grad) and go back to a
 * pool as soon as the op that made the activation has run backward.
 *
 * Streaming. mark = tape_mark(tape); ...tile...; tape_seed(...); tape_backward_to(tape, mark) runs
 * the backward of everything since the mark, leaves the sums in the gradients of older tensors,
 * and rewinds the arena: memory is bounded by the tile. */
#ifndef RAMPLUS_CORE_AUTOGRAD_TAPE_H
#define RAMPLUS_CORE_AUTOGRAD_TAPE_H

#include "core/autograd/nan_watch.h"
#include "core/autograd/tensor.h"
#include "core/rng.h"

#include <stddef.h>

typedef struct Tape Tape;
typedef struct Bf16 Bf16; /* core/math/bf16.h */

/* Adds to the gradients of an op's inputs, given that of its output. `saved` is the op's. */
typedef void TapeBackward(Tape *tape, void *saved);

typedef struct TapeMark {
    size_t chunk, used; /* arena position */
    int64_t nodes;
} TapeMark;

Tape *tape_new(void);
void tape_free(Tape *tape); /* accepts NULL */
void tape_reset(Tape *tape);

/* Recording (default on) and training (default off: no dropout, no stochastic depth). */
void tape_set_recording(Tape *tape, bool on);
bool tape_recording(const Tape *tape);
void tape_set_training(Tape *tape, bool on);
bool tape_training(const Tape *tape);

/* Products of linear layers, forward and backward, in bfloat16 with float32 sums (default off: float32);
 * CHECKs that bf16_missing() is NULL. All else, parameters, gradients and sums included, stays float32. */
void tape_set_bf16(Tape *tape, bool on);
const Bf16 *tape_bf16(const Tape *tape); /* NULL: off */

/* Names the random streams of one step (dropout, stochastic depth). */
void tape_set_step(Tape *tape, uint64_t seed, uint32_t step);
/* The stream of one call site within the step; the caller numbers its sites. */
Rng tape_stream(const Tape *tape, uint32_t purpose, uint64_t site);

/* Arena memory: uninitialized, 64-byte aligned, never freed singly. */
void *tape_alloc(Tape *tape, size_t bytes);
/* An input: uninitialized values, no gradient. */
Tensor *tape_tensor(Tape *tape, int ndim, const int64_t *shape);
/* An input with values (copied). */
Tensor *tape_input(Tape *tape, int ndim, const int64_t *shape, const float *values);
/* The output of an op with all its inputs, at most OP_INPUTS: needs a gradient when the tape records and an input (NULLs allowed) needs one. */
Tensor *tape_output(Tape *tape, int ndim, const int64_t *shape, int inputs,
                    Tensor *const *input);
/* Another view of x's values and gradient with a different shape (same length). */
Tensor *tape_reshape(Tape *tape, Tensor *x, int ndim, const int64_t *shape);

/* Call last in an op: keeps backward when y needs a gradient. Order is already topological. `op` is the
 * operation's name as debugging prints it, a constant string: "linear" for op_linear. */
void tape_record(Tape *tape, const char *op, Tensor *y, TapeBackward *backward, void *saved);

/* In backward: the gradient to add to, zeroed at first use; NULL when x needs none. */
Real *tape_grad(Tape *tape, Tensor *x);

TapeMark tape_mark(const Tape *tape);
void tape_rewind(Tape *tape, TapeMark mark); /* forgets nodes and memory since mark */
/* Without recording: forgets all since mark but y, which moves to the freed place. With: gives y. */
Tensor *tape_keep(Tape *tape, TapeMark mark, Tensor *y);

/* Adds seed to the gradient of y, a single number: the derivative of the total with respect to y. */
void tape_seed(Tape *tape, Tensor *y, double seed);
void tape_backward(Tape *tape);                   /* everything on the tape, newest first */
void tape_backward_to(Tape *tape, TapeMark mark); /* what came since mark, then tape_rewind */

size_t tape_arena_bytes(const Tape *tape); /* committed: arena and gradient pool */

/* For debugging: what the tape's operations make is read by watch (borrowed); NULL, the default: by nobody. */
void tape_set_watch(Tape *tape, NanWatch *watch);
/* For debugging: writes one line per recorded operation to stderr, oldest first, with the operation's
 * name, the shape and bytes of its output, and whether the gradient has arrived there. */
void tape_print(const Tape *tape);

#endif
