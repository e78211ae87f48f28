/* SPDX-License-Identifier: Apache-2.0 */
/* GELU behind a layer that has computed it (core/math/finish.h). */
#ifndef RAMPLUS_CORE_OPS_GELU_H
#define RAMPLUS_CORE_OPS_GELU_H

#include "core/autograd/tape.h"

/* Records GELU of x, whose values y are in the arena already. */
Tensor *gelu_of(Tape *tape, Tensor *x, Real *y);

#endif
