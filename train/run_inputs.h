/* SPDX-License-Identifier: Apache-2.0 */
/* What a run reads and never writes: the configuration, and what it names. The training loop
 * takes it const. */
#ifndef RAMPLUS_TRAIN_RUN_INPUTS_H
#define RAMPLUS_TRAIN_RUN_INPUTS_H

#include "configs/config.h"
#include "data/loader.h"
#include "eval/eval_set.h"
#include "model/labels/labels.h"
#include "model/text/text_cache.h"
#include "train/teacher.h"

typedef struct RunInputs {
    const Config *config; /* complete; borrowed */
    char *config_text;    /* its dump */
    TextEncoder *encoder; /* NULL when nothing is to be encoded */
    Labels labels;        /* of the model: tags and the vectors of their descriptions */
    Annotations annotations;
    int64_t steps_per_epoch; /* records that fill no whole step are not trained on */
    TextCache *captions;     /* NULL when encoding a caption costs little */
    Teacher *teacher;        /* NULL: no distillation */
    EvalSet *eval_set;       /* [eval_sets] */
    int64_t eval_sets;
    Loader *loader; /* NULL before run_inputs_start */
} RunInputs;

/* Reads everything but the training images. ERROR_USAGE, ERROR_DATA, ERROR_CHECKPOINT. To be
 * closed by run_inputs_close, after an error too. */
int run_inputs_open(const Config *config, RunInputs *out, Error *err);

/* Starts loading the training images of the batch at this position and of later ones. */
void run_inputs_start(RunInputs *in, LoaderPosition at);

void run_inputs_close(RunInputs *in); /* accepts empty inputs */

#endif
