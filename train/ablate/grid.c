/* SPDX-License-Identifier: Apache-2.0 */
/* Multiplying grids. */
#include "train/ablate/grid.h"

#include "core/array.h"
#include "core/hash.h"
#include "core/io/text.h"
#include "core/mem.h"
#include "train/ablate/axis.h"

#include <string.h>

enum { MAX_NAME = 160 }; /* bytes of a folder before its name is cut */

/* A name as one part of a path: every byte but letters, digits and . _ = + - becomes %XX, and a
 * long name is cut and ends in its hash. Owned. */
static char *folder_of(const char *name)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789._=+-";
    Text t = {0};
    text_put(&t, "");
    for (const char *p = name; *p; p++)
        if (strchr(plain, *p))
            text_add(&t, "%c", *p);
        else
            text_add(&t, "%%%02X", (unsigned char)*p);
    if (t.len <= MAX_NAME) return t.data;
    uint8_t value[HASH_BYTES];
    char hex[HASH_HEX];
    hash_of(name, strlen(name), value);
    hash_hex(value, hex);
    char *cut = mem_format("%.*s-%.16s", MAX_NAME, t.data, hex);
    text_free(&t);
    return cut;
}

Cell *grid_add(Grid *g, const char *name)
{
    g->cell = array_grow(g->cell, sizeof *g->cell, g->cells, &g->room);
    Cell *c = &g->cell[g->cells++];
    *c = (Cell){.name = mem_strdup(name), .folder = folder_of(name)};
    return c;
}

int64_t grid_find(const Grid *g, const char *name)
{
    for (int64_t c = 0; c < g->cells; c++)
        if (strcmp(g->cell[c].name, name) == 0) return c;
    return -1;
}

static void add_settings(Cell *c, const Cell *from)
{
    for (int64_t i = 0; i < from->setting.count; i++)
        option_strings_add(&c->setting, mem_strdup(from->setting.value[i]));
}

/* Replaces every cell by one for each point of the axis. */
static void multiply(Grid *g, const Grid *axis)
{
    Grid product = {0};
    for (int64_t c = 0; c < g->cells; c++)
        for (int64_t p = 0; p < axis->cells; p++) {
            const Cell *left = &g->cell[c], *right = &axis->cell[p];
            char *name = mem_format("%s%s%s", left->name, *left->name ? "+" : "", right->name);
            Cell *cell = grid_add(&product, name);
            add_settings(cell, left);
            add_settings(cell, right);
            mem_free(name);
        }
    grid_free(g);
    *g = product;
}

int grid_read(const OptionStrings *text, Grid *out, Error *err)
{
    *out = (Grid){0};
    grid_add(out, "");
    int status = 0;
    for (int64_t i = 0; status == 0 && i < text->count; i++) {
        Grid axis;
        status = axis_read(text->value[i], &axis, err);
        if (status == 0 && out->cells * axis.cells > GRID_MAX_CELLS)
            status = error_set(err, ERROR_USAGE, "ablate: --grid: more than %d cells",
                               GRID_MAX_CELLS);
        if (status == 0) multiply(out, &axis);
        grid_free(&axis);
    }
    return status;
}

void grid_free(Grid *g)
{
    for (int64_t c = 0; c < g->cells; c++) {
        option_strings_free(&g->cell[c].setting);
        mem_free(g->cell[c].folder);
        mem_free(g->cell[c].name);
    }
    mem_free(g->cell);
    *g = (Grid){0};
}
