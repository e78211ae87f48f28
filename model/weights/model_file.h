/* SPDX-License-Identifier: Apache-2.0 */
/* Weights in files: names, strict loading, and the model that a checkpoint describes.
 *
 * A checkpoint (HDF5) holds   param/NAME   ema/NAME (with optim.ema)   label_embed [rows, E]   label/offset [K + 1]
 * info/config.yaml   tags   info/encoder   info/fingerprint   info/texts (model/labels/bank_file.h)
 * and, for training, optim/m/NAME   optim/v/NAME   state/... */
#ifndef RAMPLUS_MODEL_WEIGHTS_MODEL_FILE_H
#define RAMPLUS_MODEL_WEIGHTS_MODEL_FILE_H

#include "core/autograd/param.h"
#include "core/formats/h5.h"

/* The checkpoint meant by a path: the file itself, or the best (else latest) one of a run folder.
 * Owned by the caller (mem_free). */
char *model_file_find(const char *path);

/* Opens a checkpoint; ERROR_CHECKPOINT for anything else, and of mere weights a line that says what makes a
 * checkpoint of them. Owned: h5_close. */
int model_file_open(const char *path, H5File **out, Error *err);

/* Start values from a run folder, or a PyTorch, .safetensors (names as in model/weights/weight_set.h) or .h5 file.
 * Tensors of other sizes that the encoder adapts, such as tables of positions, are resampled. Parameters the
 * file lacks keep their values; missing and unexpected names are counted and the first of them named in
 * one line of talk. A file with none of the names, or with another shape, is ERROR_CHECKPOINT. */
int model_file_init_params(const char *path, ParamSet *ps, Error *err);

#endif
