/* SPDX-License-Identifier: Apache-2.0 */
/* A block on the tape is a single operation, whose backward runs the forward of the block
 * again, recording, and then its backward. */
#include "core/autograd/recompute.h"

#include "core/error.h"

typedef struct Saved {
    TapeBlock *block;
    const void *context;
    Tensor *x, *y;
} Saved;

static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    const TapeMark mark = tape_mark(tape);
    const bool recording = tape_recording(tape);
    tape_set_recording(tape, true);
    Tensor *x = tape_reshape(tape, s->x, s->x->ndim, s->x->shape);
    Tensor *y = s->block(tape, s->context, x);
    CHECK(tape_grad_pass(tape, s->y, y), "a block whose output is not its own");
    tape_backward_to(tape, mark);
    tape_set_recording(tape, recording);
}

Tensor *tape_block(Tape *tape, enum Recompute level, TapeBlock *block, const void *context,
                   Tensor *x)
{
    const TapeMark mark = tape_mark(tape);
    Tensor *y = block(tape, context, x);
    if (!tape_recording(tape)) return tape_keep(tape, mark, y);
    if (tape_recompute(tape) < level || !y->needs_grad) return y;
    tape_set_recording(tape, false);
    y = tape_keep(tape, mark, y);
    tape_set_recording(tape, true);
    y->needs_grad = true;
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){block, context, x, y};
    tape_record(tape, "block", y, backward, s);
    return y;
}
