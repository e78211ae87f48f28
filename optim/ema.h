/* SPDX-License-Identifier: Apache-2.0 */
/* An exponential moving average of the parameters, to be evaluated in their place.
 *
 *   Ema *ema = ema_new(ps, 0.9997);
 *   ...after every optimizer step: ema_update(ema, ps);
 *   ema_swap(ema, ps); evaluate(); ema_swap(ema, ps); */
#ifndef RAMPLUS_OPTIM_EMA_H
#define RAMPLUS_OPTIM_EMA_H

#include "core/autograd/param.h"

/* The whole state: a checkpoint stores the shadow. */
typedef struct Ema {
    double decay;  /* share of the old average kept at an update, [0, 1) */
    int64_t len;   /* the ParamSet's, padding included */
    float *shadow; /* laid out as the ParamSet's flat arrays */
} Ema;

/* Starts at the parameters' present values. Owned: ema_free. */
Ema *ema_new(const ParamSet *ps, double decay);
void ema_free(Ema *ema); /* accepts NULL */

/* shadow += (1 - decay) (parameters - shadow). */
void ema_update(Ema *ema, const ParamSet *ps);

/* Exchanges shadow and parameters; a second call undoes the first, bit for bit. */
void ema_swap(Ema *ema, ParamSet *ps);

#endif
