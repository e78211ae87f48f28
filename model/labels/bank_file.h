/* SPDX-License-Identifier: Apache-2.0 */
/* Label banks in files of their own, so that a model of another text encoder and a list of other tags or texts
 * can refuse them.
 *
 * HDF5 (core/formats/h5.h, kind "bank"): the entries of model/labels/labels.h.
 * Safetensors: label_embed; the rest as texts of `__metadata__`, with a checksum over everything. */
#ifndef RAMPLUS_MODEL_LABELS_BANK_FILE_H
#define RAMPLUS_MODEL_LABELS_BANK_FILE_H

#include "model/labels/labels.h"

/* ERROR_USAGE unless path ends in .h5 or .safetensors. */
int bank_file_can_write(const char *path, Error *err);
/* Writes labels of a complete identity by the ending of path. ERROR_RUNTIME. */
int bank_file_write(const char *path, const Labels *l, Error *err);

/* Either format; every checksum is compared, and the identity is complete. ERROR_DATA when it cannot be
 * opened, ERROR_CHECKPOINT when it is damaged or no label bank. Owned: labels_free. */
int bank_file_read(const char *path, Labels *out, Error *err);
/* Whether a safetensors file says that it is one, or did before it was damaged. */
bool bank_file_is_safetensors(const char *path);

#endif
