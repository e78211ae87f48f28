/* SPDX-License-Identifier: Apache-2.0 */
/* A small ParamSet of odd sizes for the tests of optim/: "a" [3, 5], "b" [17], "c" [] and "d"
 * [2, 33]. */
#ifndef RAMPLUS_TESTS_OPTIM_PARAM_CASE_H
#define RAMPLUS_TESTS_OPTIM_PARAM_CASE_H

#include "core/autograd/param.h"

/* A built set with values uniform in +-1 and gradients in +-0.5, except for some gradients that
 * are 0 or large. */
ParamSet *param_case(void);
/* Draws new gradients for round `round`; those of frozen parameters stay zero. */
void param_case_gradients(ParamSet *ps, uint64_t round);
/* A parameter by name; fails the test if it does not exist. */
Param *param_case_get(const ParamSet *ps, const char *name);

#endif
