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

/* Names the parameters, without memory for their values, and applies the options that select
 * them by name (optim.*, model.freeze). checkpoint: to resume from, which is not read here but
 * says whether there is a projection of the queries; NULL: none. ERROR_USAGE. Close it with
 * run_model_close, also after an error. */
int run_model_open(const Config *config, const H5File *checkpoint, RunModel *out, Error *err);
/* Gives the parameters their first values, from model.init if it is set, and the optimizer its
 * state. Codes of model_file_init_params. */
int run_model_build(const Config *config, RunModel *m, Error *err);
/* Checks the sizes and these options alone, without a word. ERROR_USAGE. */
int run_model_check(const Config *config, Error *err);
/* Bytes of a checkpoint, but for its labels: parameters, two moments, and the moving
 * average. */
int64_t run_model_checkpoint(const RunModel *m);
void run_model_close(RunModel *m); /* accepts an empty model */

#endif
