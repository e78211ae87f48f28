/* SPDX-License-Identifier: Apache-2.0 */
/* How far a difference between two cells depends on which images were evaluated. */
#ifndef RAMPLUS_TRAIN_ABLATE_DIFFERENCE_H
#define RAMPLUS_TRAIN_ABLATE_DIFFERENCE_H

#include "train/ablate/table.h"

/* Sets entry[].images of one list for all cells: the 95% bootstrap interval
 * (eval/metrics/bootstrap.h) of the difference in mAP to the cell t->against, mean over seeds;
 * all cells and seeds share the resampled images. NAN remains where a run has no results, or
 * other images or labels than the cell it is compared to, and, with a warning, where scores
 * cannot be read. */
void difference_over_images(AblateTable *t, int64_t list, int64_t resamples);

#endif
