/* SPDX-License-Identifier: Apache-2.0 */
/* Comparing weights with the model of a configuration (names and shapes), and completing them
 * to a checkpoint. */
#ifndef RAMPLUS_TRAIN_FILES_WEIGHTS_MODEL_H
#define RAMPLUS_TRAIN_FILES_WEIGHTS_MODEL_H

#include "configs/config.h"
#include "model/weights/weights.h"

/* Reports parameters missing from the weights and weights unknown to the model. Position tables
 * that the encoder can adapt are resampled to the sizes of the model (weights_adapt); any other
 * shape is ERROR_CHECKPOINT. *missing is the number of missing parameters. The memory of the
 * model's arrays is not allocated. `in` is the file name for messages. */
int weights_model_compare(const char *in, Weights *w, const Config *c, int64_t *missing,
                          Error *err);

/* Adds the configuration and the tags of model.tags to the weights; every tag gets the same
 * number of rows of label_embed. `missing` is the result of weights_model_compare.
 * ERROR_CHECKPOINT if parameters or vectors are missing or do not fit, with advice in the
 * message; codes of config_tags. */
int weights_model_complete(const char *in, Weights *w, const Config *c, int64_t missing,
                           Error *err);

#endif
