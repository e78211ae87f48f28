/* SPDX-License-Identifier: Apache-2.0 */
/* The global L2 norm of the gradients, and clipping by it. */
#ifndef RAMPLUS_OPTIM_CLIP_NORM_H
#define RAMPLUS_OPTIM_CLIP_NORM_H

#include "core/autograd/param.h"

/* Scales the gradients of all trainable parameters by max_norm / (norm + 1e-6) where norm, their L2 norm
 * together, is larger; max_norm 0 only measures. Returns the norm before scaling, summed in double in an
 * order that does not depend on threads. A norm that is not finite means that a gradient is not: nothing
 * is scaled then, and the caller skips the step. */
double clip_norm(ParamSet *ps, double max_norm);

#endif
