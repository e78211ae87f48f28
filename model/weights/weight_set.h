/* SPDX-License-Identifier: Apache-2.0 */
/* The weights of RAM++ in a file, under the reference's names.
 *
 * Names of older versions and other projects are converted to those of the reference
 * (recognize-anything, models/utils.py):
 *   vision_multi.NAME          -> tagging_head.NAME
 *   tag_encoder.*, text_decoder.* -> skipped: RAM's networks that write captions
 *   NAME in an encoder's file  -> visual_encoder.NAME, by the encoder's naming scheme
 *                                 (core/formats/names.h); a classifier is skipped, a tensor
 *                                 stored in pieces is joined
 * In our own HDF5 files the parameters are PREFIX + NAME, such as param/NAME; label_embed keeps
 * its name, and all other entries are skipped. Tables that follow from the model's sizes,
 * relative_position_index and attn_mask, are always skipped. */
#ifndef RAMPLUS_MODEL_WEIGHTS_WEIGHT_SET_H
#define RAMPLUS_MODEL_WEIGHTS_WEIGHT_SET_H

#include "core/autograd/param.h"
#include "core/formats/tensor_set.h"

/* The prefix of the parameters that eval, tag and convert use: "ema/", the moving average, if
 * the file has it, else "param/". */
const char *weight_set_prefix(const H5File *f);

/* Opens a file of any format (tensor_set_open). prefix: "param/", "ema/", or NULL for that of
 * weight_set_prefix; ignored for foreign files. *skipped, unless NULL, receives the number of
 * tensors of the file that are not in the set. ERROR_DATA if two names are converted to the
 * same name, or if pieces are missing or do not fit together. Owned: tensor_set_close. */
int weight_set_open(const char *path, const char *prefix, TensorSet *out, int64_t *skipped,
                    Error *err);

/* Whether the set contains anything besides the label bank. */
bool weight_set_has_weights(const TensorSet *set);

/* Whether one of our own files has PREFIX + NAME of every parameter. A missing name or another
 * shape is ERROR_CHECKPOINT; the message names file, parameter and both shapes. Before the
 * parameters are allocated: a configuration in the file can ask for any size. */
int weight_set_check(H5File *f, const char *path, const char *prefix, const ParamSet *ps,
                     Error *err);
/* Reads them into a flat array with the layout of the ParamSet. Errors as weight_set_check. */
int weight_set_fill(H5File *f, const char *path, const char *prefix, const ParamSet *ps,
                    float *flat, Error *err);
/* Gives them to `put` one after the other, numbers [p->len], of which one has to fit into
 * memory. Errors as weight_set_check. */
int weight_set_each(H5File *f, const char *path, const char *prefix, const ParamSet *ps,
                    void (*put)(const Param *p, const float *numbers, void *context),
                    void *context, Error *err);

/* Sets the error for an entry whose shape differs from that of its parameter. Returns -1. */
int weight_set_misfit(const TensorSet *set, const TensorEntry *e, const Param *p, Error *err);

#endif
