/* SPDX-License-Identifier: Apache-2.0 */
/* A small grid, and what the tests of grids share. */
#ifndef RAMPLUS_TESTS_TRAIN_ABLATE_GRID_CASE_H
#define RAMPLUS_TESTS_TRAIN_ABLATE_GRID_CASE_H

/* Two cells of two runs of five steps, in a folder. */
#define SMALL "swin.depths=1,1,1,1 model.layers=1 train.max_steps=5 "
#define GRID_IN(run)                                                                           \
    "ablate -c @/tiny.yaml run=" run " " SMALL "--grid loss.tag=bce,hill --seeds 2"

/* How often the text has `what` in it. */
int grid_count(const char *text, const char *what);

#endif
