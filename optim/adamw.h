/* SPDX-License-Identifier: Apache-2.0 */
/* AdamW (Loshchilov & Hutter 2019) as PyTorch computes it: decay first, then the bias-corrected
 * step.
 *
 *   AdamW *opt = adamw_new((AdamWConfig){0.9, 0.999, 1e-8, 0.05}, ps);
 *   ...gradients in ps...
 *   adamw_step(opt, ps, lr);
 *   param_set_zero_grad(ps); */
#ifndef RAMPLUS_OPTIM_ADAMW_H
#define RAMPLUS_OPTIM_ADAMW_H

#include "core/autograd/param.h"

typedef struct AdamWConfig {
    double beta1, beta2; /* decay of the moments, [0, 1) */
    double eps;          /* > 0, added to the root of the second moment */
    double weight_decay; /* p *= 1 - lr * weight_decay, unless the parameter is no_decay */
} AdamWConfig;

/* The state of the optimizer; a checkpoint stores step, m and v. */
typedef struct AdamW {
    AdamWConfig config;
    int64_t step; /* steps taken */
    int64_t len;  /* elements of m and v: that of the ParamSet, including padding */
    float *m, *v; /* first and second moment, with the layout of the ParamSet */
} AdamW;

/* Zero moments for a built ParamSet. Owned: adamw_free. */
AdamW *adamw_new(AdamWConfig config, const ParamSet *ps);
void adamw_free(AdamW *opt); /* accepts NULL */

/* Takes one step with rate lr. Frozen parameters and their moments do not change. */
void adamw_step(AdamW *opt, ParamSet *ps, double lr);

#endif
