/* SPDX-License-Identifier: Apache-2.0 */
/* The constants of a step; core/math/vec does the arithmetic. */
#include "optim/adamw.h"

#include "core/math/vec.h"
#include "core/mem.h"
#include "optim/span.h"

#include <math.h>

AdamW *adamw_new(AdamWConfig config, const ParamSet *ps)
{
    CHECK(ps->data, "the parameters are not built");
    CHECK(config.beta1 >= 0 && config.beta1 < 1 && config.beta2 >= 0 && config.beta2 < 1,
          "betas %g and %g, expected [0, 1)", config.beta1, config.beta2);
    CHECK(config.eps > 0, "eps %g, expected > 0", config.eps);
    AdamW *opt = mem_alloc(sizeof *opt);
    *opt = (AdamW){.config = config, .len = ps->len};
    opt->m = mem_calloc((size_t)ps->len, sizeof *opt->m);
    opt->v = mem_calloc((size_t)ps->len, sizeof *opt->v);
    return opt;
}

void adamw_free(AdamW *opt)
{
    if (!opt) return;
    mem_free(opt->m);
    mem_free(opt->v);
    mem_free(opt);
}

void adamw_step(AdamW *opt, ParamSet *ps, double lr)
{
    CHECK(opt->len == ps->len, "moments of %ld elements, parameters of %ld", opt->len, ps->len);
    const AdamWConfig *c = &opt->config;
    const double t = (double)++opt->step;
    VecAdamW k = {.beta1 = c->beta1, .beta2 = c->beta2, .eps = c->eps};
    k.root_scale = 1 / sqrt(1 - pow(c->beta2, t));
    Span s;
    for (int64_t at = 0; span_next(ps, &at, &s);) {
        const double rate = lr * s.lr_scale;
        k.rate = rate / (1 - pow(c->beta1, t));
        k.keep = s.no_decay ? 1 : 1 - rate * c->weight_decay;
        vec_adamw(s.len, ps->data + s.begin, ps->grad + s.begin, opt->m + s.begin,
                  opt->v + s.begin, &k);
    }
}
