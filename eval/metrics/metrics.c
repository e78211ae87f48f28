/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics of multi-label tagging.
 *
 * Most tags have few positives among many images, so only the positives of a tag are sorted.
 * Binary search then gives, for every negative, its position among them, and from the counts
 * follows the rank of each positive. This takes log2(positives) comparisons per image. */
#include "eval/metrics/metrics.h"

#include "core/mem.h"
#include "core/parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 16 }; /* tags that are read together: one cache line of a row of scores */

typedef struct ScoredImage {
    float score;
    int64_t image;
} ScoredImage;

/* Descending score, then ascending image. */
static int by_rank(const void *a, const void *b)
{
    const ScoredImage *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return (x->image > y->image) - (x->image < y->image);
}

/* How many of the n sorted positives rank before x. */
static int64_t ranked_before(const ScoredImage *positive, int64_t n, ScoredImage x)
{
    int64_t lo = 0, hi = n;
    while (lo < hi) {
        int64_t mid = lo + (hi - lo) / 2;
        if (by_rank(&positive[mid], &x) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* One tag: its column of scores and truths, and memory for its positives. */
typedef struct Column {
    int64_t images;
    float *score;
    uint8_t *truth;
    ScoredImage *positive;
    int64_t *negatives; /* [positives + 1] negatives ranked directly before each positive */
} Column;

static int64_t collect_positives(const Column *c)
{
    int64_t n = 0;
    for (int64_t i = 0; i < c->images; i++)
        if (c->truth[i] == TRUTH_PRESENT) c->positive[n++] = (ScoredImage){c->score[i], i};
    qsort(c->positive, (size_t)n, sizeof *c->positive, by_rank);
    return n;
}

/* AP for a rank of each positive: its number among the positives plus the negatives that
 * negatives[0..p] put before it. */
static double sum_precision(const int64_t *negatives, int64_t n)
{
    double sum = 0;
    int64_t rank = 0;
    for (int64_t p = 0; p < n; p++) {
        rank += negatives[p] + 1;
        sum += (double)(p + 1) / (double)rank;
    }
    return sum / ((double)n + 1e-8);
}

/* Counts the negatives that rank directly before each positive. shift: -1 puts a negative
 * before all positives of the same score, +1 after them, 0 orders them by image. Returns how
 * many negatives have the score of a positive. */
static int64_t count_negatives(const Column *c, int64_t n, int shift)
{
    int64_t tied = 0;
    memset(c->negatives, 0, (size_t)(n + 1) * sizeof *c->negatives);
    for (int64_t i = 0; i < c->images; i++) {
        const float x = c->score[i];
        if (c->truth[i] != TRUTH_ABSENT || x < c->positive[n - 1].score) continue;
        const int64_t image = shift < 0 ? -1 : shift > 0 ? c->images : i;
        const int64_t p = ranked_before(c->positive, n, (ScoredImage){x, image});
        c->negatives[p]++;
        tied +=
            (p < n && c->positive[p].score == x) || (p > 0 && c->positive[p - 1].score == x);
    }
    return tied;
}

static void average_precision(const Column *c, TagMetrics *m)
{
    const int64_t n = collect_positives(c);
    if (n == 0) return;
    const int64_t tied = count_negatives(c, n, 0);
    m->ap = m->ap_low = m->ap_high = sum_precision(c->negatives, n);
    if (!tied) return;
    count_negatives(c, n, -1);
    m->ap_low = sum_precision(c->negatives, n);
    count_negatives(c, n, 1);
    m->ap_high = sum_precision(c->negatives, n);
}

bool metrics_tied(const TagMetrics *tag) { return tag->ap_high - tag->ap_low > 5e-5; }

void metrics_rates(TagMetrics *m)
{
    m->precision = (double)m->hits / ((double)(m->hits + m->false_alarms) + 1e-9);
    m->recall = (double)m->hits / ((double)m->positives + 1e-9);
}

static TagMetrics measure(const Column *c, float threshold, enum MetricsRule rule)
{
    TagMetrics m = {0};
    for (int64_t i = 0; i < c->images; i++) {
        bool kept = rule == METRICS_ABOVE ? c->score[i] > threshold : c->score[i] >= threshold;
        m.positives += c->truth[i] == TRUTH_PRESENT;
        m.unknown += c->truth[i] == TRUTH_UNKNOWN;
        m.hits += kept && c->truth[i] == TRUTH_PRESENT;
        m.false_alarms += kept && c->truth[i] == TRUTH_ABSENT;
    }
    metrics_rates(&m);
    average_precision(c, &m);
    return m;
}

typedef struct Work {
    const MetricsInput *in;
    const float *threshold;
    enum MetricsRule rule;
    TagMetrics *tag;
    int64_t *nan_image; /* [tags] first image whose score is not a number, or -1 */
} Work;

/* Transposes the columns first..first+n-1: score, truth [n, images]. */
static void gather(const MetricsInput *in, int64_t first, int64_t n, float *score,
                   uint8_t *truth)
{
    for (int64_t i = 0; i < in->images; i++)
        for (int64_t k = 0; k < n; k++) {
            score[k * in->images + i] = in->score[i * in->tags + first + k];
            truth[k * in->images + i] = in->truth[i * in->tags + first + k];
        }
}

static int64_t find_nan(const float *score, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        if (isnan(score[i])) return i;
    return -1;
}

static void measure_block(int64_t block, void *context)
{
    const Work *w = context;
    const int64_t n = w->in->images, first = block * BLOCK;
    const int64_t tags = first + BLOCK <= w->in->tags ? BLOCK : w->in->tags - first;
    float *score = mem_alloc((size_t)(tags * n) * sizeof *score);
    uint8_t *truth = mem_alloc((size_t)(tags * n));
    Column c = {.images = n,
                .positive = mem_alloc((size_t)n * sizeof *c.positive),
                .negatives = mem_alloc((size_t)(n + 1) * sizeof *c.negatives)};
    gather(w->in, first, tags, score, truth);
    for (int64_t k = 0; k < tags; k++) {
        c.score = score + k * n;
        c.truth = truth + k * n;
        w->nan_image[first + k] = find_nan(c.score, n);
        if (w->nan_image[first + k] < 0)
            w->tag[first + k] = measure(&c, w->threshold[first + k], w->rule);
    }
    mem_free(c.negatives);
    mem_free(c.positive);
    mem_free(truth);
    mem_free(score);
}

int metrics_tags(const MetricsInput *in, const float *threshold, enum MetricsRule rule,
                 TagMetrics *tag, Error *err)
{
    CHECK(in->images >= 0 && in->tags >= 0, "%ld images, %ld tags", in->images, in->tags);
    Work w = {in, threshold, rule, tag, NULL};
    w.nan_image = mem_alloc((size_t)in->tags * sizeof *w.nan_image);
    parallel_for((in->tags + BLOCK - 1) / BLOCK, measure_block, &w);
    int status = 0;
    for (int64_t k = 0; status == 0 && k < in->tags; k++)
        if (w.nan_image[k] >= 0)
            status = error_set(err, ERROR_NUMERIC,
                               "scores: image %ld, tag %ld (from 0): not a number",
                               w.nan_image[k], k);
    mem_free(w.nan_image);
    return status;
}

static double harmonic(double a, double b) { return a + b > 0 ? 2 * a * b / (a + b) : 0; }

Metrics metrics_mean(const TagMetrics *tag, int64_t tags, const bool *counted)
{
    Metrics m = {0};
    int64_t n = 0, hits = 0, kept = 0, positives = 0;
    for (int64_t k = 0; k < tags; k++) {
        m.map += tag[k].ap;
        m.with_positive += tag[k].positives > 0;
        if (counted && !counted[k]) continue;
        m.cp += tag[k].precision;
        m.cr += tag[k].recall;
        hits += tag[k].hits;
        kept += tag[k].hits + tag[k].false_alarms;
        positives += tag[k].positives;
        n++;
    }
    if (m.with_positive > 0) m.map_positive = m.map / (double)m.with_positive;
    if (tags > 0) m.map /= (double)tags;
    if (n > 0) {
        m.cp /= (double)n;
        m.cr /= (double)n;
    }
    m.f1 = harmonic(m.cp, m.cr);
    m.op = (double)hits / ((double)kept + 1e-9);
    m.or = (double)hits / ((double)positives + 1e-9);
    m.of1 = harmonic(m.op, m.or);
    return m;
}

typedef struct NameAt {
    const char *name;
    int64_t at;
} NameAt;

static int by_name(const void *a, const void *b)
{
    const NameAt *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : (x->at > y->at) - (x->at < y->at);
}

void metrics_first_columns(const char *const *name, int64_t tags, bool *first)
{
    NameAt *sorted = mem_alloc((size_t)tags * sizeof *sorted);
    for (int64_t k = 0; k < tags; k++) sorted[k] = (NameAt){name[k], k};
    qsort(sorted, (size_t)tags, sizeof *sorted, by_name);
    for (int64_t k = 0; k < tags; k++)
        first[sorted[k].at] = k == 0 || strcmp(sorted[k].name, sorted[k - 1].name) != 0;
    mem_free(sorted);
}
