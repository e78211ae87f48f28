/* SPDX-License-Identifier: Apache-2.0 */
/* Contiguous trainable ranges of a ParamSet's flat arrays: neighboring parameters with equal
 * settings form one span, so that a pass over thousands of small parameters becomes a few long
 * loops. Padding inside a span is zero and stays zero.
 *
 * Threads share the blocks of the flat arrays rather than the spans, so that they wait for each
 * other once a pass:
 *
 *   Span s;
 * for (SpanBlock b = span_block(ps, i); span_next(&b, &s);) work(ps->data + s.begin, s.len); */
#ifndef RAMPLUS_OPTIM_SPAN_H
#define RAMPLUS_OPTIM_SPAN_H

#include "core/autograd/param.h"

typedef struct Span {
    int64_t begin, len; /* elements of the flat arrays */
    bool no_decay;
    double lr_scale;
} Span;

enum { SPAN_BLOCK = 1 << 14 }; /* elements: five arrays of them fit into the cache of a core */

typedef struct SpanBlock {
    const ParamSet *ps;
    int64_t begin, end; /* elements */
    int64_t at;         /* parameter where the next span is looked for */
} SpanBlock;

/* The number of blocks, and block i of them. */
int64_t span_blocks(const ParamSet *ps);
SpanBlock span_block(const ParamSet *ps, int64_t i);

/* The next span of the block, cut at its ends; false at the end. Frozen parameters are
 * skipped. */
bool span_next(SpanBlock *b, Span *out);

#endif
