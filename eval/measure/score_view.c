/* SPDX-License-Identifier: Apache-2.0 */
/* Reads rows and blocks of columns. */
#include "eval/measure/score_view.h"

#include "core/mem.h"
#include "core/parallel.h"

#include <math.h>

enum { TILE = 64 }; /* rows that are transposed together */

/* Mean and one by the standard deviation of n numbers; 0 if they are equal. */
static void moments(const double *x, int64_t n, double *mean, double *scale)
{
    double sum = 0, squares = 0;
    bool equal = true; /* also where the mean of equal numbers is rounded */
    for (int64_t i = 0; i < n; i++) {
        sum += x[i];
        equal = equal && x[i] == x[0];
    }
    *mean = sum / (double)n;
    for (int64_t i = 0; i < n; i++) squares += (x[i] - *mean) * (x[i] - *mean);
    *scale = !equal && squares > 0 ? 1 / sqrt(squares / (double)n) : 0;
}

/* As they are in the file, in its order of columns. */
static int read_raw(const ScoreView *v, int64_t image, int64_t first, int64_t n, double *out,
                    Error *err)
{
    return score_matrix_read(&v->set->scores, v->set->row[image], first, n, out, err);
}

static double standard(const ScoreView *v, int64_t image, int64_t column, double x)
{
    if (v->standardize == STANDARDIZE_NONE) return x;
    const int64_t at = v->standardize == STANDARDIZE_IMAGE ? image : column;
    return (x - v->mean[at]) * v->scale[at];
}

int score_view_row(const ScoreView *v, int64_t image, double *out, double *memory, Error *err)
{
    const ScoreSet *s = v->set;
    if (read_raw(v, image, 0, s->tags, memory, err) != 0) return -1;
    for (int64_t c = 0; c < s->tags; c++) out[s->tag_of[c]] = standard(v, image, c, memory[c]);
    return 0;
}

typedef struct Block {
    const ScoreView *v;
    int64_t first, n;
    double *out; /* [n, images] */
} Block;

static int read_tile(int64_t tile, void *context, Error *err)
{
    const Block *b = context;
    const int64_t images = b->v->set->images, from = tile * TILE;
    const int64_t rows = images - from < TILE ? images - from : TILE;
    double *x = mem_alloc((size_t)(rows * b->n) * sizeof *x);
    int status = 0;
    for (int64_t i = 0; status == 0 && i < rows; i++)
        status = read_raw(b->v, from + i, b->first, b->n, x + i * b->n, err);
    for (int64_t c = 0; status == 0 && c < b->n; c++)
        for (int64_t i = 0; i < rows; i++)
            b->out[c * images + from + i] =
                standard(b->v, from + i, b->first + c, x[i * b->n + c]);
    mem_free(x);
    return status;
}

int score_view_columns(const ScoreView *v, int64_t first, int64_t n, double *out, Error *err)
{
    Block b = {v, first, n, out};
    return parallel_try((v->set->images + TILE - 1) / TILE, read_tile, &b, err);
}

static int image_moments(int64_t image, void *context, Error *err)
{
    const ScoreView *v = context;
    double *x = mem_alloc((size_t)v->set->tags * sizeof *x);
    const int status = read_raw(v, image, 0, v->set->tags, x, err);
    if (status == 0) moments(x, v->set->tags, &v->mean[image], &v->scale[image]);
    mem_free(x);
    return status;
}

static void tag_moments(int64_t c, void *context)
{
    const Block *b = context;
    const ScoreView *v = b->v;
    const int64_t images = v->set->images;
    moments(b->out + c * images, images, &v->mean[b->first + c], &v->scale[b->first + c]);
}

static int all_tag_moments(const ScoreView *v, Error *err)
{
    const ScoreView raw = {.set = v->set};
    const int64_t tags = v->set->tags;
    double *x = mem_alloc((size_t)v->set->images * SCORE_VIEW_COLUMNS * sizeof *x);
    int status = 0;
    for (int64_t first = 0; status == 0 && first < tags; first += SCORE_VIEW_COLUMNS) {
        const int64_t rest = tags - first;
        Block b = {v, first, rest < SCORE_VIEW_COLUMNS ? rest : SCORE_VIEW_COLUMNS, x};
        status = score_view_columns(&raw, first, b.n, x, err);
        if (status == 0) parallel_for(b.n, tag_moments, &b);
    }
    mem_free(x);
    return status;
}

int score_view_new(const ScoreSet *set, enum Standardize standardize, ScoreView *out,
                   Error *err)
{
    *out = (ScoreView){.set = set, .standardize = standardize};
    if (standardize == STANDARDIZE_NONE) return 0;
    const bool by_image = standardize == STANDARDIZE_IMAGE;
    const size_t n = (size_t)(by_image ? set->images : set->tags);
    out->mean = mem_alloc(n * sizeof *out->mean);
    out->scale = mem_alloc(n * sizeof *out->scale);
    const int status = by_image ? parallel_try(set->images, image_moments, out, err)
                                : all_tag_moments(out, err);
    if (status != 0) score_view_free(out);
    return status;
}

void score_view_free(ScoreView *v)
{
    mem_free(v->scale);
    mem_free(v->mean);
    *v = (ScoreView){0};
}
