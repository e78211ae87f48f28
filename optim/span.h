/* SPDX-License-Identifier: Apache-2.0 */
/* Contiguous trainable ranges of a ParamSet's flat arrays: neighboring parameters with equal
 * settings form one span, so that a pass over thousands of small parameters becomes a few long
 * loops. Padding inside a span is zero and stays zero.
 *
 *   Span s;
 *   for (int64_t at = 0; span_next(ps, &at, &s);) work(ps->data + s.begin, s.len); */
#ifndef RAMPLUS_OPTIM_SPAN_H
#define RAMPLUS_OPTIM_SPAN_H

#include "core/autograd/param.h"

typedef struct Span {
    int64_t begin, len; /* elements of the flat arrays */
    bool no_decay;
    double lr_scale;
} Span;

/* The next span, starting the search at parameter *at, which is advanced past the span; false
 * at the end. Frozen parameters are skipped. */
bool span_next(const ParamSet *ps, int64_t *at, Span *out);

#endif
