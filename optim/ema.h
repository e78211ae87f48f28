/* SPDX-License-Identifier: Apache-2.0 */
/* An exponential moving average of the parameters, which replaces them in evaluation.
 *
 *   Ema *ema = ema_new(ps, 0.9997);
 *   ...after every optimizer step: ema_update(ema, ps);
 *   ema_swap(ema, ps); evaluate(); ema_swap(ema, ps); */
#ifndef RAMPLUS_OPTIM_EMA_H
#define RAMPLUS_OPTIM_EMA_H

#include "core/autograd/param.h"

/* The state of the average; a checkpoint stores the shadow. */
typedef struct Ema {
    double decay;  /* share of the old average kept at an update, [0, 1) */
    int64_t len;   /* that of the ParamSet, including padding */
    float *shadow; /* with the layout of the ParamSet */
} Ema;

/* Starts at the current values of the parameters. Owned: ema_free. */
Ema *ema_new(const ParamSet *ps, double decay);
void ema_free(Ema *ema); /* accepts NULL */
/* Starts again at the current values. */
void ema_start(Ema *ema, const ParamSet *ps);

/* Adds (1 - decay) (parameters - shadow) to the shadow; of elements begin..end-1 alone. */
void ema_update(Ema *ema, const ParamSet *ps);
void ema_update_range(Ema *ema, const ParamSet *ps, int64_t begin, int64_t end);

/* Exchanges shadow and parameters; a second call undoes the first, bit for bit. */
void ema_swap(Ema *ema, ParamSet *ps);

#endif
