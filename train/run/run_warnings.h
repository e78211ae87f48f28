/* SPDX-License-Identifier: Apache-2.0 */
/* Settings that are accepted but contradict the data, or have no effect. */
#ifndef RAMPLUS_TRAIN_RUN_RUN_WARNINGS_H
#define RAMPLUS_TRAIN_RUN_RUN_WARNINGS_H

#include "train/run/run_state.h"

/* Warns about a warm-up that does not fit into the run, and about options that are set and have
 * no effect. */
void run_warnings(const RunInputs *in, const RunState *s);

#endif
