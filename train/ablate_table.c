/* SPDX-License-Identifier: Apache-2.0 */
/* Means over seeds, as text, CSV and JSON. */
#include "train/ablate_table.h"

#include "core/json/json.h"
#include "core/mem.h"

#include <math.h>
#include <string.h>

enum { NUMBERS = 4 };
static const char *const number_name[NUMBERS] = {"mAP", "CP", "CR", "F1"};

static double number_of(const Metrics *m, int which)
{
    return which == 0 ? m->map : which == 1 ? m->cp : which == 2 ? m->cr : m->f1;
}

/* One number of a cell on a list. */
typedef struct Statistic {
    double mean, deviation; /* NAN for one seed */
} Statistic;

static const char *list_of(const AblateTable *t, int64_t cell, int64_t list)
{
    return t->list[cell * t->lists + list];
}

/* The heading of a list: its name, or its number if the cells have different ones. */
static char *heading(const AblateTable *t, int64_t list)
{
    for (int64_t c = 1; c < t->grid->cells; c++)
        if (strcmp(list_of(t, c, list), list_of(t, 0, list)) != 0)
            return mem_format("set %ld", list + 1);
    return mem_strdup(list_of(t, 0, list));
}

static const Metrics *at(const AblateTable *t, int64_t cell, int64_t seed, int64_t list)
{
    return &t->metrics[(cell * t->seeds + seed) * t->lists + list];
}

static Statistic statistic(const AblateTable *t, int64_t cell, int64_t list, int which)
{
    Statistic s = {0};
    for (int64_t i = 0; i < t->seeds; i++)
        s.mean += number_of(at(t, cell, i, list), which) / (double)t->seeds;
    for (int64_t i = 0; i < t->seeds; i++)
        s.deviation += pow(number_of(at(t, cell, i, list), which) - s.mean, 2);
    s.deviation = t->seeds > 1 ? sqrt(s.deviation / (double)(t->seeds - 1)) : (double)NAN;
    return s;
}

/* Bytes of a column: the name of the list, or `0.1234 +- 0.1234`. */
static int column(const char *list)
{
    const int name = (int)strlen(list);
    return name > 16 ? name : 16;
}

/* The mAP of one cell on one list. */
static void put_value(const AblateTable *t, int64_t cell, int64_t list, int width, Text *out)
{
    const Statistic s = statistic(t, cell, list, 0);
    char value[40], deviation[20] = "";
    if (t->seeds > 1) snprintf(deviation, sizeof deviation, " +- %.4f", s.deviation);
    snprintf(value, sizeof value, "%.4f%s", s.mean, deviation);
    if (isnan(s.mean)) snprintf(value, sizeof value, "diverged");
    text_add(out, "  %-*s", width, value);
}

void ablate_table_text(const AblateTable *t, Text *out)
{
    size_t width = strlen("cell");
    for (int64_t c = 0; c < t->grid->cells; c++)
        if (strlen(t->grid->cell[c].name) > width) width = strlen(t->grid->cell[c].name);
    char **head = mem_calloc((size_t)t->lists, sizeof *head);
    text_add(out, "%-*s", (int)width, "cell");
    for (int64_t l = 0; l < t->lists; l++) {
        head[l] = heading(t, l);
        text_add(out, "  %-*s", column(head[l]), head[l]);
    }
    for (int64_t c = 0; c < t->grid->cells; c++) {
        text_add(out, "\n%-*s", (int)width, t->grid->cell[c].name);
        for (int64_t l = 0; l < t->lists; l++) put_value(t, c, l, column(head[l]), out);
    }
    text_put(out, "\n");
    for (int64_t l = 0; l < t->lists; l++) mem_free(head[l]);
    mem_free(head);
}

static void csv_row(Text *out, const char *cell, const char *seed, const char *list,
                    const double *value)
{
    text_csv(out, cell);
    text_add(out, ",%s,", seed);
    text_csv(out, list);
    for (int i = 0; i < NUMBERS; i++) text_add(out, ",%.9g", value[i]);
    text_put(out, "\n");
}

static void csv_runs(const AblateTable *t, int64_t cell, int64_t list, Text *out)
{
    for (int64_t s = 0; s < t->seeds; s++) {
        char seed[24];
        double value[NUMBERS];
        snprintf(seed, sizeof seed, "%ld", t->first_seed + s);
        for (int i = 0; i < NUMBERS; i++) value[i] = number_of(at(t, cell, s, list), i);
        csv_row(out, t->grid->cell[cell].name, seed, list_of(t, cell, list), value);
    }
}

static void csv_means(const AblateTable *t, int64_t cell, int64_t list, Text *out)
{
    double mean[NUMBERS], deviation[NUMBERS];
    for (int i = 0; i < NUMBERS; i++) {
        const Statistic s = statistic(t, cell, list, i);
        mean[i] = s.mean;
        deviation[i] = s.deviation;
    }
    csv_row(out, t->grid->cell[cell].name, "mean", list_of(t, cell, list), mean);
    if (t->seeds > 1)
        csv_row(out, t->grid->cell[cell].name, "deviation", list_of(t, cell, list), deviation);
}

/* For every cell and list. */
static void csv_each(const AblateTable *t, Text *out,
                     void (*rows)(const AblateTable *, int64_t, int64_t, Text *))
{
    for (int64_t c = 0; c < t->grid->cells; c++)
        for (int64_t l = 0; l < t->lists; l++) rows(t, c, l, out);
}

void ablate_table_csv(const AblateTable *t, Text *out)
{
    text_put(out, "cell,seed,list,mAP,CP,CR,F1\n");
    csv_each(t, out, csv_runs);
    csv_each(t, out, csv_means);
}

static json_t *json_runs(const AblateTable *t, int64_t cell, int64_t list)
{
    json_t *runs = json_array();
    for (int64_t s = 0; s < t->seeds; s++) {
        json_t *run = json_pair("seed", json_integer(t->first_seed + s));
        for (int i = 0; i < NUMBERS; i++)
            json_object_set_new(run, number_name[i],
                                json_digits(number_of(at(t, cell, s, list), i), 9));
        json_array_append_new(runs, run);
    }
    return runs;
}

static json_t *json_row(const AblateTable *t, int64_t cell, int64_t list)
{
    const Statistic map = statistic(t, cell, list, 0);
    json_t *row = json_pair("cell", json_text(t->grid->cell[cell].name));
    json_object_set_new(row, "list", json_text(list_of(t, cell, list)));
    json_object_set_new(row, "mean", json_digits(map.mean, 9));
    json_object_set_new(row, "deviation", json_digits(map.deviation, 9));
    for (int i = 1; i < NUMBERS; i++)
        json_object_set_new(row, number_name[i],
                            json_digits(statistic(t, cell, list, i).mean, 9));
    json_object_set_new(row, "seeds", json_integer(t->seeds));
    json_object_set_new(row, "runs", json_runs(t, cell, list));
    return row;
}

void ablate_table_json(const AblateTable *t, Text *out)
{
    json_t *rows = json_array();
    for (int64_t c = 0; c < t->grid->cells; c++)
        for (int64_t l = 0; l < t->lists; l++) json_array_append_new(rows, json_row(t, c, l));
    json_put_rows(out, rows, 1);
}
