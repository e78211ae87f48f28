/* SPDX-License-Identifier: Apache-2.0 */
/* Reading grids and multiplying them. */
#include "train/ablate_grid.h"

#include "core/hash.h"
#include "core/io/text.h"
#include "core/mem.h"
#include "model/loss.h"

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

static void cell_add(Grid *g, char *name, const Cell *from, const char *setting)
{
    g->cell = mem_realloc(g->cell, (size_t)(g->cells + 1) * sizeof *g->cell);
    Cell *c = &g->cell[g->cells++];
    *c = (Cell){.name = name, .folder = folder_of(name)};
    const int64_t inherited = from ? from->settings : 0;
    c->setting = mem_calloc((size_t)inherited + 1, sizeof *c->setting);
    for (int64_t i = 0; i < inherited; i++)
        c->setting[c->settings++] = mem_strdup(from->setting[i]);
    if (setting) c->setting[c->settings++] = mem_strdup(setting);
}

/* Replaces every cell by one with this setting for each point of the next grid. */
static void multiply(Grid *g, char *const *name, char *const *setting, int64_t points)
{
    Grid product = {0};
    for (int64_t c = 0; c < g->cells; c++)
        for (int64_t p = 0; p < points; p++) {
            const char *left = g->cell[c].name;
            cell_add(&product, mem_format("%s%s%s", left, *left ? "+" : "", name[p]),
                     &g->cell[c], setting[p]);
        }
    grid_free(g);
    *g = product;
}

/* The points of one grid. */
typedef struct Axis {
    char *name[GRID_MAX_CELLS], *setting[GRID_MAX_CELLS];
    int64_t points;
} Axis;

static void point(Axis *a, const char *name, const char *setting)
{
    a->name[a->points] = mem_strdup(name);
    a->setting[a->points++] = mem_strdup(setting);
}

/* The end of a value: the next comma outside of brackets and quotes, or the end of the text. */
static const char *value_end(const char *p)
{
    int depth = 0;
    char quote = 0;
    for (; *p && (*p != ',' || depth > 0 || quote); p++) {
        if (quote || *p == '"' || *p == '\'') quote = quote ? (*p == quote ? 0 : quote) : *p;
        if (!quote) depth += (*p == '[') - (*p == ']');
    }
    return p;
}

static int axis_of_key(const char *text, Axis *a, Error *err)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text || !equals[1])
        return error_set(err, ERROR_USAGE,
                         "ablate: --grid %s: must be losses, supervision or KEY=a,b,c", text);
    for (const char *at = equals, *end; at; at = *end ? end : NULL) {
        end = value_end(at + 1);
        if (a->points == GRID_MAX_CELLS)
            return error_set(err, ERROR_USAGE, "ablate: --grid: more than %d cells",
                             GRID_MAX_CELLS);
        char *setting =
            mem_format("%.*s=%.*s", (int)(equals - text), text, (int)(end - at - 1), at + 1);
        point(a, setting, setting);
        mem_free(setting);
    }
    return 0;
}

static int axis_read(const char *text, Axis *a, Error *err)
{
    if (strcmp(text, "supervision") == 0) {
        point(a, "tagging", "loss.weight.align=0");
        point(a, "alignment", "loss.weight.tag=0");
        point(a, "both", "loss.weight.tag=1");
        return 0;
    }
    if (strcmp(text, "losses") != 0) return axis_of_key(text, a, err);
    for (int i = 0; loss_tag_name(i); i++) {
        char *setting = mem_format("loss.tag=%s", loss_tag_name(i));
        if (*loss_tag_name(i)) point(a, loss_tag_name(i), setting);
        mem_free(setting);
    }
    return 0;
}

int grid_read(const OptionStrings *text, Grid *out, Error *err)
{
    *out = (Grid){0};
    cell_add(out, mem_strdup(""), NULL, NULL);
    int status = 0;
    for (int64_t i = 0; status == 0 && i < text->count; i++) {
        Axis a = {.points = 0};
        status = axis_read(text->value[i], &a, err);
        if (status == 0 && out->cells * a.points > GRID_MAX_CELLS)
            status = error_set(err, ERROR_USAGE, "ablate: --grid: more than %d cells",
                               GRID_MAX_CELLS);
        if (status == 0) multiply(out, a.name, a.setting, a.points);
        for (int64_t p = 0; p < a.points; p++) {
            mem_free(a.name[p]);
            mem_free(a.setting[p]);
        }
    }
    return status;
}

void grid_free(Grid *g)
{
    for (int64_t c = 0; c < g->cells; c++) {
        for (int64_t i = 0; i < g->cell[c].settings; i++) mem_free(g->cell[c].setting[i]);
        mem_free(g->cell[c].setting);
        mem_free(g->cell[c].folder);
        mem_free(g->cell[c].name);
    }
    mem_free(g->cell);
    *g = (Grid){0};
}
