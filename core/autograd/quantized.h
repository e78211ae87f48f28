/* SPDX-License-Identifier: Apache-2.0 */
/* Weights of linear layers in 8-bit integers (core/math/int8.h), each rounded when it is first
 * used. */
#ifndef RAMPLUS_CORE_AUTOGRAD_QUANTIZED_H
#define RAMPLUS_CORE_AUTOGRAD_QUANTIZED_H

#include "core/autograd/param.h"
#include "core/math/int8.h"

typedef struct Quantized Quantized;

/* For the parameters of a set, which is borrowed and must not change. CHECKs int8_missing.
 * Owned: quantized_free. */
Quantized *quantized_new(const ParamSet *params);
void quantized_free(Quantized *q); /* accepts NULL */

/* The weights w [N, K] in integers; NULL if they are no parameters of the set, or a layer that
 * does not gain (int8_pays). Borrowed. Any thread may call it. */
const Int8Weights *quantized_of(Quantized *q, const Real *w, int64_t N, int64_t K);

const Onednn *quantized_products(const Quantized *q);

#endif
