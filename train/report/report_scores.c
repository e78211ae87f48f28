/* SPDX-License-Identifier: Apache-2.0 */
/* Curves and histograms of scores. */
#include "train/report/report_scores.h"

#include "core/io/file.h"
#include "core/log.h"
#include "core/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Larger files would take longer than a page may. */
enum { MOST_SCORES = 48000000, MOST_BYTES = 512 << 20 };

/* ---- all scores together ----------------------------------------------------------------- */

/* Bins that grow with the score, fine at both ends: 2048 for each factor of 2 of the score up
 * to 0.5, and of 1 - score above. */
enum { SHIFT = 12, HALF = 0x3f000000 >> SHIFT, KEYS = 2 * HALF + 1 };

static int32_t key_of(float score)
{
    const float near = score <= 0.5f ? score : 1 - score;
    uint32_t bits;
    memcpy(&bits, &near, sizeof bits);
    return (int32_t)(score <= 0.5f ? bits >> SHIFT : 2 * HALF - (bits >> SHIFT));
}

typedef struct Count {
    int64_t positives, negatives;
} Count;

static void add_point(Curve *c, double recall, double precision, bool last)
{
    const bool near = c->count && recall - c->step[c->count - 1] < 0.5 / (REPORT_LEVELS - 1);
    if (!near || last) curve_add(c, recall, precision);
}

static void trace(ReportScores *out, const Count *count, int64_t positives)
{
    double hits = 0, alarms = 0;
    for (int32_t k = KEYS; k-- > 0 && hits < (double)positives;) {
        if (count[k].positives + count[k].negatives == 0) continue;
        hits += (double)count[k].positives;
        alarms += (double)count[k].negatives;
        const double precision = hits / (hits + alarms), recall = hits / (double)positives;
        out->micro_ap += precision * (double)count[k].positives / (double)positives;
        if (count[k].positives)
            add_point(&out->micro, recall, precision, hits >= (double)positives);
    }
}

static void all_together(ReportScores *out, const Scores *s)
{
    Count *count = mem_calloc(KEYS, sizeof *count);
    int64_t positives = 0;
    for (int64_t i = 0; i < s->images * s->tags; i++) {
        Count *bin = &count[key_of(s->score[i])];
        bin->positives += s->truth[i] == TRUTH_PRESENT;
        bin->negatives += s->truth[i] == TRUTH_ABSENT;
        positives += s->truth[i] == TRUTH_PRESENT;
    }
    if (positives) trace(out, count, positives);
    mem_free(count);
}

/* ---- the mean over tags ------------------------------------------------------------------ */

static int descending(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x < y) - (x > y);
}

/* One tag: the scores of its positives, highest first, and how many negatives rank between a
 * positive and the one before it; a negative with the score of a positive ranks before it. */
typedef struct Column {
    float *positive;    /* [positives] */
    int64_t *negatives; /* [positives] */
    int64_t positives;
} Column;

/* Finds the first positive that a negative ranks before; positives if there is none. */
static int64_t place_of(const Column *c, float score)
{
    int64_t low = 0, high = c->positives;
    while (low < high) {
        const int64_t middle = (low + high) / 2;
        if (c->positive[middle] <= score)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static void read_column(Column *c, const Scores *s, int64_t tag)
{
    c->positives = 0;
    for (int64_t i = 0; i < s->images; i++)
        if (s->truth[i * s->tags + tag] == TRUTH_PRESENT)
            c->positive[c->positives++] = s->score[i * s->tags + tag];
    if (c->positives == 0) return;
    qsort(c->positive, (size_t)c->positives, sizeof *c->positive, descending);
    memset(c->negatives, 0, (size_t)c->positives * sizeof *c->negatives);
    for (int64_t i = 0; i < s->images; i++) {
        if (s->truth[i * s->tags + tag] != TRUTH_ABSENT) continue;
        const int64_t place = place_of(c, s->score[i * s->tags + tag]);
        if (place < c->positives) c->negatives[place]++;
    }
}

/* best[l]: the highest precision at a recall of at least l / (REPORT_LEVELS - 1). */
static void interpolate(const Column *c, double *best)
{
    int64_t alarms = 0;
    memset(best, 0, REPORT_LEVELS * sizeof *best);
    for (int64_t i = 0; i < c->positives; i++) {
        const bool tied = i + 1 < c->positives && c->positive[i + 1] >= c->positive[i];
        alarms += c->negatives[i];
        if (tied) continue; /* ties count together */
        const int64_t level = (i + 1) * (REPORT_LEVELS - 1) / c->positives;
        best[level] = fmax(best[level], (double)(i + 1) / (double)(i + 1 + alarms));
    }
    for (int l = REPORT_LEVELS - 1; l-- > 0;) best[l] = fmax(best[l], best[l + 1]);
}

static void mean_of_tags(ReportScores *out, const Scores *s)
{
    const size_t images = (size_t)s->images;
    Column c = {mem_alloc(images * sizeof *c.positive), mem_alloc(images * sizeof *c.negatives),
                0};
    double sum[REPORT_LEVELS] = {0}, best[REPORT_LEVELS];
    int64_t counted = 0;
    for (int64_t k = 0; k < s->tags; k++) {
        read_column(&c, s, k);
        if (c.positives == 0) continue;
        interpolate(&c, best);
        for (int l = 0; l < REPORT_LEVELS; l++) sum[l] += best[l];
        counted++;
    }
    for (int l = 0; counted && l < REPORT_LEVELS; l++)
        curve_add(&out->macro, l / (REPORT_LEVELS - 1.0), sum[l] / (double)counted);
    mem_free(c.negatives);
    mem_free(c.positive);
}

/* ---- histograms -------------------------------------------------------------------------- */

static void put_shares(Curve *c, const int64_t *count)
{
    double all = 0;
    for (int b = 0; b < REPORT_BINS; b++) all += (double)count[b];
    for (int b = 0; all > 0 && b <= REPORT_BINS; b++)
        curve_add(c, (double)b / REPORT_BINS,
                  (double)count[b < REPORT_BINS ? b : REPORT_BINS - 1] / all);
}

static void histograms(ReportScores *out, const Scores *s)
{
    int64_t count[2][REPORT_BINS] = {{0}};
    for (int64_t i = 0; i < s->images * s->tags; i++) {
        const int bin = (int)(s->score[i] * REPORT_BINS);
        if (s->truth[i] == TRUTH_UNKNOWN) continue;
        count[s->truth[i]][bin < REPORT_BINS ? bin : REPORT_BINS - 1]++;
    }
    put_shares(&out->negatives, count[0]);
    put_shares(&out->positives, count[1]);
}

/* ---- the whole --------------------------------------------------------------------------- */

ReportScores *report_scores_of(const Scores *s)
{
    ReportScores *out = mem_calloc(1, sizeof *out);
    *out = (ReportScores){
        .images = s->images, .tags = s->tags, .best = json_array(), .worst = json_array()};
    all_together(out, s);
    mean_of_tags(out, s);
    histograms(out, s);
    report_pick(s, out->best, out->worst);
    return out;
}

/* Scores that are not numbers have no order; `eval` refuses them. */
static int check(const Scores *s, Error *err)
{
    if (s->images * s->tags > MOST_SCORES)
        return error_set(err, ERROR_DATA, "%ld images x %ld tags: too large for a report",
                         s->images, s->tags);
    for (int64_t i = 0; i < s->images * s->tags; i++)
        if (!(s->score[i] >= 0 && s->score[i] <= 1))
            return error_set(err, ERROR_DATA, "a score is not a number");
    return 0;
}

static ReportScores *read_file(const char *path, Error *err)
{
    Scores *s = NULL;
    ReportScores *out = NULL;
    if (file_bytes(path) > MOST_BYTES)
        error_set(err, ERROR_DATA, "%s: too large for a report", path);
    else if (scores_read(path, &s, err) == 0 && check(s, err) == 0)
        out = report_scores_of(s);
    scores_free(s);
    return out;
}

int report_scores_read(const char *folder, ReportScores **out, Error *err)
{
    Error why = {0};
    char *path = file_join(folder, "scores.h5");
    *out = file_exists(path) ? read_file(path, &why) : NULL;
    if (why.code == ERROR_DATA || why.code == ERROR_CHECKPOINT) {
        log_warn("%s: omitted from the report", why.text);
        *out = mem_calloc(1, sizeof **out);
        (*out)->fault = mem_strdup(why.text);
        why = (Error){0};
    }
    mem_free(path);
    return why.code ? error_move(err, &why) : 0;
}

void report_scores_free(ReportScores *s)
{
    if (!s) return;
    curve_free(&s->micro);
    curve_free(&s->macro);
    curve_free(&s->positives);
    curve_free(&s->negatives);
    json_decref(s->best);
    json_decref(s->worst);
    mem_free(s->fault);
    mem_free(s);
}
