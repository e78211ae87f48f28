/* SPDX-License-Identifier: Apache-2.0 */
/* Coordinates of cells. */
#include "train/report/report_grid.h"

#include "core/json/json.h"
#include "core/mem.h"

#include <math.h>
#include <string.h>

double report_grid_number(const json_t *row, const char *key)
{
    const json_t *value = json_object_get(row, key);
    const double x = json_is_number(value) ? json_number_value(value) : (double)NAN;
    return isfinite(x) ? x : (double)NAN;
}

const char *report_grid_text(const json_t *row, const char *key)
{
    const char *text = json_string_value(json_object_get(row, key));
    return text ? text : "";
}

/* The end of the part KEY=VALUE: the next "+" before a part with "=" in it, or the end. */
static const char *part_end(const char *p)
{
    const char *plus = strchr(p, '+');
    while (plus) {
        const char *next = strchr(plus + 1, '+'), *equal = strchr(plus + 1, '=');
        if (equal && (!next || equal < next)) return plus;
        plus = next;
    }
    return p + strlen(p);
}

/* The settings in the name of a cell, or NULL if it has none. */
static json_t *settings_of_name(const char *name)
{
    json_t *settings = json_object();
    for (const char *p = name; *p;) {
        const char *end = part_end(p), *equal = strchr(p, '=');
        if (!equal || equal > end || equal == p) {
            json_decref(settings);
            return NULL;
        }
        char *key = mem_format("%.*s", (int)(equal - p), p);
        char *value = mem_format("%.*s", (int)(end - equal - 1), equal + 1);
        json_object_set_new(settings, key, json_text(value));
        mem_free(value);
        mem_free(key);
        p = *end ? end + 1 : end;
    }
    return settings;
}

/* The settings of a row if all are texts, or NULL. */
static json_t *settings_of(const json_t *row)
{
    json_t *settings = json_object_get(row, "settings"), *value;
    const char *key;
    if (!settings) return settings_of_name(report_grid_text(row, "cell"));
    if (!json_is_object(settings)) return NULL;
    json_object_foreach(settings, key, value)
    {
        if (!json_is_string(value)) return NULL;
    }
    return json_incref(settings);
}

/* Position of a value on the axis, where it is added if it is new; -1 if the axis is full. */
static int64_t place_on(GridAxis *a, const char *value)
{
    for (int64_t i = 0; i < a->values; i++)
        if (strcmp(a->value[i], value) == 0) return i;
    if (a->values == GRID_VALUES) return -1;
    a->value[a->values] = value;
    return a->values++;
}

/* Fills one axis; false if a row lacks its key or it has too many values. */
static bool fill_axis(ReportGrid *g, GridAxis *axis, const char *key)
{
    *axis = (GridAxis){.key = key};
    for (int64_t r = 0; r < g->rows; r++) {
        const char *value =
            json_string_value(json_object_get(json_array_get(g->settings, (size_t)r), key));
        g->at[r][g->axes] = value ? place_on(axis, value) : -1;
        if (g->at[r][g->axes] < 0) return false;
    }
    return true;
}

static bool fill_axes(ReportGrid *g)
{
    json_t *first = json_array_get(g->settings, 0), *value;
    const char *key;
    json_object_foreach(first, key, value)
    {
        if (g->axes == GRID_AXES || !fill_axis(g, &g->axis[g->axes], key)) return false;
        if (g->axis[g->axes].values > 1) g->axes++;
    }
    for (int64_t r = 0; r < g->rows; r++) /* no row has other keys than the first */
        if (json_object_size(json_array_get(g->settings, (size_t)r)) != json_object_size(first))
            return false;
    return true;
}

static bool is_unique(const ReportGrid *g)
{
    const size_t bytes = (size_t)g->axes * sizeof g->at[0][0];
    for (int64_t r = 1; r < g->rows; r++)
        for (int64_t q = 0; q < r; q++)
            if (memcmp(g->at[r], g->at[q], bytes) == 0) return false;
    return true;
}

static bool has_settings(ReportGrid *g)
{
    for (int64_t r = 0; r < g->rows; r++) {
        json_t *settings = settings_of(g->row[r]);
        if (!settings) return false;
        json_array_append_new(g->settings, settings);
    }
    return g->rows > 0;
}

void report_grid_new(const json_t *table, const char *list, ReportGrid *out)
{
    const size_t n = json_array_size(table);
    const size_t room = n < GRID_ROWS ? n : GRID_ROWS;
    *out = (ReportGrid){.row = mem_calloc(room, sizeof *out->row),
                        .at = mem_calloc(room, sizeof *out->at),
                        .settings = json_array()};
    for (size_t i = 0; i < n && out->rows < (int64_t)room; i++) {
        const json_t *row = json_array_get(table, i);
        if (strcmp(report_grid_text(row, "list"), list) == 0) out->row[out->rows++] = row;
    }
    if (!has_settings(out) || !fill_axes(out) || !is_unique(out)) out->axes = 0;
}

void report_grid_free(ReportGrid *g)
{
    json_decref(g->settings);
    mem_free(g->at);
    mem_free(g->row);
    *g = (ReportGrid){0};
}
