/* SPDX-License-Identifier: Apache-2.0 */
/* Tuning one threshold per tag. The best threshold lies directly below the score of a positive:
 * lowering it further, past a negative only, adds a false alarm. So only the scores of the
 * positives are candidates. */
#include "eval/threshold.h"

#include "core/mem.h"
#include "core/parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A candidate: what score >= `score` keeps, and the next lower score. */
typedef struct Cut {
    float score, below; /* 0 if no score is lower */
    int64_t hits, false_alarms;
} Cut;

static int descending(const void *a, const void *b)
{
    const Cut *x = a, *y = b;
    return (x->score < y->score) - (x->score > y->score);
}

/* One cut per distinct score of a positive, in descending order; hits are cumulative. Returns
 * the number of cuts. */
static int64_t positive_cuts(const Scores *s, int64_t k, Cut *cut)
{
    int64_t positives = 0, n = 0;
    for (int64_t i = 0; i < s->images; i++)
        if (s->truth[i * s->tags + k])
            cut[positives++] = (Cut){.score = s->score[i * s->tags + k]};
    qsort(cut, (size_t)positives, sizeof *cut, descending);
    for (int64_t i = 0; i < positives; i++) {
        if (n == 0 || cut[i].score != cut[n - 1].score) cut[n++] = cut[i];
        cut[n - 1].hits = i + 1;
    }
    return n;
}

/* The first cut whose score is at most x; n if none is. */
static int64_t first_at_most(const Cut *cut, int64_t n, float x)
{
    int64_t lo = 0, hi = n;
    while (lo < hi) {
        int64_t mid = lo + (hi - lo) / 2;
        if (cut[mid].score <= x)
            hi = mid;
        else
            lo = mid + 1;
    }
    return lo;
}

/* Fills all fields of the cuts of tag k and returns their number. cut [images]. */
static int64_t make_cuts(const Scores *s, int64_t k, Cut *cut)
{
    const int64_t n = positive_cuts(s, k, cut);
    for (int64_t i = 0; n > 0 && i < s->images; i++) {
        const float x = s->score[i * s->tags + k];
        if (s->truth[i * s->tags + k]) continue;
        const int64_t at = first_at_most(cut, n, x);
        if (at < n) cut[at].false_alarms++;
        if (at > 0 && x > cut[at - 1].below) cut[at - 1].below = x;
    }
    for (int64_t c = 0; c < n; c++) {
        if (c > 0) cut[c].false_alarms += cut[c - 1].false_alarms;
        if (c + 1 < n && cut[c + 1].score > cut[c].below) cut[c].below = cut[c + 1].score;
    }
    return n;
}

/* Cuts are compared by whether they meet the floor, then by value. */
typedef struct Rating {
    bool meets;
    double value;
} Rating;

static Rating rate(const Cut *c, int64_t positives, ThresholdObjective objective)
{
    const double hits = (double)c->hits, kept = hits + (double)c->false_alarms;
    const double precision = hits / kept, recall = hits / (double)positives;
    if (objective.goal == THRESHOLD_F1)
        return (Rating){true, 2 * hits / (kept + (double)positives)};
    const bool by_precision = objective.goal == THRESHOLD_PRECISION;
    const double bound = by_precision ? recall : precision;
    const double wanted = by_precision ? precision : recall;
    const bool meets = bound >= objective.floor - 1e-12;
    return (Rating){meets, meets ? wanted : bound};
}

static bool better(Rating a, Rating b)
{
    return a.meets != b.meets ? a.meets : a.value > b.value;
}

static float half_way(const Cut *c)
{
    const float middle = c->below + (c->score - c->below) / 2;
    return middle > c->below ? middle : c->score; /* no number between neighboring floats */
}

typedef struct Work {
    const Scores *s;
    ThresholdObjective objective;
    float *out;
    uint8_t *no_positive, *unreachable, *at_score; /* [tags] */
} Work;

static void tune_tag(int64_t k, void *context)
{
    const Work *w = context;
    Cut *cut = mem_alloc((size_t)w->s->images * sizeof *cut);
    const int64_t n = make_cuts(w->s, k, cut);
    w->no_positive[k] = n == 0;
    w->out[k] = w->s->threshold[k];
    if (n > 0) {
        const int64_t positives = cut[n - 1].hits;
        int64_t best = 0;
        for (int64_t c = 1; c < n; c++)
            if (better(rate(&cut[c], positives, w->objective),
                       rate(&cut[best], positives, w->objective)))
                best = c;
        w->unreachable[k] = !rate(&cut[best], positives, w->objective).meets;
        w->out[k] = half_way(&cut[best]);
        w->at_score[k] = w->out[k] == cut[best].score;
    }
    mem_free(cut);
}

ThresholdCounts threshold_tune(const Scores *s, ThresholdObjective objective, float *out)
{
    ThresholdCounts counts = {0};
    const size_t tags = (size_t)s->tags;
    Work w = {s, objective, out, mem_calloc(tags, 1), mem_calloc(tags, 1), mem_calloc(tags, 1)};
    parallel_for(s->tags, tune_tag, &w);
    for (int64_t k = 0; k < s->tags; k++) {
        counts.no_positive += w.no_positive[k];
        counts.unreachable += w.unreachable[k];
        counts.at_score += w.at_score[k];
    }
    mem_free(w.at_score);
    mem_free(w.unreachable);
    mem_free(w.no_positive);
    return counts;
}

int threshold_parse(const char *text, ThresholdObjective *out, Error *err)
{
    *out = (ThresholdObjective){0};
    if (strcmp(text, "f1") == 0) return 0;
    const char *at = strchr(text, '@');
    const size_t n = at ? (size_t)(at - text) : 0;
    if (n == 9 && memcmp(text, "precision", n) == 0)
        out->goal = THRESHOLD_PRECISION;
    else if (n == 6 && memcmp(text, "recall", n) == 0)
        out->goal = THRESHOLD_RECALL;
    else
        return error_set(err, ERROR_USAGE,
                         "objective: %s: expected f1, precision@R or recall@P", text);
    char *end;
    out->floor = strtod(at + 1, &end);
    if (end == at + 1 || *end || !(out->floor > 0 && out->floor <= 1))
        return error_set(err, ERROR_USAGE,
                         "objective: %s: expected a number in (0, 1], as in %.*s@0.8", at + 1,
                         (int)n, text);
    return 0;
}
