/* SPDX-License-Identifier: Apache-2.0 */
/* Weights of linear layers in bfloat16, packed for the products (core/math/bf16.h): each when
 * it is first used, then for all products until the parameters change. */
#ifndef RAMPLUS_CORE_AUTOGRAD_PACKED_H
#define RAMPLUS_CORE_AUTOGRAD_PACKED_H

#include "core/autograd/param.h"

typedef struct Packed Packed;

/* For the parameters of a set, which is borrowed. Owned: packed_free. */
Packed *packed_new(const ParamSet *params);
void packed_free(Packed *p); /* accepts NULL */

/* The parameters have changed, or will. Keeps the memory. */
void packed_forget(Packed *p);

/* The weights w [N, K] for y = x w^T; `back`: for dx = dy w. NULL if these are no values of the
 * set. Borrowed, until packed_forget. Any thread may call it. */
const uint16_t *packed_of(Packed *p, const Real *w, int64_t N, int64_t K, bool back);

size_t packed_bytes(const Packed *p);

#endif
