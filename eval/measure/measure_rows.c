/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over the rows of the scores, in pieces that threads share. */
#include "eval/measure/measure_rows.h"

#include "core/mem.h"
#include "core/parallel.h"

#include <math.h>

enum { PIECE = 64 }; /* images */

typedef struct Work {
    const ScoreView *view;
    MeasureRows *out;
} Work;

static int64_t piece_end(const Work *w, int64_t piece)
{
    const int64_t images = w->view->set->images, end = (piece + 1) * PIECE;
    return end < images ? end : images;
}

static void count_piece(int64_t piece, void *context)
{
    const Work *w = context;
    const TruthTable *t = &w->view->set->truth;
    const int64_t from = piece * PIECE, n = piece_end(w, piece) - from;
    int8_t *truth = mem_alloc((size_t)(n * t->tags));
    truth_table_rows(t, from, n, truth);
    for (int64_t i = 0; i < n; i++) {
        int64_t positives = 0;
        for (int64_t k = 0; k < t->tags; k++) positives += truth[i * t->tags + k] > 0;
        w->out->start[from + i + 1] = positives;
    }
    mem_free(truth);
}

static int find_nan(const ScoreSet *s, int64_t image, const double *score, Error *err)
{
    int64_t k = 0;
    while (k < s->tags && !isnan(score[k])) k++;
    if (k == s->tags) return 0;
    return error_set(
        err, ERROR_NUMERIC, "%s: image %ld%s%.60s%s, tag %ld%s%.60s%s (from 0): not a number",
        s->scores.path, image, s->image ? " '" : "", s->image ? s->image[image] : "",
        s->image ? "'" : "", k, s->tag ? " '" : "", s->tag ? s->tag[k] : "", s->tag ? "'" : "");
}

/* One image; score, truth [tags]. */
static void measure_image(const Work *w, int64_t image, const double *score,
                          const int8_t *truth)
{
    const int64_t tags = w->view->set->tags;
    int64_t at = w->out->start[image];
    w->out->top[MEASURE_REFERENCE][image] = top_hits(score, truth, tags);
    w->out->top[MEASURE_STRICT][image] = top_hits_expected(score, truth, tags);
    for (int64_t k = 0; k < tags; k++) {
        if (truth[k] <= 0) continue;
        w->out->score[at] = score[k];
        w->out->pair[at++] = image * tags + k;
    }
}

static int measure_piece(int64_t piece, void *context, Error *err)
{
    const Work *w = context;
    const ScoreSet *s = w->view->set;
    const int64_t from = piece * PIECE, n = piece_end(w, piece) - from;
    double *score = mem_alloc((size_t)s->tags * sizeof *score);
    double *memory = mem_alloc((size_t)s->tags * sizeof *memory);
    int8_t *truth = mem_alloc((size_t)(n * s->tags));
    int status = 0;
    truth_table_rows(&s->truth, from, n, truth);
    for (int64_t i = 0; status == 0 && i < n; i++) {
        status = score_view_row(w->view, from + i, score, memory, err);
        if (status == 0) status = find_nan(s, from + i, score, err);
        if (status == 0) measure_image(w, from + i, score, truth + i * s->tags);
    }
    mem_free(truth);
    mem_free(memory);
    mem_free(score);
    return status;
}

int measure_rows(const ScoreView *view, MeasureRows *out, Error *err)
{
    const int64_t images = view->set->images, pieces = (images + PIECE - 1) / PIECE;
    Work w = {view, out};
    *out = (MeasureRows){0};
    out->start = mem_calloc((size_t)images + 1, sizeof *out->start);
    parallel_for(pieces, count_piece, &w);
    for (int64_t i = 0; i < images; i++) out->start[i + 1] += out->start[i];
    out->positives = out->start[images];
    out->score = mem_alloc(((size_t)out->positives + 1) * sizeof *out->score);
    out->pair = mem_alloc(((size_t)out->positives + 1) * sizeof *out->pair);
    for (int d = 0; d < MEASURE_DEFINITIONS; d++)
        out->top[d] = mem_alloc((size_t)images * sizeof *out->top[d]);
    const int status = parallel_try(pieces, measure_piece, &w, err);
    if (status != 0) measure_rows_free(out);
    return status;
}

void measure_rows_free(MeasureRows *r)
{
    for (int d = 0; d < MEASURE_DEFINITIONS; d++) mem_free(r->top[d]);
    mem_free(r->start);
    mem_free(r->pair);
    mem_free(r->score);
    *r = (MeasureRows){0};
}
