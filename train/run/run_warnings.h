/* SPDX-License-Identifier: Apache-2.0 */
/* Settings that are accepted but contradict the data. What contradicts other settings:
 * configs/config_unused.h. */
#ifndef RAMPLUS_TRAIN_RUN_RUN_WARNINGS_H
#define RAMPLUS_TRAIN_RUN_RUN_WARNINGS_H

#include "train/run/run_state.h"

/* Warns about a warm-up that does not fit into the run, and about evaluation sets without
 * thresholds if the scores are no sigmoids. */
void run_warnings(const RunInputs *in, const RunState *s);

#endif
