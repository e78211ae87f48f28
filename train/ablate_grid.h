/* SPDX-License-Identifier: Apache-2.0 */
/* The cells of an ablation: the product of its grids. */
#ifndef RAMPLUS_TRAIN_ABLATE_GRID_H
#define RAMPLUS_TRAIN_ABLATE_GRID_H

#include "core/error.h"
#include "core/options/option.h"

enum { GRID_MAX_CELLS = 256 };

typedef struct Cell {
    char *name;     /* "asl", "optim.clip_norm=1", "asl+optim.clip_norm=1" */
    char *folder;   /* the name as one part of a path */
    char **setting; /* [settings] key=value */
    int64_t settings;
} Cell;

typedef struct Grid {
    Cell *cell;
    int64_t cells;
} Grid;

/* Every grid is losses, supervision or KEY=a,b,c. ERROR_USAGE for anything else, and for more
 * than GRID_MAX_CELLS cells. Owned, also after an error: grid_free. */
int grid_read(const OptionStrings *text, Grid *out, Error *err);
void grid_free(Grid *g); /* frees and empties */

#endif
