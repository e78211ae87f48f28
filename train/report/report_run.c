/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the data of a run for a report. */
#include "train/report/report_run.h"

#include "core/io/file.h"
#include "core/io/file_walk.h"
#include "core/json/json.h"
#include "core/log.h"
#include "core/mem.h"
#include "train/report/report_scores.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void curve_add(Curve *c, double step, double value)
{
    if (c->count == c->room) {
        c->room = c->room ? 2 * c->room : 64;
        c->step = mem_realloc(c->step, (size_t)c->room * sizeof *c->step);
        c->value = mem_realloc(c->value, (size_t)c->room * sizeof *c->value);
    }
    c->step[c->count] = step;
    c->value[c->count++] = value;
}

void curve_free(Curve *c)
{
    mem_free(c->step);
    mem_free(c->value);
    mem_free(c->low);
    mem_free(c->high);
    *c = (Curve){0};
}

static void list_free(ReportList *l)
{
    for (int64_t k = 0; k < l->tags; k++) mem_free(l->tag[k].name);
    mem_free(l->tag);
    report_scores_free(l->scores);
    mem_free(l->data);
    mem_free(l->folder);
    curve_free(&l->map);
    curve_free(&l->f1);
    mem_free(l->name);
}

void report_run_free(ReportRun *r)
{
    json_decref(r->examples);
    json_decref(r->env);
    lines_free(&r->changes);
    lines_free(&r->config);
    for (int64_t i = 0; i < r->lists; i++) list_free(&r->list[i]);
    mem_free(r->list);
    for (int i = 0; i < REPORT_SERIES; i++) curve_free(&r->series[i]);
    curve_free(&r->hours);
    mem_free(r->name);
    mem_free(r->path);
    *r = (ReportRun){0};
}

const ReportList *report_run_list(const ReportRun *r, const char *name)
{
    for (int64_t i = 0; i < r->lists; i++)
        if (strcmp(r->list[i].name, name) == 0) return &r->list[i];
    return NULL;
}

double report_run_rank(const ReportRun *r)
{
    return r->lists && r->list[0].measured ? r->list[0].best_map : -1;
}

/* The evaluation set of this name; added if new. */
static ReportList *get_list(ReportRun *r, const char *name)
{
    for (int64_t i = 0; i < r->lists; i++)
        if (strcmp(r->list[i].name, name) == 0) return &r->list[i];
    r->list = mem_realloc(r->list, (size_t)(r->lists + 1) * sizeof *r->list);
    r->list[r->lists] = (ReportList){.name = mem_strdup(name), .summary = -1};
    return &r->list[r->lists++];
}

const char *report_run_option(const ReportRun *r, const char *key, size_t *len)
{
    const size_t n = strlen(key);
    for (size_t i = 0; i < r->config.count; i++) {
        const char *line = r->config.line[i];
        if (strncmp(line, key, n) != 0 || line[n] != ':') continue;
        line += n + 1 + strspn(line + n + 1, " ");
        *len = strlen(line);
        return line;
    }
    return NULL;
}

/* ---- metrics.jsonl ----------------------------------------------------------------------- */

static const char *const series_key[REPORT_SERIES] = {
    [REPORT_LOSS] = "loss",
    [REPORT_TAG] = "loss_tag",
    [REPORT_DISTILL] = "loss_dis",
    [REPORT_ALIGN] = "loss_alignment",
    [REPORT_RATE] = "lr",
    [REPORT_NORM] = "grad_norm",
    [REPORT_NORM_TAG] = "grad_norm_tag",
    [REPORT_NORM_ALIGN] = "grad_norm_alignment",
    [REPORT_NORM_DISTILL] = "grad_norm_dis",
    [REPORT_SPEED] = "samples_per_s",
    [REPORT_WAIT] = "data_wait_s",
};

/* A finite number of an object, or NAN if it is missing. */
static double number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    const double x = json_is_number(value) ? json_number_value(value) : (double)NAN;
    return isfinite(x) ? x : (double)NAN;
}

/* The last step of every epoch has a record. */
static void take_epoch(ReportRun *r, double step, double epoch)
{
    if (epoch > r->logged_epoch) r->epoch_steps = r->logged_step / epoch;
    if (epoch > r->logged_epoch) r->logged_epoch = epoch;
    r->logged_step = step;
}

static void take_step(ReportRun *r, const json_t *record, double step)
{
    take_epoch(r, step, number(record, "epoch"));
    for (int i = 0; i < REPORT_SERIES; i++) {
        const double x = number(record, series_key[i]);
        if (!isnan(x)) curve_add(&r->series[i], step, x);
    }
}

/* Takes the means of an evaluation record or a summary; without an mAP nothing changes. */
static void take_means(ReportList *l, const json_t *record)
{
    const double map = number(record, "mAP"), f1 = number(record, "F1");
    const double cp = number(record, "CP"), cr = number(record, "CR");
    if (isnan(map)) return;
    if (!l->measured || map > l->best_map) l->best_map = map;
    l->measured = true;
    l->last_map = map;
    l->cp = cp;
    l->cr = cr;
    l->last_f1 = f1;
}

static void take_eval(ReportRun *r, const json_t *record, double step)
{
    ReportList *l = get_list(r, json_string_value(json_object_get(record, "eval")));
    const double map = number(record, "mAP"), f1 = number(record, "F1");
    if (!isnan(map)) curve_add(&l->map, step, map);
    if (!isnan(f1)) curve_add(&l->f1, step, f1);
    take_means(l, record);
}

static void take_record(ReportRun *r, const json_t *record)
{
    const double step = number(record, "step"), epoch = number(record, "epoch");
    const bool eval = json_is_string(json_object_get(record, "eval"));
    if (isnan(step)) return;
    if (step > r->steps) r->steps = step;
    if (epoch > r->epochs) r->epochs = epoch;
    if (eval)
        take_eval(r, record, step);
    else
        take_step(r, record, step);
}

static int read_metrics(ReportRun *r, Error *err)
{
    Lines lines;
    char *path = file_join(r->path, "metrics.jsonl");
    int status = lines_read(path, &lines, err);
    int64_t records = 0;
    for (size_t i = 0; status == 0 && i < lines.count; i++) {
        json_error_t why;
        json_t *record = json_loads(lines.line[i], JSON_REJECT_DUPLICATES, &why);
        if (json_is_object(record)) {
            take_record(r, record);
            records++;
        } else if (i + 1 < lines.count) {
            status = error_set(err, ERROR_DATA, "%s: line %zu: not a JSON object: %s", path,
                               i + 1, why.text);
        } else {
            log_warn("%s: ignoring the last line, which is incomplete", path);
        }
        json_decref(record);
    }
    if (status == 0 && records == 0)
        status = error_set(err, ERROR_DATA, "%s: contains no record", path);
    lines_free(&lines);
    mem_free(path);
    return status;
}

/* ---- the other files --------------------------------------------------------------------- */

enum { JSON_BYTES = 256 << 20 };

/* *out is NULL if the file does not exist. */
static int read_json(const char *path, json_t **out, Error *err)
{
    *out = NULL;
    if (!file_exists(path)) return 0;
    *out = json_read(path, JSON_BYTES, err);
    return *out ? 0 : -1;
}

/* The evaluation set of a file and its step (0 if the path has none): "seen/summary.json",
 * "step_00000200/seen/summary.json" -> "seen". Owned. */
static char *list_of(const char *file, double *step)
{
    const char *end = strrchr(file, '/'), *begin = file, *mark = strstr(file, "step_");
    *step = mark ? strtod(mark + 5, NULL) : 0;
    if (!end) return mem_strdup("eval"); /* eval/summary.json itself */
    for (const char *p = file; p < end; p++)
        if (*p == '/') begin = p + 1;
    if (strncmp(begin, "step_", 5) == 0) return mem_strdup("eval");
    return mem_format("%.*s", (int)(end - begin), begin);
}

static void take_tags(ReportList *l, const json_t *per_tag)
{
    for (int64_t k = 0; k < l->tags; k++) mem_free(l->tag[k].name);
    mem_free(l->tag);
    l->tag = mem_calloc(json_array_size(per_tag), sizeof *l->tag);
    l->tags = 0;
    size_t i;
    json_t *entry;
    json_array_foreach(per_tag, i, entry)
    {
        const char *name = json_string_value(json_object_get(entry, "tag"));
        const double ap = number(entry, "AP");
        if (!name || isnan(ap)) continue;
        l->tag[l->tags++] = (ReportTag){
            mem_strdup(name), ap, json_integer_value(json_object_get(entry, "positives"))};
    }
}

static void take_folder(ReportList *l, const char *summary, const char *data)
{
    mem_free(l->folder);
    mem_free(l->data);
    l->folder = file_folder(summary);
    l->data = data ? mem_strdup(data) : NULL;
}

static int read_summary(ReportRun *r, const char *folder, const char *file, Error *err)
{
    double step;
    json_t *summary;
    char *path = file_join(folder, file), *name = list_of(file, &step);
    int status = read_json(path, &summary, err);
    if (status == 0 && !json_is_object(summary))
        status = error_set(err, ERROR_DATA, "%s: not a JSON object", path);
    if (status == 0) {
        ReportList *l = get_list(r, name);
        if (step >= l->summary) {
            l->summary = step;
            take_tags(l, json_object_get(summary, "per_tag"));
            take_folder(l, path, json_string_value(json_object_get(summary, "data")));
            if (l->map.count == 0) take_means(l, summary);
        }
    }
    json_decref(summary);
    mem_free(name);
    mem_free(path);
    return status;
}

static int read_summaries(ReportRun *r, Error *err)
{
    Lines files = {0};
    char *folder = file_join(r->path, "eval");
    int status = file_is_dir(folder) ? file_walk(folder, &files, err) : 0;
    for (size_t i = 0; status == 0 && i < files.count; i++) {
        const char *slash = strrchr(files.line[i], '/');
        if (strcmp(slash ? slash + 1 : files.line[i], "summary.json") == 0)
            status = read_summary(r, folder, files.line[i], err);
    }
    lines_free(&files);
    mem_free(folder);
    return status;
}

static int read_examples(ReportRun *r, Error *err)
{
    char *path = file_join(r->path, "eval/examples.json");
    int status = read_json(path, &r->examples, err);
    if (status == 0 && r->examples && !json_is_array(r->examples))
        status = error_set(err, ERROR_DATA, "%s: not a JSON array", path);
    mem_free(path);
    return status;
}

static int read_settings(ReportRun *r, Error *err)
{
    char *config = file_join(r->path, "config.yaml"), *env = file_join(r->path, "env.json");
    char *changes = file_join(r->path, "changes.jsonl");
    int status = file_exists(config) ? lines_read(config, &r->config, err) : 0;
    if (status == 0) status = read_json(env, &r->env, err);
    if (status == 0 && file_exists(changes)) status = lines_read(changes, &r->changes, err);
    mem_free(changes);
    mem_free(env);
    mem_free(config);
    return status;
}

/* A number of config.yaml, or `otherwise` if it is missing or not positive. */
static double option_number(const ReportRun *r, const char *key, double otherwise)
{
    size_t len;
    const char *text = report_run_option(r, key, &len);
    const double x = text ? strtod(text, NULL) : 0;
    return x > 0 && x < 1e12 ? x : otherwise;
}

/* The hours until each record that has a speed: images since the record before / speed. They
 * include evaluations between the records and leave out the time while a run was stopped. */
static void add_up_hours(ReportRun *r)
{
    const Curve *speed = &r->series[REPORT_SPEED];
    const double batch =
        option_number(r, "train.batch", 0) * option_number(r, "optim.accumulate", 1);
    double before = 0, hours = 0;
    for (int64_t p = 0; batch > 0 && p < speed->count; p++) {
        if (!(speed->value[p] > 0) || !(speed->step[p] > before)) continue;
        hours += (speed->step[p] - before) * batch / speed->value[p] / 3600;
        before = speed->step[p];
        if (hours < 1e7) curve_add(&r->hours, before, hours);
    }
}

int report_run_read(const char *path, const char *name, ReportRun *out, Error *err)
{
    *out = (ReportRun){.path = mem_strdup(path), .name = mem_strdup(name), .seeds = 1};
    if (read_metrics(out, err) == 0 && read_settings(out, err) == 0 &&
        read_summaries(out, err) == 0 && read_examples(out, err) == 0) {
        add_up_hours(out);
        return 0;
    }
    report_run_free(out);
    return -1;
}
