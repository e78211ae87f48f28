/* SPDX-License-Identifier: Apache-2.0 */
/* Joining neighboring parameters with equal settings. */
#include "optim/span.h"

static bool trainable(const ParamSet *ps, int64_t i)
{
    return i < ps->count && ps->param[i]->tensor.needs_grad;
}

static bool alike(const Param *a, const Param *b)
{
    return a->no_decay == b->no_decay && a->lr_scale == b->lr_scale;
}

bool span_next(const ParamSet *ps, int64_t *at, Span *out)
{
    int64_t i = *at;
    while (i < ps->count && !trainable(ps, i)) i++;
    *at = i;
    if (i == ps->count) return false;
    const Param *first = ps->param[i], *last = first;
    for (; trainable(ps, i) && alike(ps->param[i], first); i++) last = ps->param[i];
    *at = i;
    *out = (Span){first->offset, last->offset + last->len - first->offset, first->no_decay,
                  first->lr_scale};
    return true;
}
