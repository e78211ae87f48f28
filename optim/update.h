/* SPDX-License-Identifier: Apache-2.0 */
/* All that an optimizer step does to the parameters, in one pass over them: block after block
 * passes through the processor's cache once, and threads wait for each other once. */
#ifndef RAMPLUS_OPTIM_UPDATE_H
#define RAMPLUS_OPTIM_UPDATE_H

#include "optim/adamw.h"
#include "optim/ema.h"

typedef struct Update {
    AdamW *adamw;
    Ema *ema; /* NULL: no average */
    ParamSet *params;
    double lr;
} Update;

/* A step of AdamW with the gradients of the parameters, which are zero afterwards, and of the
 * average. */
void update_run(Update u);

#endif
