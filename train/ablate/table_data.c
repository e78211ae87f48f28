/* SPDX-License-Identifier: Apache-2.0 */
/* The tables for programs: CSV and JSON. */
#include "train/ablate/table_print.h"

#include "core/json/json.h"
#include "core/mem.h"
#include "train/ablate/paper.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *list_of(const AblateTable *t, int64_t cell, int64_t list)
{
    return t->list[cell * t->lists + list];
}

/* ---- CSV ---- */

static void csv_begin(const AblateTable *t, int64_t cell, int64_t list, const char *seed,
                      Text *out)
{
    text_csv(out, t->grid->cell[cell].name);
    text_add(out, ",%s,", seed);
    text_csv(out, list_of(t, cell, list));
}

/* Empty for a number that there is not. */
static void csv_number(Text *out, double x)
{
    text_put(out, ",");
    if (!isnan(x)) text_add(out, "%.9g", x);
}

static void csv_rate(const AblateTable *t, int64_t cell, Text *out)
{
    const char *rate = ablate_table_rate(t, cell);
    text_add(out, ",%s", rate ? rate : "");
}

static void csv_run(const AblateTable *t, int64_t cell, int64_t list, int64_t seed, Text *out)
{
    const AblateRun *r = ablate_table_run(t, cell, seed);
    char *number = mem_format("%ld", r->task->config.run.seed);
    csv_begin(t, cell, list, number, out);
    for (enum AblateNumber n = 0; n < ABLATE_NUMBERS; n++)
        text_add(out, ",%.9g", ablate_table_number(r, list, n));
    csv_rate(t, cell, out);
    if (r->measure.list)
        text_add(out, ",%ld,%ld", r->outcome->results.step, r->outcome->results.best_step);
    else
        text_put(out, ",,");
    text_put(out, ",,,,,,\n");
    mem_free(number);
}

static void csv_means(const AblateTable *t, int64_t cell, int64_t list, Text *out)
{
    const AblateEntry *e = ablate_table_entry(t, cell, list);
    csv_begin(t, cell, list, "mean", out);
    for (enum AblateNumber n = 0; n < ABLATE_NUMBERS; n++)
        text_add(out, ",%.9g", e->number[n].mean);
    csv_rate(t, cell, out);
    text_put(out, ",,");
    const double number[] = {e->difference, e->seeds.low,   e->seeds.high,
                             e->images.low, e->images.high, e->rank};
    for (size_t i = 0; i < sizeof number / sizeof *number; i++) csv_number(out, number[i]);
    text_put(out, "\n");
    if (t->seeds == 1) return;
    csv_begin(t, cell, list, "deviation", out);
    for (enum AblateNumber n = 0; n < ABLATE_NUMBERS; n++)
        text_add(out, ",%.9g", e->number[n].deviation);
    csv_rate(t, cell, out);
    text_put(out, ",,,,,,,,\n");
}

void ablate_table_csv(const AblateTable *t, Text *out)
{
    text_put(out, "cell,seed,list,mAP,CP,CR,F1,learning_rate,step,best_step,difference,"
                  "seeds_low,seeds_high,images_low,images_high,rank\n");
    for (int64_t c = 0; c < t->grid->cells; c++)
        for (int64_t l = 0; l < t->lists; l++)
            for (int64_t s = 0; s < t->seeds; s++) csv_run(t, c, l, s, out);
    for (int64_t c = 0; c < t->grid->cells; c++)
        for (int64_t l = 0; l < t->lists; l++) csv_means(t, c, l, out);
}

void ablate_table_seconds(const AblateTable *t, Text *out)
{
    text_put(out, "cell,learning_rate,seed,seconds\n");
    for (int64_t c = 0; c < t->grid->cells; c++)
        for (int64_t s = 0; s < t->seeds; s++) {
            const AblateRun *r = ablate_table_run(t, c, s);
            text_csv(out, t->grid->cell[c].name);
            csv_rate(t, c, out);
            text_add(out, ",%ld,", r->task->config.run.seed);
            if (r->measure.list && !isnan(r->measure.seconds))
                text_add(out, "%.1f", r->measure.seconds);
            text_put(out, "\n");
        }
}

/* ---- JSON ---- */

static void put_number(json_t *object, const char *key, double x)
{
    json_object_set_new(object, key, json_digits(x, 9));
}

/* The part of the path below the folder of the ablation. */
static const char *folder_below(const AblateTable *t, const AblateRun *r)
{
    const size_t parts = ablate_table_rate(t, 0) ? 3 : 2;
    const char *run = r->task->config.run.folder, *at = run + strlen(run);
    for (size_t n = 0; at > run; at--)
        if (at[-1] == '/' && ++n == parts) break;
    return at;
}

static json_t *json_run(const AblateTable *t, const AblateRun *r, int64_t list)
{
    json_t *run = json_pair("seed", json_integer(r->task->config.run.seed));
    for (enum AblateNumber n = 0; n < ABLATE_NUMBERS; n++)
        put_number(run, ablate_number_name(n), ablate_table_number(r, list, n));
    if (r->measure.list) {
        json_object_set_new(run, "step", json_integer(r->outcome->results.step));
        json_object_set_new(run, "best_step", json_integer(r->outcome->results.best_step));
    }
    if (r->outcome->failure) json_object_set_new(run, "error", json_text(r->outcome->failure));
    json_object_set_new(run, "folder", json_text(folder_below(t, r)));
    return run;
}

static json_t *json_settings(const Cell *c)
{
    json_t *settings = json_object();
    for (int64_t i = 0; i < c->setting.count; i++) {
        const char *set = c->setting.value[i], *equals = strchr(set, '=');
        char *key = mem_format("%.*s", (int)(equals - set), set);
        json_object_set_new(settings, key, json_text(equals + 1));
        mem_free(key);
    }
    return settings;
}

static json_t *json_difference(const AblateTable *t, const AblateEntry *e)
{
    json_t *d = json_pair("to", json_text(t->grid->cell[t->against].name));
    put_number(d, "mean", e->difference);
    put_number(d, "low", e->seeds.low);
    put_number(d, "high", e->seeds.high);
    put_number(d, "images_low", e->images.low);
    put_number(d, "images_high", e->images.high);
    return d;
}

static void put_rates(const AblateTable *t, int64_t cell, json_t *row)
{
    if (!ablate_table_rate(t, cell)) return;
    json_t *rates = json_array();
    for (int64_t i = 0; i < t->rates; i++) {
        const AblateRate *r = &t->rate[cell * t->rates + i];
        json_t *rate = json_pair("learning_rate", json_number(strtod(r->text, NULL)));
        put_number(rate, "validation", r->validation.mean);
        put_number(rate, "deviation", r->validation.deviation);
        json_array_append_new(rates, rate);
    }
    json_object_set_new(row, "learning_rate",
                        json_number(strtod(ablate_table_rate(t, cell), NULL)));
    json_object_set_new(row, "rates", rates);
}

/* The paper's figure: of the common tags for the first list, of the uncommon ones for the
 * second. */
static json_t *json_paper(const AblateTable *t, int64_t cell, int64_t list)
{
    const PaperFigure *p = paper_figure(ablate_table_run(t, cell, 0)->task);
    if (!p || list > 1) return json_null();
    return json_number(list == 0 ? p->common : p->uncommon);
}

/* "state": why there are no numbers, as in the text; "error": the first message. */
static void put_error(const AblateTable *t, int64_t cell, json_t *row)
{
    const char *missing = ablate_table_missing(t, cell);
    if (missing) json_object_set_new(row, "state", json_text(missing));
    for (int64_t s = 0; s < t->seeds; s++) {
        const char *why = ablate_table_run(t, cell, s)->outcome->failure;
        if (!why) continue;
        json_object_set_new(row, "error", json_text(why));
        return;
    }
}

static json_t *json_row(const AblateTable *t, int64_t cell, int64_t list)
{
    const AblateEntry *e = ablate_table_entry(t, cell, list);
    json_t *runs = json_array(), *row = json_pair("cell", json_text(t->grid->cell[cell].name));
    json_object_set_new(row, "settings", json_settings(&t->grid->cell[cell]));
    json_object_set_new(row, "list", json_text(list_of(t, cell, list)));
    put_number(row, "mean", e->number[ABLATE_MAP].mean);
    put_number(row, "deviation", e->number[ABLATE_MAP].deviation);
    for (enum AblateNumber n = ABLATE_CP; n < ABLATE_NUMBERS; n++)
        put_number(row, ablate_number_name(n), e->number[n].mean);
    put_number(row, "rank", e->rank);
    json_object_set_new(row, "difference", json_difference(t, e));
    json_object_set_new(row, "paper", json_paper(t, cell, list));
    put_rates(t, cell, row);
    put_error(t, cell, row);
    json_object_set_new(row, "seeds", json_integer(t->seeds));
    for (int64_t s = 0; s < t->seeds; s++)
        json_array_append_new(runs, json_run(t, ablate_table_run(t, cell, s), list));
    json_object_set_new(row, "runs", runs);
    return row;
}

void ablate_table_json(const AblateTable *t, Text *out)
{
    json_t *rows = json_array();
    for (int64_t c = 0; c < t->grid->cells; c++)
        for (int64_t l = 0; l < t->lists; l++) json_array_append_new(rows, json_row(t, c, l));
    json_put_rows(out, rows, 1);
}
