/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of several models and sets. */
#include "eval/measure/measure_table.h"

#include "core/io/file.h"
#include "core/mem.h"
#include "eval/measure/measure_report.h"

#include <string.h>

MeasureTable measure_table_new(char *const *model, int64_t models, char *const *set,
                               int64_t sets)
{
    MeasureTable t = {.models = models, .sets = sets, .model = model, .set = set};
    t.cell = mem_calloc((size_t)(models * sets), sizeof *t.cell);
    return t;
}

void measure_table_free(MeasureTable *t)
{
    mem_free(t->cell);
    *t = (MeasureTable){0};
}

static MeasureCell *cell_of(const MeasureTable *t, int64_t model, int64_t set)
{
    return &t->cell[model * t->sets + set];
}

void measure_table_put(MeasureTable *t, int64_t model, int64_t set, const Measure *m,
                       const Measure *first)
{
    MeasureCell *cell = cell_of(t, model, set);
    cell->filled = true;
    memcpy(cell->mean, m->mean, sizeof cell->mean);
    t->decided |= m->options.decide;
    t->resamples = m->options.resamples;
    cell->compared = first && m->options.resamples;
    for (int d = 0; d < MEASURE_DEFINITIONS && cell->compared; d++) {
        cell->less_images[d] = measure_difference(m, first, d, false);
        cell->less_both[d] = measure_difference(m, first, d, true);
    }
}

/* The width of the column of models. */
static int model_width(const MeasureTable *t)
{
    size_t width = 0;
    for (int64_t i = 0; i < t->models; i++)
        if (strlen(t->model[i]) > width) width = strlen(t->model[i]);
    return width < 48 ? (int)width : 48;
}

static void put_padded(Text *out, const char *name, int width)
{
    text_put_name(out, name);
    text_add(out, "%*s", strlen(name) < (size_t)width ? width - (int)strlen(name) : 0, "");
}

static int column_width(const MeasureTable *t, int64_t set, int least)
{
    const int n = (int)strlen(t->set[set]);
    return n > least ? n : least;
}

static void put_column(const MeasureTable *t, int64_t set, const char *value, int least,
                       Text *out)
{
    text_put(out, "  ");
    put_padded(out, value, set + 1 < t->sets ? column_width(t, set, least) : 0);
}

static void put_head(const MeasureTable *t, const char *title, int d, int least, Text *out)
{
    text_add(out, "%s%s, %s\n%*s", out->len ? "\n" : "", title, measure_definition[d],
             model_width(t), "");
    for (int64_t s = 0; s < t->sets; s++) put_column(t, s, t->set[s], least, out);
    text_put(out, "\n");
}

static void put_values(const MeasureTable *t, const MeasureRow *row, int d, Text *out)
{
    enum { WIDTH = 8 };
    put_head(t, row->label, d, WIDTH, out);
    for (int64_t i = 0; i < t->models; i++) {
        put_padded(out, t->model[i], model_width(t));
        for (int64_t s = 0; s < t->sets; s++) {
            const MeasureCell *c = cell_of(t, i, s);
            char *value = mem_format("%.4f", measure_value(&c->mean[d], row));
            put_column(t, s, c->filled ? value : "-", WIDTH, out);
            mem_free(value);
        }
        text_put(out, "\n");
    }
}

static void put_differences(const MeasureTable *t, int d, Text *out)
{
    enum { WIDTH = 28 };
    char *title =
        mem_format("mAP minus that of %.60s, with its 95%% interval over images", t->model[0]);
    put_head(t, title, d, WIDTH, out);
    for (int64_t i = 1; i < t->models; i++) {
        put_padded(out, t->model[i], model_width(t));
        for (int64_t s = 0; s < t->sets; s++) {
            const MeasureCell *c = cell_of(t, i, s);
            const BootstrapInterval *b = &c->less_images[d];
            char *value = mem_format("%+.4f (%+.4f to %+.4f)", b->value, b->low, b->high);
            put_column(t, s, c->compared ? value : "-", WIDTH, out);
            mem_free(value);
        }
        text_put(out, "\n");
    }
    mem_free(title);
}

static const MeasureRow *row_of(const char *key)
{
    int i = 0;
    while (strcmp(measure_rows_list[i].key, key) != 0) i++;
    return &measure_rows_list[i];
}

char *measure_table_text(const MeasureTable *t)
{
    Text out = {0};
    for (int d = 0; d < MEASURE_DEFINITIONS; d++) put_values(t, row_of("mAP"), d, &out);
    if (t->decided) put_values(t, row_of("F1"), MEASURE_REFERENCE, &out);
    for (int d = 0; d < MEASURE_DEFINITIONS && t->resamples && t->models > 1; d++)
        put_differences(t, d, &out);
    return out.data;
}

static bool shown(const MeasureTable *t, int row)
{
    return t->decided || !measure_rows_list[row].decided;
}

static void csv_head(const MeasureTable *t, Text *out)
{
    text_put(out, "model");
    for (int64_t s = 0; s < t->sets; s++)
        for (int d = 0; d < MEASURE_DEFINITIONS; d++)
            for (int r = 0; r < measure_rows_count; r++) {
                if (!shown(t, r)) continue;
                char *name = mem_format("%s:%s:%s", t->set[s], measure_definition[d],
                                        measure_rows_list[r].key);
                text_put(out, ",");
                text_csv(out, name);
                mem_free(name);
            }
    text_put(out, "\n");
}

char *measure_table_csv(const MeasureTable *t)
{
    Text out = {0};
    csv_head(t, &out);
    for (int64_t i = 0; i < t->models; i++) {
        text_csv(&out, t->model[i]);
        for (int64_t s = 0; s < t->sets; s++)
            for (int d = 0; d < MEASURE_DEFINITIONS; d++)
                for (int r = 0; r < measure_rows_count; r++) {
                    const MeasureCell *c = cell_of(t, i, s);
                    if (!shown(t, r)) continue;
                    text_put(&out, ",");
                    if (c->filled)
                        text_add(&out, "%.9f",
                                 measure_value(&c->mean[d], &measure_rows_list[r]));
                }
        text_put(&out, "\n");
    }
    return out.data;
}

static json_t *means_json(const MeasureTable *t, const MeasureCell *c, int d)
{
    json_t *o = json_pair("images", json_integer(c->mean[d].images));
    json_object_set_new(o, "tags", json_integer(c->mean[d].tags));
    for (int r = 0; r < measure_rows_count; r++)
        if (shown(t, r))
            json_object_set_new(o, measure_rows_list[r].key,
                                json_number(measure_value(&c->mean[d], &measure_rows_list[r])));
    if (!t->resamples) return o;
    const struct {
        const char *key;
        const BootstrapInterval *interval;
        bool difference;
    } list[] = {{"mAP_over_images", &c->mean[d].over_images, false},
                {"mAP_over_images_and_tags", &c->mean[d].over_both, false},
                {"mAP_difference_over_images", &c->less_images[d], true},
                {"mAP_difference_over_images_and_tags", &c->less_both[d], true}};
    for (int i = 0; i < 4; i++) {
        if (list[i].difference && !c->compared) continue;
        json_t *interval = measure_interval_json(list[i].interval);
        if (list[i].difference)
            json_object_set_new(interval, "value", json_number(list[i].interval->value));
        json_object_set_new(o, list[i].key, interval);
    }
    return o;
}

json_t *measure_table_json(const MeasureTable *t)
{
    json_t *models = json_array();
    for (int64_t i = 0; i < t->models; i++) {
        json_t *model = json_pair("model", json_text(t->model[i])), *sets = json_array();
        for (int64_t s = 0; s < t->sets; s++) {
            const MeasureCell *c = cell_of(t, i, s);
            json_t *set = json_pair("set", json_text(t->set[s]));
            for (int d = 0; d < MEASURE_DEFINITIONS && c->filled; d++)
                json_object_set_new(set, measure_definition[d], means_json(t, c, d));
            json_array_append_new(sets, set);
        }
        json_object_set_new(model, "sets", sets);
        json_array_append_new(models, model);
    }
    return json_pair("models", models);
}

int measure_table_write(const MeasureTable *t, const char *folder, Error *err)
{
    Text json = {0};
    char *text = measure_table_text(t), *csv = measure_table_csv(t);
    json_put_rows(&json, measure_table_json(t), 1);
    int status = file_mkdirs(folder, err);
    if (status == 0) status = text_write_in(folder, "table.txt", text, err);
    if (status == 0) status = text_write_in(folder, "table.csv", csv, err);
    if (status == 0) status = text_write_in(folder, "table.json", json.data, err);
    text_free(&json);
    mem_free(csv);
    mem_free(text);
    return status;
}
