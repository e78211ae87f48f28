/* SPDX-License-Identifier: Apache-2.0 */
/* The training loop. */
#ifndef RAMPLUS_TRAIN_LOOP_H
#define RAMPLUS_TRAIN_LOOP_H

#include "train/trainer.h"

/* Trains to the end. After a signal (core/stop.h) it saves and ends the program. A run that is
 * already finished is only evaluated. A step whose losses or gradients are not finite changes
 * no parameter; ten in a row are ERROR_NUMERIC. */
int loop_run(Trainer *t, Error *err);

#endif
