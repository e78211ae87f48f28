/* SPDX-License-Identifier: Apache-2.0 */
#include "optim/update.h"

#include "core/parallel.h"
#include "optim/span.h"

#include <string.h>

typedef struct Run {
    const Update *update;
    AdamWStep step;
} Run;

static void update_block(int64_t i, void *context)
{
    const Run *r = context;
    const Update *u = r->update;
    const ParamSet *ps = u->params;
    const SpanBlock b = span_block(ps, i);
    adamw_block(&r->step, i);
    if (u->ema) ema_update_range(u->ema, ps, b.begin, b.end);
    memset(ps->grad + b.begin, 0, (size_t)(b.end - b.begin) * sizeof *ps->grad);
}

void update_run(Update u)
{
    Run r = {&u, adamw_begin(u.adamw, u.params, u.lr)};
    parallel_for(span_blocks(u.params), update_block, &r);
}
