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

#include <stdbool.h>
#include <stdint.h>

typedef struct AdamWConfig {
    double beta1, beta2; /* decay of the moments, [0, 1) */
    double eps;          /* > 0, added to the root of the second moment */
    double weight_decay; /* p *= 1 - lr * weight_decay, unless the parameter is no_decay */
    bool half;           /* moments in bfloat16: half of their memory */
    uint64_t seed;       /* of their rounding */
} AdamWConfig;

enum { RNG_MOMENTS = 13 }; /* random stream of rounding (core/rng.h); epoch = step */

/* The first and second moment of each element, with the layout of the ParamSet, in one of two
 * precisions; the other array is NULL. */
typedef struct Moments {
    float *full;
    uint16_t *half; /* bfloat16 */
} Moments;

/* The state of the optimizer; a checkpoint stores step, m and v. */
typedef struct AdamW {
    AdamWConfig config;
    int64_t step; /* steps taken */
    int64_t len;  /* elements of m and v: that of the ParamSet, including padding */
    Moments m, v;
} AdamW;

/* Zero moments for a built ParamSet. Owned: adamw_free. */
AdamW *adamw_new(AdamWConfig config, const ParamSet *ps);
void adamw_free(AdamW *opt); /* accepts NULL */

/* Elements first..first+n-1 of a moment as float32, exactly; and from float32, rounded to the
 * nearest. */
void moments_get(const Moments *m, int64_t first, int64_t n, float *out);
void moments_set(Moments *m, int64_t first, int64_t n, const float *from);

/* Takes one step with rate lr. Frozen parameters and their moments do not change. The
 * rounding of a half moment is a function of seed, step and element: the bits do not depend on
 * the number of threads. */
void adamw_step(AdamW *opt, ParamSet *ps, double lr);

/* The same block by block (optim/span.h), in any order and on any threads. */
typedef struct AdamWStep {
    AdamW *opt;
    ParamSet *ps;
    double lr;
} AdamWStep;

AdamWStep adamw_begin(AdamW *opt, ParamSet *ps, double lr);
void adamw_block(const AdamWStep *step, int64_t i);

#endif
