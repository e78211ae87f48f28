/* SPDX-License-Identifier: Apache-2.0 */
/* One grid of an ablation: the cells that one --grid names. */
#ifndef RAMPLUS_TRAIN_ABLATE_AXIS_H
#define RAMPLUS_TRAIN_ABLATE_AXIS_H

#include "train/ablate/grid.h"

/* For help: the grids that have names, "NAME: what it is" each, and KEY=VALUES. */
#define AXIS_HELP                                                                              \
    "losses: every loss for tagging with every loss for alignment, cells TAG+ALIGN; "          \
    "losses:tag, losses:align: every value of loss.tag, of loss.align; supervision: the "      \
    "paper's cases, a-text (captions alone), b-tags, c-both, d-described-at-inference, "       \
    "e-described and f-reweighted; KEY=a,b,c: any option, one cell per value, which may be a " \
    "list in brackets, KEY=[1,2],[3], or a range, KEY=1e-4..1e-2:5log; several grids give "    \
    "their product"

/* ERROR_USAGE. Owned, also after an error: grid_free. */
int axis_read(const char *text, Grid *out, Error *err);

#endif
