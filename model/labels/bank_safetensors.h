/* SPDX-License-Identifier: Apache-2.0 */
/* The safetensors form of a label bank, for model/labels/bank_file.c. */
#ifndef RAMPLUS_MODEL_LABELS_BANK_SAFETENSORS_H
#define RAMPLUS_MODEL_LABELS_BANK_SAFETENSORS_H

#include "model/labels/labels.h"

/* ERROR_RUNTIME. */
int bank_safetensors_write(const char *path, const Labels *l, Error *err);
/* ERROR_DATA, ERROR_CHECKPOINT. Owned: labels_free. */
int bank_safetensors_read(const char *path, Labels *out, Error *err);

#endif
