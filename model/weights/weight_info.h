/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about files of arrays, for `info` and `verify`. */
#ifndef RAMPLUS_MODEL_WEIGHTS_WEIGHT_INFO_H
#define RAMPLUS_MODEL_WEIGHTS_WEIGHT_INFO_H

#include "core/io/file_info.h"

/* Reads a file of any format (tensor_set_open) and verifies its checksums. The content hash
 * equals that of the same arrays in one of our HDF5 files. For a checkpoint that names a label
 * bank, `about` and `details` ("bank") give the bank's file name. Codes of tensor_set_open.
 * Owned: file_info_free. */
int weight_info_read(const char *path, FileInfo *out, Error *err);

#endif
