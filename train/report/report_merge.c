/* SPDX-License-Identifier: Apache-2.0 */
/* Means over the seeds of a cell. */
#include "train/report/report_merge.h"

#include "core/mem.h"

#include <math.h>
#include <string.h>

/* The curves of the same numbers in several runs. */
typedef struct Bundle {
    const Curve **curve; /* [curves] none is empty */
    int64_t *at;         /* [curves] the next point of each */
    int64_t curves;
} Bundle;

/* Moves every curve to its first point at or after the step; false at the end of one. */
static bool advance(Bundle *b, double step)
{
    for (int64_t i = 0; i < b->curves; i++) {
        const Curve *c = b->curve[i];
        while (b->at[i] < c->count && c->step[b->at[i]] < step) b->at[i]++;
        if (b->at[i] == c->count) return false;
    }
    return true;
}

static bool all_at(const Bundle *b, double step)
{
    for (int64_t i = 0; i < b->curves; i++)
        if (b->curve[i]->step[b->at[i]] > step) return false;
    return true;
}

static void add_mean(Curve *out, const Bundle *b, double step)
{
    double sum = 0, low = HUGE_VAL, high = -HUGE_VAL;
    for (int64_t i = 0; i < b->curves; i++) {
        const double x = b->curve[i]->value[b->at[i]];
        sum += x;
        low = fmin(low, x);
        high = fmax(high, x);
    }
    const int64_t n = out->count;
    curve_add(out, step, sum / (double)b->curves);
    out->low = mem_realloc(out->low, (size_t)out->room * sizeof *out->low);
    out->high = mem_realloc(out->high, (size_t)out->room * sizeof *out->high);
    out->low[n] = low;
    out->high[n] = high;
}

static Curve mean_curve(Bundle *b)
{
    Curve out = {0};
    const Curve *first = b->curves ? b->curve[0] : NULL;
    for (int64_t p = 0; first && p < first->count; p++) {
        const double step = first->step[p];
        if (out.count && step <= out.step[out.count - 1]) continue;
        if (!advance(b, step)) break;
        if (all_at(b, step)) add_mean(&out, b, step);
    }
    return out;
}

/* The curve of a run, or of its list of this name. */
typedef const Curve *Pick(const ReportRun *run, const char *list, int series);

static const Curve *pick_series(const ReportRun *run, const char *list, int series)
{
    (void)list;
    return series < REPORT_SERIES ? &run->series[series] : &run->hours;
}

static const Curve *pick_list(const ReportRun *run, const char *list, int series)
{
    const ReportList *l = report_run_list(run, list);
    return !l ? NULL : series ? &l->f1 : &l->map;
}

static Curve merge_curve(const ReportRun *run, int64_t n, Pick *pick, const char *list,
                         int series)
{
    Bundle b = {mem_calloc((size_t)n, sizeof *b.curve), mem_calloc((size_t)n, sizeof *b.at), 0};
    for (int64_t i = 0; i < n; i++) {
        const Curve *c = pick(&run[i], list, series);
        if (c && c->count) b.curve[b.curves++] = c;
    }
    const Curve out = mean_curve(&b);
    mem_free(b.curve);
    mem_free(b.at);
    return out;
}

static bool same_tags(const ReportList *a, const ReportList *b)
{
    if (a->tags != b->tags) return false;
    for (int64_t k = 0; k < a->tags; k++)
        if (strcmp(a->tag[k].name, b->tag[k].name) != 0) return false;
    return true;
}

/* The AP of the tags becomes the mean over the runs with the same tags. */
static void merge_tags(ReportList *l, const ReportRun *run, int64_t n, int64_t best)
{
    int64_t count = 1;
    for (int64_t i = 0; i < n; i++) {
        const ReportList *other = i == best ? NULL : report_run_list(&run[i], l->name);
        if (!other || !same_tags(l, other)) continue;
        count++;
        for (int64_t k = 0; k < l->tags; k++) l->tag[k].ap += other->tag[k].ap;
    }
    for (int64_t k = 0; k < l->tags; k++) l->tag[k].ap /= (double)count;
}

static void merge_means(ReportList *l, const ReportRun *run, int64_t n)
{
    double sum[5] = {0};
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++) {
        const ReportList *one = report_run_list(&run[i], l->name);
        if (!one || !one->measured) continue;
        const double x[5] = {one->last_map, one->cp, one->cr, one->last_f1, one->best_map};
        for (int k = 0; k < 5; k++) sum[k] += x[k];
        count++;
    }
    if (count == 0) return;
    double *const field[5] = {&l->last_map, &l->cp, &l->cr, &l->last_f1, &l->best_map};
    for (int k = 0; k < 5; k++) *field[k] = sum[k] / (double)count;
}

/* Moves the best run to *out, whose curves are still its own. */
static int64_t take_best(ReportRun *run, int64_t n, const char *name, ReportRun *out)
{
    int64_t best = 0;
    for (int64_t i = 1; i < n; i++)
        if (report_run_rank(&run[i]) > report_run_rank(&run[best])) best = i;
    *out = run[best];
    mem_free(out->name);
    out->name = mem_strdup(name);
    out->seeds = n;
    return best;
}

void report_merge(ReportRun *run, int64_t n, const char *name, ReportRun *out)
{
    const int64_t best = take_best(run, n, name, out);
    Curve series[REPORT_SERIES + 1];
    for (int s = 0; n > 1 && s <= REPORT_SERIES; s++)
        series[s] = merge_curve(run, n, pick_series, NULL, s);
    for (int64_t l = 0; n > 1 && l < out->lists; l++) {
        ReportList *list = &out->list[l], merged = *list;
        merged.map = merge_curve(run, n, pick_list, list->name, 0);
        merged.f1 = merge_curve(run, n, pick_list, list->name, 1);
        merge_means(&merged, run, n);
        merge_tags(&merged, run, n, best);
        curve_free(&list->map);
        curve_free(&list->f1);
        *list = merged;
    }
    for (int s = 0; n > 1 && s <= REPORT_SERIES; s++) {
        Curve *own = s < REPORT_SERIES ? &out->series[s] : &out->hours;
        curve_free(own);
        *own = series[s];
    }
    run[best] = (ReportRun){0};
    for (int64_t i = 0; i < n; i++) report_run_free(&run[i]);
}
