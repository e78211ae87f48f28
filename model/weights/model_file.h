/* SPDX-License-Identifier: Apache-2.0 */
/* Initial weights from files, and opening checkpoints.
 *
 * Entries of a checkpoint (HDF5):
 *   param/NAME   ema/NAME (with optim.ema)   info/config.yaml
 *   label_embed   label/offset   tags   info/encoder   info/fingerprint   info/texts
 *   (model/labels/labels.h)
 *   optim/m/NAME   optim/v/NAME   state/... (only for training) */
#ifndef RAMPLUS_MODEL_WEIGHTS_MODEL_FILE_H
#define RAMPLUS_MODEL_WEIGHTS_MODEL_FILE_H

#include "core/autograd/param.h"
#include "core/hdf5/h5_file.h"

/* The checkpoint that a path refers to: the file itself, or the best (else the latest) one of a
 * run folder. Owned by the caller (mem_free). */
char *model_file_find(const char *path);

/* The same for weights of any format: also the weights in a folder, and the index of a file
 * that is one of several (tensor_shards_resolve). ERROR_DATA for a folder without any. Owned:
 * *out. */
int model_file_resolve(const char *path, char **out, Error *err);

/* out[i]: whether a name in what model_file_init_params would read ends in ending[i]; false if
 * it cannot be read. */
void model_file_has(const char *path, const char *const *ending, size_t n, bool *out);

/* Opens a checkpoint. ERROR_CHECKPOINT for any other file; for weights without a configuration,
 * the message says how to convert them to a checkpoint. Owned: h5_close. */
int model_file_open(const char *path, H5File **out, Error *err);

/* Initializes parameters from what model_file_resolve finds (names as in
 * model/weights/weight_set.h). Tensors of other sizes that the encoder can adapt, such as
 * position tables, are resampled. Parameters that the file lacks keep their values; one log
 * line counts missing and unexpected names and gives the first few. ERROR_CHECKPOINT if no name
 * matches, or for any other difference in shape. */
int model_file_init_params(const char *path, ParamSet *ps, Error *err);

#endif
