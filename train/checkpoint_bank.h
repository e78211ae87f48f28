/* SPDX-License-Identifier: Apache-2.0 */
/* The frozen labels of a run, written once beside its checkpoints, which name them by their content
 * (core/formats/h5_companion.h): bank_CONTENT.h5, a label bank like any other. */
#ifndef RAMPLUS_TRAIN_CHECKPOINT_BANK_H
#define RAMPLUS_TRAIN_CHECKPOINT_BANK_H

#include "model/labels/labels.h"

/* Writes the labels beside the checkpoint that will be written to `checkpoint`, unless a sound file of them is
 * there; content gets their hash. On disk when it returns. ERROR_RUNTIME. */
int checkpoint_bank_write(const char *checkpoint, const Labels *l,
                          char content[static HASH_HEX], Error *err);

/* Its file name. Owned (mem_free). */
char *checkpoint_bank_name(const char *content);

#endif
