/* SPDX-License-Identifier: Apache-2.0 */
/* `ramplus train --dry-run`: what a run would need, from everything that it reads and three
 * steps of it. */
#ifndef RAMPLUS_TRAIN_DRY_RUN_H
#define RAMPLUS_TRAIN_DRY_RUN_H

#include "configs/config.h"
#include "core/autograd/profile.h"

/* Opens the run without its folder, looks for all training images, takes up to three steps and
 * prints counts, sizes, memory and time. Writes nothing to disk. profile: measures the steps,
 * or NULL. Codes of trainer_open and loop_gradients; ERROR_RUNTIME if the run folder could not
 * be written. */
int dry_run(const Config *config, Profile *profile, Error *err);

#endif
