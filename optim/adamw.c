/* SPDX-License-Identifier: Apache-2.0 */
/* The constants of a step; core/math/vec does the arithmetic. */
#include "optim/adamw.h"

#include "core/math/bf16.h"
#include "core/math/vec.h"
#include "core/mem.h"
#include "core/parallel.h"
#include "core/rng.h"
#include "optim/span.h"

#include <math.h>
#include <string.h>

static Moments moments_new(int64_t len, bool half)
{
    Moments m = {0};
    if (half)
        m.half = mem_calloc((size_t)len, sizeof *m.half);
    else
        m.full = mem_calloc((size_t)len, sizeof *m.full);
    return m;
}

static void moments_free(Moments *m)
{
    mem_free(m->full);
    mem_free(m->half);
}

void moments_get(const Moments *m, int64_t first, int64_t n, float *out)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = m->full ? m->full[first + i] : bf16_number(m->half[first + i]);
}

void moments_set(Moments *m, int64_t first, int64_t n, const float *from)
{
    for (int64_t i = 0; i < n; i++)
        if (m->full)
            m->full[first + i] = from[i];
        else
            m->half[first + i] = bf16_of(from[i]);
}

AdamW *adamw_new(AdamWConfig config, const ParamSet *ps)
{
    CHECK(ps->data, "the parameters are not built");
    CHECK(config.beta1 >= 0 && config.beta1 < 1 && config.beta2 >= 0 && config.beta2 < 1,
          "betas %g and %g, expected [0, 1)", config.beta1, config.beta2);
    CHECK(config.eps > 0, "eps %g, expected > 0", config.eps);
    AdamW *opt = mem_alloc(sizeof *opt);
    *opt = (AdamW){.config = config, .len = ps->len};
    opt->m = moments_new(ps->len, config.half);
    opt->v = moments_new(ps->len, config.half);
    return opt;
}

void adamw_free(AdamW *opt)
{
    if (!opt) return;
    moments_free(&opt->m);
    moments_free(&opt->v);
    mem_free(opt);
}

AdamWStep adamw_begin(AdamW *opt, ParamSet *ps, double lr)
{
    CHECK(opt->len == ps->len, "moments of %ld elements, parameters of %ld", opt->len, ps->len);
    opt->step++;
    return (AdamWStep){opt, ps, lr};
}

static VecAdamW constants(const AdamWStep *step, const Span *s)
{
    const AdamWConfig *c = &step->opt->config;
    const double t = (double)step->opt->step, rate = step->lr * s->lr_scale;
    return (VecAdamW){.beta1 = c->beta1,
                      .beta2 = c->beta2,
                      .eps = c->eps,
                      .root_scale = 1 / sqrt(1 - pow(c->beta2, t)),
                      .rate = rate / (1 - pow(c->beta1, t)),
                      .keep = s->no_decay ? 1 : 1 - rate * c->weight_decay};
}

static void move_span(const AdamWStep *step, const Span *s)
{
    const AdamW *opt = step->opt;
    const VecAdamW k = constants(step, s);
    const int64_t at = s->begin;
    Real *p = step->ps->data + at, *g = step->ps->grad + at;
    if (!opt->config.half) {
        vec_adamw(s->len, p, g, opt->m.full + at, opt->v.full + at, &k);
        return;
    }
    const Rng rng = rng_new(opt->config.seed, (uint32_t)opt->step, 0, RNG_MOMENTS);
    VecNoise noise = {.start = (uint64_t)at / 4}; /* spans begin at multiples of 16 */
    memcpy(noise.key, rng.key, sizeof noise.key);
    memcpy(noise.counter, rng.counter, sizeof noise.counter);
    vec_adamw_half(s->len, p, g, opt->m.half + at, opt->v.half + at, &k, noise);
}

void adamw_block(const AdamWStep *step, int64_t i)
{
    Span s;
    for (SpanBlock b = span_block(step->ps, i); span_next(&b, &s);) move_span(step, &s);
}

static void move_block(int64_t i, void *step) { adamw_block(step, i); }

void adamw_step(AdamW *opt, ParamSet *ps, double lr)
{
    AdamWStep step = adamw_begin(opt, ps, lr);
    parallel_for(span_blocks(ps), move_block, &step);
}
