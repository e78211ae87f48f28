/* SPDX-License-Identifier: Apache-2.0 */
/* One flat array, like that of the parameters. */
#include "core/autograd/halves.h"

#include "core/math/bf16.h"
#include "core/mem.h"

void halves_round(Halves *h, const ParamSet *params)
{
    if (h->len < params->len) {
        mem_free(h->data);
        h->data = mem_alloc((size_t)params->len * sizeof *h->data);
    }
    *h = (Halves){params->data, params->len, h->data};
    bf16_round(h->len, h->from, h->data);
}

void halves_forget(Halves *h) { h->from = NULL; }

void halves_free(Halves *h)
{
    mem_free(h->data);
    *h = (Halves){0};
}

const uint16_t *halves_of(const Halves *h, const Real *x)
{
    const uintptr_t at = (uintptr_t)x - (uintptr_t)h->from;
    return h->from && at < (size_t)h->len * sizeof *x ? h->data + at / sizeof *x : NULL;
}
