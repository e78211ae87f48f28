/* SPDX-License-Identifier: Apache-2.0 */
/* The ParamSet that the tests of optim/ share. */
#include "tests/optim/param_case.h"

#include "core/rng.h"

#include <check.h>

ParamSet *param_case(void)
{
    ParamSet *ps = param_set_new();
    const ParamInit init = {PARAM_UNIFORM, 1};
    param_add(ps, init, 2, (int64_t[]){3, 5}, "a");
    param_add(ps, init, 1, (int64_t[]){17}, "b");
    param_add(ps, init, 0, NULL, "c");
    param_add(ps, init, 2, (int64_t[]){2, 33}, "d");
    param_set_build(ps);
    param_set_init(ps, 42);
    param_case_gradients(ps, 0);
    return ps;
}

void param_case_gradients(ParamSet *ps, uint64_t round)
{
    Rng rng = rng_new(9, 0, round, RNG_TEST);
    for (int64_t i = 0; i < ps->count; i++) {
        const Param *p = ps->param[i];
        for (int64_t k = 0; k < p->len; k++) {
            const double g = k == 3 ? 0 : rng_range(&rng, -0.5, 0.5) * (k == 4 ? 1000 : 1);
            if (p->tensor.grad) p->tensor.grad[k] = (Real)g;
        }
    }
}

Param *param_case_get(const ParamSet *ps, const char *name)
{
    Param *p = param_find(ps, name);
    ck_assert_msg(p != NULL, "no parameter %s", name);
    return p;
}
