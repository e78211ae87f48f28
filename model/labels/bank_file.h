/* SPDX-License-Identifier: Apache-2.0 */
/* Label banks in separate files. They record the origin of their vectors, so that a bank that
 * does not belong to the model's text encoder, tags or descriptions can be rejected.
 *
 * HDF5 (core/hdf5/h5_file.h, kind "bank"): the entries of model/labels/labels.h. Safetensors:
 * the tensor label_embed; the other entries are strings of `__metadata__`, with a checksum over
 * everything. */
#ifndef RAMPLUS_MODEL_LABELS_BANK_FILE_H
#define RAMPLUS_MODEL_LABELS_BANK_FILE_H

#include "model/labels/labels.h"

/* ERROR_USAGE unless path ends in .h5 or .safetensors. */
int bank_file_can_write(const char *path, Error *err);
/* Writes labels in the format given by the ending of path. Their identity must be complete.
 * ERROR_RUNTIME. */
int bank_file_write(const char *path, const Labels *l, Error *err);

/* Reads either format and verifies every checksum. ERROR_DATA if the file cannot be opened,
 * ERROR_CHECKPOINT if it is damaged, is not a label bank or lacks a part of the identity.
 * Owned: labels_free. */
int bank_file_read(const char *path, Labels *out, Error *err);
/* The same; map: the vectors stay in the file (core/io/file_map.h). Those of a safetensors file
 * are read all the same, with a message. */
int bank_file_open(const char *path, bool map, Labels *out, Error *err);
/* Whether the metadata of a safetensors file marks it as a label bank, even if the file is
 * damaged. */
bool bank_file_is_safetensors(const char *path);

#endif
