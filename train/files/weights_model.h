/* SPDX-License-Identifier: Apache-2.0 */
/* Weights beside the model of a configuration: names, shapes, and what makes a checkpoint of
 * them. */
#ifndef RAMPLUS_TRAIN_FILES_WEIGHTS_MODEL_H
#define RAMPLUS_TRAIN_FILES_WEIGHTS_MODEL_H

#include "configs/config.h"
#include "model/weights/weights.h"

/* Says what the model misses in the weights and they in the model; tables of positions that the
 * encoder adapts are resampled to its sizes (weights_adapt), any other shape is
 * ERROR_CHECKPOINT. *missing: how many parameters. The model's arrays are never made. in is for
 * messages. */
int weights_model_compare(const char *in, Weights *w, const Config *c, int64_t *missing,
                          Error *err);

/* Gives them the configuration and the tags of model.tags, with equally many rows of
 * label_embed each. missing is that of weights_model_compare. ERROR_CHECKPOINT for parameters
 * or vectors that lack or do not fit, saying what to do; codes of config_tags. */
int weights_model_complete(const char *in, Weights *w, const Config *c, int64_t missing,
                           Error *err);

#endif
