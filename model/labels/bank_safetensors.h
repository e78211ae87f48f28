/* SPDX-License-Identifier: Apache-2.0 */
/* The safetensors form of a label bank, for model/labels/bank_file.c. */
#ifndef RAMPLUS_MODEL_LABELS_BANK_SAFETENSORS_H
#define RAMPLUS_MODEL_LABELS_BANK_SAFETENSORS_H

#include "model/labels/labels.h"

/* Writes a label bank. ERROR_RUNTIME. */
int bank_safetensors_write(const char *path, const Labels *l, Error *err);
/* Reads a label bank and verifies its checksum. ERROR_DATA for a malformed file,
 * ERROR_CHECKPOINT for anything but an intact label bank. Owned: labels_free. */
int bank_safetensors_read(const char *path, Labels *out, Error *err);

#endif
