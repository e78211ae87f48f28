/* SPDX-License-Identifier: Apache-2.0 */
/* What a run trains: the parameters, and what the optimizer remembers of them. */
#ifndef RAMPLUS_TRAIN_RUN_MODEL_H
#define RAMPLUS_TRAIN_RUN_MODEL_H

#include "configs/config.h"
#include "optim/adamw.h"
#include "optim/ema.h"

typedef struct RunModel {
    ParamSet *params;
    LossParams loss; /* those of params that belong to the losses */
    RamPlus *model;  /* of params */
    AdamW *adamw;
    Ema *ema; /* NULL without optim.ema */
} RunModel;

/* Builds the model, from model.init where that is set, with what optim.* and model.freeze say
 * of single parameters. ERROR_USAGE, or the code of the file it starts from. To be closed by
 * run_model_close, after an error too. */
int run_model_open(const Config *config, RunModel *out, Error *err);
void run_model_close(RunModel *m); /* accepts an empty one */

#endif
