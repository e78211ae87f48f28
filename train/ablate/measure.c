/* SPDX-License-Identifier: Apache-2.0 */
/* Parting stored scores, and adding up the log. */
#include "train/ablate/measure.h"

#include "core/log.h"
#include "core/mem.h"
#include "eval/metrics/image_split.h"
#include "eval/scores/score_report.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

/* The images of one side of the split; all, if there is none. */
static Scores *part_of(Scores *s, double share, bool validation)
{
    if (share <= 0) return s;
    bool *keep = mem_alloc((size_t)s->images * sizeof *keep);
    for (int64_t i = 0; i < s->images; i++)
        keep[i] = (image_split(s->image[i], SPLIT_SHARE) < share) == validation;
    Scores *part = scores_select(s, keep);
    mem_free(keep);
    return part;
}

static int read_scores(const AblateTask *t, int64_t step, const char *list, Scores **out,
                       Error *err)
{
    char *path =
        mem_format("%s/eval/step_%08ld/%s/scores.h5", t->config.run.folder, step, list);
    const int status = scores_read(path, out, err);
    mem_free(path);
    return status;
}

int run_scores(const AblateTask *t, int64_t step, const char *list, const Validation *v,
               Scores **out, Error *err)
{
    Scores *all;
    if (read_scores(t, step, list, &all, err) != 0) return -1;
    *out = part_of(all, v->share, false);
    if (*out != all) scores_free(all);
    return 0;
}

static int means(const Scores *s, Metrics *out, Error *err)
{
    ScoreReport report;
    if (s->images == 0)
        return error_set(err, ERROR_USAGE,
                         "ablate: --validation: leaves a part of a list without images");
    if (score_report_new(s, &report, err) != 0) return -1;
    *out = report.mean;
    score_report_free(&report);
    return 0;
}

/* Both sides of one list. */
static int split_list(const AblateTask *t, int64_t step, const char *list, double share,
                      Metrics *reported, Metrics *validation, Error *err)
{
    Scores *all;
    if (read_scores(t, step, list, &all, err) != 0) return -1;
    Scores *rest = part_of(all, share, false), *chosen = part_of(all, share, true);
    int status = means(rest, reported, err);
    if (status == 0) status = means(chosen, validation, err);
    scores_free(chosen);
    scores_free(rest);
    scores_free(all);
    return status;
}

/* The seconds between two records: the images that they are apart, by their rate. */
static double seconds_of(const json_t *record, double images, int64_t *last)
{
    const json_t *step = json_object_get(record, "step");
    const double rate = json_number_value(json_object_get(record, "samples_per_s"));
    if (!json_is_integer(step) || !(rate > 0)) return 0;
    const int64_t steps = json_integer_value(step) - *last;
    *last = json_integer_value(step);
    return steps > 0 ? (double)steps * images / rate : 0;
}

static double log_seconds(const Config *c)
{
    Lines lines;
    Error why = {0};
    double sum = 0;
    int64_t last = 0;
    char *path = file_join(c->run.folder, "metrics.jsonl");
    if (lines_read(path, &lines, &why) != 0) log_warn("%s: no seconds", why.text);
    for (size_t i = 0; i < lines.count; i++) {
        json_t *record = json_loads(lines.line[i], 0, NULL);
        sum += seconds_of(record, (double)(c->train.batch * c->optim.accumulate), &last);
        json_decref(record);
    }
    lines_free(&lines);
    mem_free(path);
    return sum > 0 ? sum : (double)NAN;
}

int run_measure(const AblateTask *t, const CellResults *r, const Validation *v, int64_t lists,
                char *const *list, RunMeasure *out, Error *err)
{
    int status = 0;
    *out = (RunMeasure){.list = mem_calloc((size_t)lists, sizeof *out->list),
                        .validation = v->folder ? r->list[lists].map : (double)NAN,
                        .seconds = log_seconds(&t->config)};
    memcpy(out->list, r->list, (size_t)lists * sizeof *out->list);
    for (int64_t l = 0; status == 0 && v->share > 0 && l < lists; l++) {
        Metrics validation;
        status = split_list(t, r->step, list[l], v->share, &out->list[l], &validation, err);
        if (status == 0 && l == 0) out->validation = validation.map;
    }
    if (status != 0) run_measure_free(out);
    return status;
}

void run_measure_free(RunMeasure *m)
{
    mem_free(m->list);
    *m = (RunMeasure){0};
}
