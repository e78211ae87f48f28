/* SPDX-License-Identifier: Apache-2.0 */
/* RUN/best.json: {"evaluated": step, "set": name, "step": n, "mAP": x}: the last step that was
 * evaluated completely, and the step with the highest mAP on the first evaluation set. The
 * checkpoint of a step is written before its evaluation, so it cannot hold this. */
#ifndef RAMPLUS_TRAIN_RUN_RUN_BEST_H
#define RAMPLUS_TRAIN_RUN_RUN_BEST_H

#include "train/run/run_state.h"

/* Writes s->evaluated, s->best_step and s->best. ERROR_RUNTIME. */
int run_best_write(const RunInputs *in, const RunState *s, Error *err);

/* Sets them when the run continues from its own checkpoint of s->step. Without the file, as
 * runs of earlier versions are, that step counts as evaluated. If another set is the first now,
 * or the best step is given up, the best one is chosen anew. ERROR_RUNTIME if the machine
 * cannot read the file. */
int run_best_read(const RunInputs *in, RunState *s, Error *err);

#endif
