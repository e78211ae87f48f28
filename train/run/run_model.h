/* SPDX-License-Identifier: Apache-2.0 */
/* What a run trains: the parameters, and the state of the optimizer. */
#ifndef RAMPLUS_TRAIN_RUN_RUN_MODEL_H
#define RAMPLUS_TRAIN_RUN_RUN_MODEL_H

#include "configs/config.h"
#include "core/hdf5/h5_file.h"
#include "optim/adamw.h"
#include "optim/ema.h"

typedef struct RunModel {
    ParamSet *params;
    LossParams loss; /* the parameters of the losses */
    RamPlus *model;  /* uses params */
    AdamW *adamw;
    Ema *ema; /* NULL without optim.ema */
} RunModel;

/* Builds the model, loads model.init if it is set, and applies the options that select
 * parameters by name (optim.*, model.freeze). checkpoint: to resume from, which is not read
 * here but says whether there is a projection of the queries; NULL: none. ERROR_USAGE, or the
 * codes of model_file_init_params. Close it with run_model_close, also after an error. */
int run_model_open(const Config *config, const H5File *checkpoint, RunModel *out, Error *err);
/* Checks the sizes and these options alone, without a word. ERROR_USAGE. */
int run_model_check(const Config *config, Error *err);
void run_model_close(RunModel *m); /* accepts an empty model */

#endif
