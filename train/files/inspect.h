/* SPDX-License-Identifier: Apache-2.0 */
/* What a file or folder is: for `info` and `verify`. */
#ifndef RAMPLUS_TRAIN_FILES_INSPECT_H
#define RAMPLUS_TRAIN_FILES_INSPECT_H

#include "core/file_info.h"

/* Reads everything and compares every checksum there is. Codes as h5_open and tensor_set_open;
 * ERROR_DATA for what none of our programs writes. Owned: file_info_free. */
int inspect(const char *path, FileInfo *out, Error *err);

#endif
