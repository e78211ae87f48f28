/* The weights of RAM++ in a file, under the reference's names.
 *
 * Names of older and other projects become those of the reference (recognize-anything, models/utils.py):
 *   vision_multi.NAME         -> tagging_head.NAME
 *   NAME of an encoder alone  -> visual_encoder.NAME, by its table of names (model/backbone/names.h): a
 *                                classifier is left out, a tensor stored in pieces becomes one
 * Tables that follow from the sizes of the model, relative_position_index and attn_mask, are left out. */
#ifndef RAMPLUS_MODEL_WEIGHTS_WEIGHT_SET_H
#define RAMPLUS_MODEL_WEIGHTS_WEIGHT_SET_H

#include "core/formats/tensor_set.h"

/* Opens a safetensors or PyTorch file (tensor_set_open). *left_out, unless NULL: how many tensors of the
 * file are not in the set. Two names that become one and pieces that are
 * missing or do not fit together are EXIT_DATA. Owned: tensor_set_close. */
int weight_set_open(const char *path, TensorSet *out, int64_t *left_out, Error *err);

#endif
