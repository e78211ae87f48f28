/* SPDX-License-Identifier: Apache-2.0 */
/* Saving a run: when to write and keep checkpoints, and what to do when that fails. The format
 * of a checkpoint is described in train/run/checkpoint.h.
 *
 * A checkpoint is on disk only after all that the run has written before it: the lines of its
 * logs and best.json. A save that fails leaves the last checkpoint as it was. Training goes on,
 * and tries again 1, 2, 4, 8, ... steps later and when the next save is due; the third due save
 * in a row that fails ends the run. */
#ifndef RAMPLUS_TRAIN_SAVE_H
#define RAMPLUS_TRAIN_SAVE_H

#include "train/trainer.h"

/* Starts the record of saves, and warns if a checkpoint does not fit on the disk. saved: the
 * checkpoint of this step is in the run folder. */
void save_open(Trainer *t, bool saved);

/* Call after every step; due: it is time to save. Writes the checkpoint of this step, points
 * the link latest at it, and removes checkpoints beyond save.keep. ERROR_RUNTIME after the
 * third due save in a row that fails, with the last good checkpoint; a failure before that is a
 * warning. */
int save_step(Trainer *t, bool due, Error *err);

/* Saves this step unless that is done: where no later save follows. ERROR_RUNTIME after three
 * tries, with the last good checkpoint. */
int save_now(Trainer *t, Error *err);

/* Saves this step unless that is done, and points the link best at it. False after three tries:
 * the link stays where it is. */
bool save_best(Trainer *t);

/* Brings the lines of the logs and best.json to the disk. ERROR_RUNTIME. */
int save_records(Trainer *t, Error *err);

/* Warns of a result that could not be written and will not be made again. The run goes on, and
 * fails at its end. */
void save_lost(Trainer *t, const Error *why);

/* Call at the end of the run. ERROR_RUNTIME if anything that it had to write is not on the
 * disk. */
int save_end(Trainer *t, Error *err);

#endif
