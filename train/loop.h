/* SPDX-License-Identifier: Apache-2.0 */
/* The training loop. */
#ifndef RAMPLUS_TRAIN_LOOP_H
#define RAMPLUS_TRAIN_LOOP_H

#include "train/metrics_log.h"
#include "train/trainer.h"

/* Trains to the end. After a signal (core/stop.h) it saves and ends the program. A run that is
 * already finished is only evaluated. A step whose losses or gradients are not finite changes
 * no parameter; ten in a row are ERROR_NUMERIC. */
int loop_run(Trainer *t, Error *err);

/* The halves of a step, which write nothing; *line receives its numbers. First the gradients:
 * codes of feed_next. The shards must be set to training. Then the update: ERROR_NUMERIC as
 * above. */
int loop_gradients(Trainer *t, LogLine *line, Error *err);
int loop_update(Trainer *t, LogLine *line, Error *err);

#endif
