/* SPDX-License-Identifier: Apache-2.0 */
/* Gradients in the middle of a backward pass. */
#include "core/autograd/tape_parts.h"

#include "core/error.h"

#include <string.h>

/* The first node that was recorded after the one that made x; 0 if none made it. */
static int64_t first_after(const Tape *tape, const Tensor *x)
{
    int64_t i = tape->nodes;
    while (i > 0 && tape->node[i - 1].trace.y != x) i--;
    return i;
}

const Real *tape_backward_after(Tape *tape, const Tensor *x)
{
    if (x->needs_grad) tape_run_back(tape, first_after(tape, x), true);
    return x->grad;
}

/* Runs nodes from .. nodes-1 backward without removing them. had [nodes - from]: which of their
 * outputs had a gradient before; the others are released. */
static void run_and_forget(Tape *tape, int64_t from, bool *had)
{
    Node *node = tape->node;
    for (int64_t i = from; i < tape->nodes; i++) had[i - from] = node[i].trace.y->grad != NULL;
    tape->probing = true;
    for (int64_t i = tape->nodes; i-- > from;) {
        if (!node[i].trace.y->grad) continue;
        node[i].backward(tape, node[i].saved);
    }
    tape->probing = false;
    for (int64_t i = from; i < tape->nodes; i++)
        if (!had[i - from]) tape_release_grad(tape, node[i].trace.y);
}

void tape_probe(Tape *tape, Tensor *x, Real *dx)
{
    const size_t bytes = (size_t)tensor_len(x) * sizeof *dx;
    const TapeMark mark = tape_mark(tape);
    CHECK(!x->base && !x->grad, "x is a view, or has a gradient");
    memset(dx, 0, bytes);
    if (!x->needs_grad) return;
    const int64_t from = first_after(tape, x);
    const bool keeping = tape->keeping;
    tape->keeping = false;
    run_and_forget(tape, from, tape_alloc(tape, (size_t)(tape->nodes - from) * sizeof(bool)));
    tape->keeping = keeping;
    if (x->grad) memcpy(dx, x->grad, bytes);
    tape_release_grad(tape, x);
    tape_rewind(tape, mark);
    if (tape->lane) profile_operation(tape->lane, &(OpTrace){.op = "probe", .y = x}, true);
}
