/* SPDX-License-Identifier: Apache-2.0 */
/* Means over tags and images. */
#include "eval/measure/measure_means.h"

/* What the reference adds to the divisors of precision and recall. */
static double epsilon(int definition) { return definition == MEASURE_REFERENCE ? 1e-9 : 0; }

static double quotient(double a, double b) { return b > 0 ? a / b : 0; }
static double harmonic(double a, double b) { return quotient(2 * a * b, a + b); }

void measure_tag_rates(TagMeasure *t, int definition)
{
    const double hits = (double)t->hits, e = epsilon(definition);
    t->precision = quotient(hits, hits + (double)t->false_alarms + e);
    t->recall = quotient(hits, (double)t->positives + e);
}

/* Whether a tag counts. */
static bool counts(const TagMeasure *t, int definition)
{
    return definition == MEASURE_REFERENCE || t->positives > 0;
}

static void mean_ap(Measure *m, int definition)
{
    MeasureMeans *mean = &m->mean[definition];
    double sum = 0, weighted = 0, positives = 0;
    int64_t with = 0;
    for (int64_t k = 0; k < m->set->tags; k++) {
        const TagMeasure *t = &m->tag[definition][k];
        mean->tags += counts(t, definition);
        with += t->positives > 0;
        sum += t->ap;
        weighted += (double)t->positives * t->ap;
        positives += (double)t->positives;
    }
    mean->map = quotient(sum, (double)mean->tags);
    mean->macro_ap = quotient(sum, (double)with);
    mean->weighted_ap = quotient(weighted, positives);
}

static void mean_of_bands(Measure *m, int definition)
{
    BandMean *band = m->mean[definition].band;
    for (int64_t k = 0; k < m->set->tags; k++) {
        const TagMeasure *t = &m->tag[definition][k];
        const int64_t *bound = m->options.band;
        if (!counts(t, definition)) continue;
        const int b = t->positives < bound[0]    ? BAND_FEW
                      : t->positives <= bound[1] ? BAND_MEDIUM
                                                 : BAND_MANY;
        band[b].map += t->ap;
        band[b].tags++;
    }
    for (int b = 0; b < BANDS; b++) band[b].map = quotient(band[b].map, (double)band[b].tags);
}

static void mean_of_decisions(Measure *m, int definition)
{
    MeasureMeans *mean = &m->mean[definition];
    double hits = 0, kept = 0, positives = 0, n = 0;
    for (int64_t k = 0; k < m->set->tags; k++) {
        const TagMeasure *t = &m->tag[definition][k];
        if (!m->first[k] || !counts(t, definition)) continue;
        mean->cp += t->precision;
        mean->cr += t->recall;
        hits += (double)t->hits;
        kept += (double)(t->hits + t->false_alarms);
        positives += (double)t->positives;
        n++;
    }
    mean->cp = quotient(mean->cp, n);
    mean->cr = quotient(mean->cr, n);
    mean->f1 = harmonic(mean->cp, mean->cr);
    mean->op = quotient(hits, kept + epsilon(definition));
    mean->or = quotient(hits, positives + epsilon(definition));
    mean->of1 = harmonic(mean->op, mean->or);
}

static void mean_of_images(Measure *m, const MeasureRows *rows, const bool *used,
                           int definition)
{
    MeasureMeans *mean = &m->mean[definition];
    double hits[TOPS] = {0}, any[TOPS] = {0}, kept[TOPS] = {0};
    for (int64_t i = 0; i < m->set->images; i++) {
        const TopHits *top = &rows->top[definition][i];
        if (!used[i]) continue;
        mean->images++;
        for (int t = 0; t < TOPS; t++) {
            hits[t] += top->hits[t];
            any[t] += top->any[t];
            kept[t] += (double)top->kept[t];
        }
    }
    for (int t = 0; t < TOPS; t++) {
        mean->f1_at[t] = quotient(2 * hits[t], kept[t] + (double)m->positives);
        mean->top[t] = quotient(any[t], (double)mean->images);
    }
}

void measure_means(Measure *m, const MeasureRows *rows, const bool *used, int definition)
{
    mean_ap(m, definition);
    mean_of_bands(m, definition);
    if (m->options.decide) mean_of_decisions(m, definition);
    mean_of_images(m, rows, used, definition);
}
