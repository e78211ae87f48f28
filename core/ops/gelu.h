/* SPDX-License-Identifier: Apache-2.0 */
/* GELU behind a layer that has computed it (core/math/finish.h). */
#ifndef RAMPLUS_CORE_OPS_GELU_H
#define RAMPLUS_CORE_OPS_GELU_H

#include "core/autograd/tape.h"

/* In the arena, in one of two types. */
typedef struct GeluValues {
    Real *y, *slope;
    uint16_t *half, *half_slope; /* in bfloat16 */
} GeluValues;

/* Records GELU of x, whose values and derivatives are there already. Nothing else reads x. */
Tensor *gelu_of(Tape *tape, Tensor *x, GeluValues values);

#endif
