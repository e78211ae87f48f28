/* SPDX-License-Identifier: Apache-2.0 */
/* Joining neighboring parameters with equal settings. */
#include "optim/span.h"

#include "core/math/pieces.h"

int64_t span_blocks(const ParamSet *ps) { return pieces_of(ps->len, SPAN_BLOCK); }

/* The last parameter that begins at `element` or before. */
static int64_t parameter_at(const ParamSet *ps, int64_t element)
{
    int64_t low = 0, high = ps->count;
    while (high - low > 1) {
        const int64_t middle = (low + high) / 2;
        if (ps->param[middle]->offset <= element)
            low = middle;
        else
            high = middle;
    }
    return low;
}

SpanBlock span_block(const ParamSet *ps, int64_t i)
{
    const int64_t begin = i * SPAN_BLOCK, end = begin + SPAN_BLOCK;
    return (SpanBlock){ps, begin, end < ps->len ? end : ps->len, parameter_at(ps, begin)};
}

static bool begins(const SpanBlock *b)
{
    return b->at < b->ps->count && b->ps->param[b->at]->offset < b->end;
}

static bool is_trainable(const SpanBlock *b)
{
    return begins(b) && b->ps->param[b->at]->tensor.needs_grad;
}

static bool alike(const Param *a, const Param *b)
{
    return a->no_decay == b->no_decay && a->lr_scale == b->lr_scale;
}

bool span_next(SpanBlock *b, Span *out)
{
    while (begins(b) && !is_trainable(b)) b->at++;
    if (!begins(b)) return false;
    const Param *first = b->ps->param[b->at], *last = first;
    for (; is_trainable(b) && alike(b->ps->param[b->at], first); b->at++)
        last = b->ps->param[b->at];
    const int64_t begin = first->offset > b->begin ? first->offset : b->begin;
    const int64_t end = last->offset + last->len < b->end ? last->offset + last->len : b->end;
    if (begin >= end) return span_next(b, out); /* the padding of a parameter alone */
    *out = (Span){begin, end - begin, first->no_decay, first->lr_scale};
    return true;
}
