/* SPDX-License-Identifier: Apache-2.0 */
/* Measures scores and prints one set, or a table of several. */
#include "eval/measure/eval_scores.h"

#include "core/io/file.h"
#include "core/io/path_names.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/printable.h"
#include "eval/measure/measure_report.h"

#include <string.h>

int eval_scores_measure(const EvalScores *e, const char *scores, Measured *out, Error *err)
{
    *out = (Measured){0};
    if (score_set_open(scores, &e->paths, &out->set, err) != 0) return -1;
    for (int64_t k = 0; e->one_threshold && k < out->set.tags; k++)
        out->set.threshold[k] = (float)e->threshold;
    const int status = measure_new(&out->set, &e->options, &out->measure, err);
    if (status != 0) measured_free(out);
    return status;
}

void measured_free(Measured *m)
{
    measure_free(&m->measure);
    score_set_free(&m->set);
}

bool measured_same_labels(const Measured *a, const Measured *b)
{
    const TruthTable *x = &a->set.truth, *y = &b->set.truth;
    return x->images == y->images && x->tags == y->tags &&
           memcmp(x->bits, y->bits, (size_t)((x->images + 3) / 4 * x->tags)) == 0;
}

static void print_json(json_t *value)
{
    Text t = {0};
    json_put_rows(&t, value, 1);
    printable_print(t.data);
    text_free(&t);
}

/* A positive that is drawn twice stands beside itself, which raises the AP of a tag with
 * few. */
static void warn_of_bias(const Measure *m)
{
    for (int d = 0; d < MEASURE_DEFINITIONS && m->options.resamples; d++) {
        const BootstrapInterval *b = &m->mean[d].over_images;
        if (b->value >= b->low && b->value <= b->high) continue;
        log_warn("%s: mAP %.4f is outside its interval over images: resamples of tags with few "
                 "positives have other APs on the whole; the width counts, and differences of "
                 "models",
                 measure_definition[d], b->value);
    }
}

static void tell(const Measure *m)
{
    warn_of_bias(m);
    if (!m->options.decide)
        log_info("CP, CR, F1, OP, OR, OF1 are left out: the thresholds are not those of "
                 "standardized scores; give --threshold X");
    if (m->unknown) log_info("unknown labels (-1): %ld", m->unknown);
}

/* Beside the files of a model's own evaluation, or of a data set, these would seem to belong to
 * them. */
static int check_folder(const char *out, Error *err)
{
    char *taken =
        file_first_of(out, (const char *const[]){"scores.h5", "annotations.txt", NULL});
    if (!taken) return 0;
    error_set(err, ERROR_USAGE,
              "%s: belongs to other results or data: choose another folder with -o", taken);
    mem_free(taken);
    return -1;
}

int eval_scores_one(const EvalScores *e, const char *scores, Error *err)
{
    Measured m;
    if (e->out && check_folder(e->out, err) != 0) return -1;
    if (eval_scores_measure(e, scores, &m, err) != 0) return -1;
    if (e->json) {
        print_json(measure_json(&m.measure));
    } else {
        char *text = measure_text(&m.measure);
        printable_print(text);
        mem_free(text);
    }
    tell(&m.measure);
    const int status = e->out ? measure_write(&m.measure, e->out, err) : 0;
    if (status == 0 && e->out) log_info("details: %s", e->out);
    measured_free(&m);
    return status;
}

int eval_scores_print_table(const EvalScores *e, const MeasureTable *t, Error *err)
{
    if (e->json) {
        print_json(measure_table_json(t));
    } else {
        char *text = measure_table_text(t);
        printable_print(text);
        mem_free(text);
    }
    if (!e->out) return 0;
    if (measure_table_write(t, e->out, err) != 0) return -1;
    log_info("table: %s", e->out);
    return 0;
}

/* The files of one model, in a folder of its name. */
static int write_model(const EvalScores *e, const char *name, const Measure *m, Error *err)
{
    if (!e->out) return 0;
    char *folder = file_join(e->out, name);
    const int status = measure_write(m, folder, err);
    mem_free(folder);
    return status;
}

static int check_labels(const Measured *first, const Measured *m, Error *err)
{
    if (measured_same_labels(first, m)) return 0;
    return error_set(
        err, ERROR_DATA,
        "%s and %s: their labels differ: measure them one by one, or give one list "
        "with --data or --truth",
        first->set.scores.path, m->set.scores.path);
}

static int measure_each(const EvalScores *e, const OptionStrings *scores, MeasureTable *t,
                        Error *err)
{
    Measured first = {0};
    int status = 0;
    for (int64_t i = 0; status == 0 && i < scores->count; i++) {
        Measured other = {0}, *m = i ? &other : &first;
        status = eval_scores_measure(e, scores->value[i], m, err);
        if (status == 0) status = check_labels(&first, m, err);
        if (status == 0) measure_table_put(t, i, 0, &m->measure, i ? &first.measure : NULL);
        if (status == 0) status = write_model(e, t->model[i], &m->measure, err);
        measured_free(&other);
    }
    measured_free(&first);
    return status;
}

/* The name of the list that the files are measured against. Owned. */
static char *list_name(const EvalScores *e)
{
    const char *list = e->paths.data ? e->paths.data : e->paths.truth;
    return list ? file_last_part(list) : mem_strdup("labels of the scores");
}

int eval_scores_several(const EvalScores *e, const OptionStrings *scores, Error *err)
{
    char *set = list_name(e);
    char **model = path_names((const char *const *)scores->value, scores->count);
    for (int64_t i = 0; i < scores->count; i++)
        for (char *p = model[i]; *p; p++)
            if (*p == '/') *p = '-';
    MeasureTable t = measure_table_new(model, scores->count, &set, 1);
    int status = measure_each(e, scores, &t, err);
    if (status == 0) status = eval_scores_print_table(e, &t, err);
    measure_table_free(&t);
    path_names_free(model, scores->count);
    mem_free(set);
    return status;
}
