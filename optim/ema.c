/* SPDX-License-Identifier: Apache-2.0 */
/* Shadow parameters (Polyak & Juditsky 1992, with exponential weights). */
#include "optim/ema.h"

#include "core/math/vec.h"
#include "core/mem.h"

static void check_length(const Ema *ema, const ParamSet *ps)
{
    CHECK(ema->len == ps->len, "shadow of %ld elements, parameters of %ld", ema->len, ps->len);
}

Ema *ema_new(const ParamSet *ps, double decay)
{
    CHECK(ps->data, "the parameters are not built");
    CHECK(decay >= 0 && decay < 1, "decay %g, expected [0, 1)", decay);
    Ema *ema = mem_alloc(sizeof *ema);
    *ema = (Ema){.decay = decay, .len = ps->len};
    ema->shadow = mem_alloc((size_t)ps->len * sizeof *ema->shadow);
    ema_start(ema, ps);
    return ema;
}

void ema_start(Ema *ema, const ParamSet *ps)
{
    check_length(ema, ps);
    vec_store(ema->len, ema->shadow, ps->data);
}

void ema_free(Ema *ema)
{
    if (!ema) return;
    mem_free(ema->shadow);
    mem_free(ema);
}

void ema_update(Ema *ema, const ParamSet *ps) { ema_update_range(ema, ps, 0, ps->len); }

void ema_update_range(Ema *ema, const ParamSet *ps, int64_t begin, int64_t end)
{
    check_length(ema, ps);
    vec_average(end - begin, ema->shadow + begin, ps->data + begin, ema->decay);
}

void ema_swap(Ema *ema, ParamSet *ps)
{
    check_length(ema, ps);
    vec_swap(ema->len, ema->shadow, ps->data);
}
