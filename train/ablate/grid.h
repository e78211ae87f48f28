/* SPDX-License-Identifier: Apache-2.0 */
/* The cells of an ablation: the product of its grids. */
#ifndef RAMPLUS_TRAIN_ABLATE_GRID_H
#define RAMPLUS_TRAIN_ABLATE_GRID_H

#include "core/error.h"
#include "core/options/option.h"

enum { GRID_MAX_CELLS = 256 };

typedef struct Cell {
    char *name;            /* "asl+bce", "optim.clip_norm=1", "asl+optim.clip_norm=1" */
    char *folder;          /* the name as one part of a path */
    OptionStrings setting; /* key=value, what this cell does not share with all others */
} Cell;

typedef struct Grid {
    Cell *cell;
    int64_t cells, room;
} Grid;

/* The product of the grids, each of which is one that train/ablate/axis.h names or
 * KEY=VALUES (train/ablate/range.h). ERROR_USAGE for anything else, and for more than
 * GRID_MAX_CELLS cells. Owned, also after an error: grid_free. */
int grid_read(const OptionStrings *text, Grid *out, Error *err);
void grid_free(Grid *g); /* frees and empties */

/* Appends a cell, which copies the name and no setting. */
Cell *grid_add(Grid *g, const char *name);
/* The index of the cell of this name, or -1. */
int64_t grid_find(const Grid *g, const char *name);

#endif
