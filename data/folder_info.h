/* SPDX-License-Identifier: Apache-2.0 */
/* Summary of a data folder, for `ramplus info`. */
#ifndef RAMPLUS_DATA_FOLDER_INFO_H
#define RAMPLUS_DATA_FOLDER_INFO_H

#include "core/json/file_info.h"

/* Counts records, tags and images, reads the evaluation sets in the folder itself and in seen/,
 * unseen/, all/ and test/ ("evaluation" of the details: images, tags, positives and hash of
 * each), and hashes the bytes of every file below the folder. Images need not be there.
 * ERROR_DATA if a file cannot be read or an evaluation set is faulty. */
int folder_info_read(const char *path, FileInfo *out, Error *err);

#endif
