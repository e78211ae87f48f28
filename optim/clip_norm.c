/* SPDX-License-Identifier: Apache-2.0 */
/* Gradient clipping (Pascanu et al. 2013, algorithm 1), with PyTorch's 1e-6 in the divisor. */
#include "optim/clip_norm.h"

#include "core/math/vec.h"
#include "core/parallel.h"
#include "optim/span.h"

#include <math.h>

enum { SUMS = 1024 }; /* of groups of blocks, in order */

typedef struct Clip {
    ParamSet *ps;
    int64_t blocks, groups;
    double squares[SUMS], factor;
} Clip;

static void square_group(int64_t group, void *context)
{
    Clip *c = context;
    Span s;
    for (int64_t i = c->blocks * group / c->groups; i < c->blocks * (group + 1) / c->groups;
         i++)
        for (SpanBlock b = span_block(c->ps, i); span_next(&b, &s);)
            c->squares[group] += vec_sum_squares(s.len, c->ps->grad + s.begin);
}

static void scale_block(int64_t i, void *context)
{
    const Clip *c = context;
    Span s;
    for (SpanBlock b = span_block(c->ps, i); span_next(&b, &s);)
        vec_scale(s.len, c->ps->grad + s.begin, c->factor);
}

double clip_norm(ParamSet *ps, double max_norm)
{
    CHECK(max_norm >= 0, "max_norm %g, expected >= 0", max_norm);
    Clip c = {.ps = ps, .blocks = span_blocks(ps)};
    double sum = 0;
    c.groups = c.blocks < SUMS ? c.blocks : SUMS;
    parallel_for(c.groups, square_group, &c);
    for (int64_t i = 0; i < c.groups; i++) sum += c.squares[i];
    const double norm = sqrt(sum);
    c.factor = max_norm / (norm + 1e-6);
    if (max_norm > 0 && isfinite(norm) && c.factor < 1) parallel_for(c.blocks, scale_block, &c);
    return norm;
}
