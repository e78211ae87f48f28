/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters in bfloat16, rounded once for all products that use them until they change. */
#ifndef RAMPLUS_CORE_AUTOGRAD_HALVES_H
#define RAMPLUS_CORE_AUTOGRAD_HALVES_H

#include "core/autograd/param.h"

typedef struct Halves {
    const Real *from; /* the values of a set, borrowed; NULL: none */
    int64_t len;
    uint16_t *data; /* [len]; NULL: no memory yet */
} Halves;

/* Rounds all values of the set. They must not change until halves_forget. */
void halves_round(Halves *h, const ParamSet *params);
void halves_forget(Halves *h); /* keeps the memory */
void halves_free(Halves *h);   /* accepts a zeroed one */

/* Where the rounded values of x are; NULL if these are not values of the set. */
const uint16_t *halves_of(const Halves *h, const Real *x);

#endif
