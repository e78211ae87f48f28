/* SPDX-License-Identifier: Apache-2.0 */
/* The weights of RAM++ in a file, under the reference's names.
 *
 * Names of older and other projects become those of the reference (recognize-anything, models/utils.py):
 *   vision_multi.NAME         -> tagging_head.NAME
 *   NAME of an encoder alone  -> visual_encoder.NAME, by its table of names (model/backbone/names.h): a
 *                                classifier is left out, a tensor stored in pieces becomes one
 * In our own HDF5 files the parameters are PREFIX + NAME, as in param/NAME; label_embed keeps its name, all
 * else is left out. Tables that follow from the sizes of the model, relative_position_index and attn_mask, are
 * left out everywhere. */
#ifndef RAMPLUS_MODEL_WEIGHTS_WEIGHT_SET_H
#define RAMPLUS_MODEL_WEIGHTS_WEIGHT_SET_H

#include "core/autograd/param.h"
#include "core/formats/tensor_set.h"

/* Opens a file of any format (tensor_set_open). prefix: "param/", "ema/"; no matter in foreign files. *left_out,
 * unless NULL: how many tensors of the file are not in the set. Two names that become one and pieces that are
 * missing or do not fit together are ERROR_DATA. Owned: tensor_set_close. */
int weight_set_open(const char *path, const char *prefix, TensorSet *out, int64_t *left_out,
                    Error *err);

/* Whether there is anything but the label bank. */
bool weight_set_has_weights(const TensorSet *set);

/* Reads PREFIX + NAME of every parameter of an open file of ours into a flat array laid out as the ParamSet.
 * Strict: a missing name or another shape is ERROR_CHECKPOINT and names file, parameter and both shapes. */
int weight_set_fill(H5File *f, const char *path, const char *prefix, const ParamSet *ps,
                    float *flat, Error *err);

/* The error for an entry of another shape than its parameter has. Returns -1. */
int weight_set_misfit(const TensorSet *set, const TensorEntry *e, const Param *p, Error *err);

#endif
