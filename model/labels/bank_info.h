/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about a file that is a label bank, for `ramplus info`. */
#ifndef RAMPLUS_MODEL_LABELS_BANK_INFO_H
#define RAMPLUS_MODEL_LABELS_BANK_INFO_H

#include "core/json/file_info.h"

/* Reads the whole bank, which checks that its rows, tags and offsets fit together, and adds
 * `about` and `details` {"tags", "texts", "width", "dtype", "encoder", "fingerprint",
 * "texts_hash"} to the facts. Sets kind, checksums, entries and the content hash unless *out
 * already has them. Codes of bank_file_read. */
int bank_info_read(const char *path, FileInfo *out, Error *err);

#endif
