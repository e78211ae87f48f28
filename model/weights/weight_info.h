/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about files of arrays, for `info` and `verify`. */
#ifndef RAMPLUS_MODEL_WEIGHTS_WEIGHT_INFO_H
#define RAMPLUS_MODEL_WEIGHTS_WEIGHT_INFO_H

#include "core/json/file_info.h"

/* Reads a file of any format (tensor_set_open) and verifies its checksums. The content hash
 * equals that of the same arrays in one of our HDF5 files. `about` and `details` give the file
 * name of the label bank that a checkpoint names ("bank"), the place of the weights in the file
 * if others could be meant ("where"), and the number of arrays with NaN or infinite numbers
 * ("not_finite"). Codes of tensor_set_open. Owned: file_info_free. */
int weight_info_read(const char *path, FileInfo *out, Error *err);

#endif
