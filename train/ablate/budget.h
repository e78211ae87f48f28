/* SPDX-License-Identifier: Apache-2.0 */
/* Equal time instead of equal steps: how many steps of a cell fit into a budget.
 *
 * The answer depends on the machine and its load, so it is measured once, kept in
 * CELL/budget.txt and used by all runs of the cell from then on, also by other processes. */
#ifndef RAMPLUS_TRAIN_ABLATE_BUDGET_H
#define RAMPLUS_TRAIN_ABLATE_BUDGET_H

#include "configs/config.h"

/* Sets train.max_steps of the configuration to the steps that take so many seconds, without
 * evaluations and saves; at least 1. folder: of the cell. keep: writes the record; without it
 * nothing is written. A record of other settings or another budget is replaced. Codes of
 * trainer_try; ERROR_DATA for a record that cannot be read. */
int budget_apply(Config *c, const char *folder, double seconds, bool keep, Error *err);

#endif
