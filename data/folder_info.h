/* SPDX-License-Identifier: Apache-2.0 */
/* Summary of a data folder, for `ramplus info`. */
#ifndef RAMPLUS_DATA_FOLDER_INFO_H
#define RAMPLUS_DATA_FOLDER_INFO_H

#include "core/json/file_info.h"

/* Counts records, tags and images, and hashes the bytes of every file below the folder.
 * ERROR_DATA if a file cannot be read. */
int folder_info_read(const char *path, FileInfo *out, Error *err);

#endif
