/* Joins neighbouring parameters that are treated alike. */
#include "optim/span.h"

static bool trainable(const ParamSet *ps, int64_t i)
{
    return i < ps->count && ps->param[i]->tensor.needs_grad;
}

bool span_next(const ParamSet *ps, int64_t *at, Span *out)
{
    int64_t i = *at;
    while (i < ps->count && !trainable(ps, i)) i++;
    *at = i;
    if (i == ps->count) return false;
    const Param *first = ps->param[i], *last = first;
    for (; trainable(ps, i) && ps->param[i]->no_decay == first->no_decay; i++)
        last = ps->param[i];
    *at = i;
    *out = (Span){first->offset, last->offset + last->len - first->offset, first->no_decay};
    return true;
}
