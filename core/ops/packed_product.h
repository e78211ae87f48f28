/* SPDX-License-Identifier: Apache-2.0 */
/* A product with a packed factor (core/math/packed_gemm.h), whose tiles are in the arena. */
#ifndef RAMPLUS_CORE_OPS_PACKED_PRODUCT_H
#define RAMPLUS_CORE_OPS_PACKED_PRODUCT_H

#include "core/autograd/tape.h"
#include "core/math/packed_gemm.h"

void packed_product(Tape *tape, const Onednn *engine, const PackedProduct *p);

#endif
