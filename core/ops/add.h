/* SPDX-License-Identifier: Apache-2.0 */
/* The sum behind a layer that has computed it (core/math/finish.h). */
#ifndef RAMPLUS_CORE_OPS_ADD_H
#define RAMPLUS_CORE_OPS_ADD_H

#include "core/autograd/tape.h"

/* Records a + b, whose values y are in the arena already. */
Tensor *add_of(Tape *tape, Tensor *a, Tensor *b, Real *y);

#endif
