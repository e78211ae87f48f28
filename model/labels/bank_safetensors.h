/* The safetensors form of a label bank, for model/labels/bank_file.c. */
#ifndef RAMPLUS_MODEL_LABELS_BANK_SAFETENSORS_H
#define RAMPLUS_MODEL_LABELS_BANK_SAFETENSORS_H

#include "model/labels/bank_file.h"

int bank_safetensors_write(const BankFile *b, Error *err);
/* Fills tags, bank and identity; path is set. The caller frees them on failure too. */
int bank_safetensors_read(BankFile *b, Error *err);

#endif
