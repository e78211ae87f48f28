/* SPDX-License-Identifier: Apache-2.0 */
/* `ramplus ablate --dry-run`: the cells, and what they would need. */
#ifndef RAMPLUS_TRAIN_ABLATE_REHEARSE_H
#define RAMPLUS_TRAIN_ABLATE_REHEARSE_H

#include "train/ablate/work.h"

/* Takes three steps of one run of each cell that is not finished, without its folder, and
 * prints runs, memory and time, without the evaluations. Writes nothing to disk. Codes of
 * trainer_open and loop_gradients. */
int ablate_rehearse(const AblateTasks *tasks, AblateShare share, Error *err);

#endif
