/* SPDX-License-Identifier: Apache-2.0 */
/* Weights of linear layers, packed for the products (core/math/packed_gemm.h): each when it is
 * first used, then for all products until the parameters change. */
#ifndef RAMPLUS_CORE_AUTOGRAD_PACKED_H
#define RAMPLUS_CORE_AUTOGRAD_PACKED_H

#include "core/autograd/param.h"

typedef struct Packed Packed;
typedef struct Onednn Onednn; /* core/math/onednn.h */

/* For the parameters of a set, which is borrowed. Owned: packed_free. CHECKs that this program
 * has oneDNN. */
Packed *packed_new(const ParamSet *params);
void packed_free(Packed *p); /* accepts NULL */

/* The parameters have changed, or will. Keeps the memory. */
void packed_forget(Packed *p);

/* The weights w [N, K] in bfloat16 for y = x w^T; `back`: for dx = dy w. NULL if these are no
 * values of the set. Borrowed, until packed_forget. Any thread may call it. */
const uint16_t *packed_of(Packed *p, const Real *w, int64_t N, int64_t K, bool back);

/* The same as they are, for y = x w^T. */
const Real *packed_numbers_of(Packed *p, const Real *w, int64_t N, int64_t K);

/* For products of packed numbers. Borrowed. */
const Onednn *packed_engine(const Packed *p);

size_t packed_bytes(const Packed *p);

#endif
