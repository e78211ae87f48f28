/* SPDX-License-Identifier: Apache-2.0 */
/* Identifying files and folders, for `info` and `verify`. */
#ifndef RAMPLUS_TRAIN_FILES_INSPECT_H
#define RAMPLUS_TRAIN_FILES_INSPECT_H

#include "core/json/file_info.h"

/* Reads the whole file or folder and verifies every checksum in it. Codes as h5_open and
 * tensor_set_open; ERROR_DATA for a file that is of no known kind. Owned: file_info_free. */
int inspect(const char *path, FileInfo *out, Error *err);

#endif
