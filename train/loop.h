/* SPDX-License-Identifier: Apache-2.0 */
/* The training loop. */
#ifndef RAMPLUS_TRAIN_LOOP_H
#define RAMPLUS_TRAIN_LOOP_H

#include "train/trainer.h"

/* Trains to the end, or until SIGINT or SIGTERM (core/stop.h). A run that is already finished
 * is only evaluated. A step whose losses or gradients are not finite changes no parameter; ten
 * in a row are ERROR_NUMERIC.
 * Returns 0: finished; 1: stopped and saved; -1: error. */
int loop_run(Trainer *t, Error *err);

#endif
