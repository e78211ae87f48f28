/* SPDX-License-Identifier: Apache-2.0 */
/* The frozen labels of a run. All its checkpoints share one file, RUN/bank_CONTENT.h5,
 * which is a label bank like any other; a checkpoint names it by its content
 * (core/hdf5/h5_companion.h). */
#ifndef RAMPLUS_TRAIN_RUN_CHECKPOINT_BANK_H
#define RAMPLUS_TRAIN_RUN_CHECKPOINT_BANK_H

#include "model/labels/labels.h"

#include <time.h>

typedef struct CheckpointBank {
    const Labels *labels;   /* borrowed */
    char content[HASH_HEX]; /* their hash */
    char *path, *name;      /* of the file; its last part */
    bool intact;            /* the file held these labels when it had the size and time below */
    int64_t bytes;
    struct timespec changed;
} CheckpointBank;

/* The bank of a run's checkpoints; content: labels_content. A file that exists already is
 * verified here, once per run: reading a large bank at every save would take seconds. Owned:
 * checkpoint_bank_close. */
CheckpointBank checkpoint_bank_open(const char *run, const Labels *labels,
                                    const char content[static HASH_HEX]);
void checkpoint_bank_close(CheckpointBank *b); /* accepts an empty bank */

/* Bytes that the next checkpoint_bank_write needs on the disk, roughly; 0: none. */
int64_t checkpoint_bank_needs(const CheckpointBank *b);
/* Writes the file unless it is intact and has kept its size and modification time. The file is
 * on disk when this returns. ERROR_RUNTIME. */
int checkpoint_bank_write(CheckpointBank *b, Error *err);

#endif
