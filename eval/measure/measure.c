/* SPDX-License-Identifier: Apache-2.0 */
/* Two passes: over the images (measure_rows.c), then over the tags, block by block. Each tag is
 * sorted once for both definitions, micro AP and the resamples. */
#include "eval/measure/measure.h"

#include "core/io/progress.h"
#include "core/mem.h"
#include "core/parallel.h"
#include "eval/measure/measure_means.h"
#include "eval/measure/measure_rows.h"
#include "eval/metrics/bootstrap_draws.h"
#include "eval/metrics/micro_ap.h"

#include <string.h>

typedef struct Work {
    Measure *m;
    const ScoreView *view;
    MeasureRows rows;
    MicroAp *micro;
    BootstrapDraws *draws[MEASURE_DEFINITIONS]; /* NULL: none */
    bool *used[MEASURE_DEFINITIONS];            /* [images] */
    int32_t *place; /* [images] its number among those that strict uses */
    double *score;  /* [SCORE_VIEW_COLUMNS, images] of the block */
    int64_t first;  /* column of the block */
} Work;

/* Which images each definition uses. */
static void choose_images(Work *w)
{
    const int64_t images = w->m->set->images;
    int32_t n = 0;
    for (int d = 0; d < MEASURE_DEFINITIONS; d++)
        w->used[d] = mem_alloc((size_t)images * sizeof *w->used[d]);
    w->place = mem_alloc((size_t)images * sizeof *w->place);
    for (int64_t i = 0; i < images; i++) {
        const bool labeled = w->rows.start[i + 1] > w->rows.start[i];
        w->m->unlabeled += !labeled;
        w->used[MEASURE_REFERENCE][i] = true;
        w->used[MEASURE_STRICT][i] = labeled || !w->m->options.labeled_only;
        w->place[i] = n;
        n += w->used[MEASURE_STRICT][i];
    }
}

static BootstrapOptions draws_of(const MeasureOptions *o, bool tags)
{
    return (BootstrapOptions){.resamples = o->resamples, .seed = o->seed, .tags = tags};
}

static void draw(Work *w)
{
    const MeasureOptions *o = &w->m->options;
    const int64_t images = w->m->set->images, dropped = o->labeled_only ? w->m->unlabeled : 0;
    const BootstrapOptions b = draws_of(o, false);
    if (o->resamples == 0) return;
    w->draws[MEASURE_REFERENCE] = bootstrap_draws_new(images, &b);
    w->draws[MEASURE_STRICT] =
        dropped ? bootstrap_draws_new(images - dropped, &b) : w->draws[MEASURE_REFERENCE];
    for (int d = 0; d < MEASURE_DEFINITIONS; d++)
        w->m->ap[d] =
            mem_alloc((size_t)w->m->set->tags * (size_t)o->resamples * sizeof(double));
}

static void free_work(Work *w)
{
    if (w->draws[MEASURE_STRICT] != w->draws[MEASURE_REFERENCE])
        bootstrap_draws_free(w->draws[MEASURE_STRICT]);
    bootstrap_draws_free(w->draws[MEASURE_REFERENCE]);
    micro_ap_free(w->micro);
    measure_rows_free(&w->rows);
    for (int d = 0; d < MEASURE_DEFINITIONS; d++) mem_free(w->used[d]);
    mem_free(w->place);
    mem_free(w->score);
}

/* The labels of a tag by both definitions: [images] each. */
static void label_tag(const Work *w, int64_t tag, int8_t *truth[MEASURE_DEFINITIONS])
{
    truth_table_column(&w->m->set->truth, tag, truth[MEASURE_STRICT]);
    for (int64_t i = 0; i < w->m->set->images; i++) {
        truth[MEASURE_REFERENCE][i] = truth[MEASURE_STRICT][i] > 0;
        if (!w->used[MEASURE_STRICT][i]) truth[MEASURE_STRICT][i] = -1;
    }
}

static void count(const Work *w, int64_t tag, const double *score, const int8_t *truth,
                  int definition)
{
    TagMeasure *t = &w->m->tag[definition][tag];
    const float threshold = w->m->set->threshold[tag]; /* scores of more digits are rounded */
    for (int64_t i = 0; i < w->m->set->images; i++) {
        if (truth[i] < 0) continue;
        t->images++;
        t->positives += truth[i];
        t->hits += (float)score[i] >= threshold && truth[i];
        t->false_alarms += (float)score[i] >= threshold && !truth[i];
    }
    measure_tag_rates(t, definition);
}

static void rank(const Work *w, int64_t tag, const double *score,
                 int8_t *const truth[MEASURE_DEFINITIONS])
{
    const ScoreSet *s = w->m->set;
    const int64_t at = tag * w->m->options.resamples;
    ImageOrder order = image_order_new(s->images);
    image_order_sort(&order, s->images, score, truth[MEASURE_REFERENCE]);
    micro_ap_add(w->micro, &order, score, truth[MEASURE_REFERENCE], truth[MEASURE_STRICT], tag,
                 s->tags);
    w->m->tag[MEASURE_REFERENCE][tag].ap = image_order_ap(&order);
    if (w->draws[MEASURE_REFERENCE])
        bootstrap_draws_ap(w->draws[MEASURE_REFERENCE], &order, BOOTSTRAP_REFERENCE,
                           w->m->ap[MEASURE_REFERENCE] + at);
    image_order_drop(&order, truth[MEASURE_STRICT]);
    w->m->tag[MEASURE_STRICT][tag].ap = image_order_expected_ap(&order);
    if (w->draws[MEASURE_STRICT]) {
        for (int64_t i = 0; i < order.images; i++) order.image[i] = w->place[order.image[i]];
        bootstrap_draws_ap(w->draws[MEASURE_STRICT], &order, BOOTSTRAP_EXPECTED,
                           w->m->ap[MEASURE_STRICT] + at);
    }
    image_order_free(&order);
}

static void measure_column(int64_t column, void *context)
{
    const Work *w = context;
    const int64_t images = w->m->set->images, tag = w->m->set->tag_of[w->first + column];
    const double *score = w->score + column * images;
    int8_t *truth[MEASURE_DEFINITIONS];
    for (int d = 0; d < MEASURE_DEFINITIONS; d++) truth[d] = mem_alloc((size_t)images);
    label_tag(w, tag, truth);
    for (int d = 0; d < MEASURE_DEFINITIONS; d++) count(w, tag, score, truth[d], d);
    rank(w, tag, score, truth);
    for (int d = 0; d < MEASURE_DEFINITIONS; d++) mem_free(truth[d]);
}

static int measure_columns(Work *w, Error *err)
{
    const ScoreSet *s = w->m->set;
    int status = 0;
    w->score = mem_alloc((size_t)s->images * SCORE_VIEW_COLUMNS * sizeof *w->score);
    Progress progress = progress_start("measuring tags", s->tags);
    for (w->first = 0; status == 0 && w->first < s->tags; w->first += SCORE_VIEW_COLUMNS) {
        const int64_t rest = s->tags - w->first;
        const int64_t n = rest < SCORE_VIEW_COLUMNS ? rest : SCORE_VIEW_COLUMNS;
        status = score_view_columns(w->view, w->first, n, w->score, err);
        if (status == 0) parallel_for(n, measure_column, w);
        progress_step(&progress, w->first + n, NULL);
    }
    progress_end(&progress, s->tags);
    return status;
}

static void finish(Work *w)
{
    Measure *m = w->m;
    for (int d = 0; d < MEASURE_DEFINITIONS; d++) measure_means(m, &w->rows, w->used[d], d);
    m->mean[MEASURE_REFERENCE].micro_ap = micro_ap_value(w->micro);
    m->mean[MEASURE_STRICT].micro_ap = micro_ap_expected(w->micro);
    for (int d = 0; d < MEASURE_DEFINITIONS && m->ap[d]; d++) {
        MeasureMeans *mean = &m->mean[d];
        const BootstrapOptions images = draws_of(&m->options, false),
                               both = draws_of(&m->options, true);
        mean->over_images = bootstrap_interval(m->ap[d], m->set->tags, &images, mean->map);
        mean->over_both = bootstrap_interval(m->ap[d], m->set->tags, &both, mean->map);
    }
}

static int measure_all(Work *w, Error *err)
{
    Measure *m = w->m;
    if (measure_rows(w->view, &w->rows, err) != 0) return -1;
    m->positives = w->rows.positives;
    if (m->positives == 0)
        return error_set(err, ERROR_DATA, "%s: no image has a tag: nothing to measure",
                         m->set->list);
    choose_images(w);
    draw(w);
    w->micro = micro_ap_new(w->rows.positives, w->rows.score, w->rows.pair);
    if (measure_columns(w, err) != 0) return -1;
    finish(w);
    return 0;
}

static void find_first(Measure *m)
{
    m->first = mem_alloc((size_t)m->set->tags * sizeof *m->first);
    for (int64_t k = 0; k < m->set->tags; k++) m->first[k] = true;
    if (m->set->tag)
        metrics_first_columns((const char *const *)m->set->tag, m->set->tags, m->first);
}

int measure_new(const ScoreSet *set, const MeasureOptions *o, Measure *out, Error *err)
{
    ScoreView view;
    *out = (Measure){.set = set, .options = *o, .unknown = set->truth.unknown};
    if (score_view_new(set, o->standardize, &view, err) != 0) return -1;
    for (int d = 0; d < MEASURE_DEFINITIONS; d++)
        out->tag[d] = mem_calloc((size_t)set->tags, sizeof *out->tag[d]);
    find_first(out);
    Work w = {.m = out, .view = &view};
    const int status = measure_all(&w, err);
    free_work(&w);
    score_view_free(&view);
    if (status != 0) measure_free(out);
    return status;
}

void measure_free(Measure *m)
{
    for (int d = 0; d < MEASURE_DEFINITIONS; d++) {
        mem_free(m->ap[d]);
        mem_free(m->tag[d]);
    }
    mem_free(m->first);
    *m = (Measure){0};
}

BootstrapInterval measure_difference(const Measure *a, const Measure *b, int definition,
                                     bool tags)
{
    const int64_t n = a->set->tags * a->options.resamples;
    CHECK(a->ap[definition] && b->ap[definition] && a->set->tags == b->set->tags &&
              a->set->images == b->set->images && a->options.seed == b->options.seed &&
              a->options.resamples == b->options.resamples,
          "%ld tags", a->set->tags);
    double *ap = mem_alloc((size_t)n * sizeof *ap);
    for (int64_t i = 0; i < n; i++) ap[i] = a->ap[definition][i] - b->ap[definition][i];
    const BootstrapOptions o = draws_of(&a->options, tags);
    const double value = a->mean[definition].map - b->mean[definition].map;
    const BootstrapInterval interval = bootstrap_interval(ap, a->set->tags, &o, value);
    mem_free(ap);
    return interval;
}
