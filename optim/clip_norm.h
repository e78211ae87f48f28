/* SPDX-License-Identifier: Apache-2.0 */
/* The global L2 norm of the gradients, and clipping by it. */
#ifndef RAMPLUS_OPTIM_CLIP_NORM_H
#define RAMPLUS_OPTIM_CLIP_NORM_H

#include "core/autograd/param.h"

/* If the joint L2 norm of the gradients of all trainable parameters exceeds max_norm, scales
 * them by max_norm / (norm + 1e-6); max_norm 0 only measures. Returns the norm before scaling,
 * summed in double in an order that does not depend on the number of threads. If the norm is
 * not finite, nothing is scaled; the caller must skip the step. */
double clip_norm(ParamSet *ps, double max_norm);

#endif
