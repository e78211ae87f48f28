/* SPDX-License-Identifier: Apache-2.0 */
/* The training loop. */
#ifndef RAMPLUS_TRAIN_LOOP_H
#define RAMPLUS_TRAIN_LOOP_H

#include "train/trainer.h"

/* Trains to the end, or until SIGINT or SIGTERM (core/stop.h). A finished run is only
 * evaluated. A step whose losses or gradients are not finite changes no parameter;
 * ERROR_NUMERIC after ten in a row. 0: done; 1: stopped and saved; -1: error. */
int loop_run(Trainer *t, Error *err);

#endif
