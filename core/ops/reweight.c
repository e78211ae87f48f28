/* SPDX-License-Identifier: Apache-2.0 */
/* Automatic re-weighting of tag descriptions by image. The bank is read once per batch, tag by
 * tag, not once per image. With l = exp(log_scale) u . e and w = softmax(l):
 *   y = sum w e;  dw = dy . e;  dl = w (dw - sum w dw);
 *   du = scale sum dl e;  dlog_scale = sum dl l. */
#include "core/error.h"
#include "core/math/bank_rows.h"
#include "core/math/bf16.h"
#include "core/math/gemm.h"
#include "core/math/rows.h"
#include "core/math/softmax.h"
#include "core/math/threads.h"
#include "core/ops/ops.h"

#include <omp.h>
#include <string.h>

typedef struct Saved {
    Tensor *u, *log_scale, *y, *weight;
    RowGroups tile;
    int64_t B, E, R; /* R rows of the tile */
    int64_t most;    /* rows of a tag */
    Real scale;
    Real *logit; /* [B, R] */
} Saved;

static int64_t first_row(const Saved *s, int64_t k)
{
    return s->tile.offset[k] - s->tile.offset[0];
}

/* Room for the rows of a tag, for every thread that may run. */
static Real *scratch_memory(Tape *tape, const Saved *s)
{
    return tape_alloc(tape, (size_t)(threads_here() * s->most * s->E) * sizeof(Real));
}

/* The rows of tag k: those of the bank, or converted in the memory of the calling thread. */
static const Real *rows_of(const Saved *s, int64_t k, Real *memory)
{
    const int64_t r = first_row(s, k), n = (first_row(s, k + 1) - r) * s->E;
    const float *rows = s->tile.rows ? s->tile.rows + r * s->E : NULL;
    Real *copy = memory + omp_get_thread_num() * s->most * s->E;
    if (rows && sizeof(Real) == sizeof(float)) return (const Real *)(const void *)rows;
    if (!rows) bf16_expand(n, s->tile.half + r * s->E, copy);
    for (int64_t i = 0; rows && i < n; i++) copy[i] = (Real)rows[i];
    return copy;
}

/* Of one image: the bank is read once, and the next tag is on its way. */
static void forward_one(const Saved *s, int64_t k)
{
    const int64_t r = first_row(s, k), P = first_row(s, k + 1) - r, E = s->E;
    const BankRows rows = {E, s->tile.rows ? s->tile.rows + r * E : NULL,
                           s->tile.half ? s->tile.half + r * E : NULL};
    const int64_t next = k + 1 < s->tile.K ? first_row(s, k + 2) - r - P : 0;
    Real *w = s->weight->data + r;
    bank_rows_dot(rows, P, next, s->u->data, s->logit + r);
    for (int64_t p = 0; p < P; p++) w[p] = s->logit[r + p] *= s->scale;
    softmax_rows(1, P, P, w);
    bank_rows_sum(rows, P, w, s->y->data + k * E);
}

/* The rows of a tag stay in the cache from the first product to the second. */
static void forward_tag(const Saved *s, int64_t k, Real *memory)
{
    if (s->B == 1) {
        forward_one(s, k);
        return;
    }
    const int64_t r = first_row(s, k), P = first_row(s, k + 1) - r, E = s->E;
    const Real *rows = rows_of(s, k, memory);
    Real *w = s->weight->data;
    gemm(s->B, P, E, s->scale, (Matrix){s->u->data, E, false}, (Matrix){rows, E, true}, 0,
         s->logit + r, s->R);
    for (int64_t b = 0; b < s->B; b++)
        for (int64_t p = 0; p < P; p++) w[b * s->R + r + p] = s->logit[b * s->R + r + p];
    softmax_rows(s->B, P, s->R, w + r);
    gemm(s->B, E, P, 1, (Matrix){w + r, s->R, false}, (Matrix){rows, E, false}, 0,
         s->y->data + k * E, s->tile.K * E);
}

static void forward(Tape *tape, const Saved *s)
{
    const TapeMark mark = tape_mark(tape);
    Real *memory = scratch_memory(tape, s);
#pragma omp parallel for schedule(dynamic)
    for (int64_t k = 0; k < s->tile.K; k++) forward_tag(s, k, memory);
    tape_rewind(tape, mark);
}

/* Whether tag k has a gradient in any image (see linear.c). */
static bool tag_active(const Saved *s, int64_t k, const Real *dy)
{
    for (int64_t b = 0; b < s->B; b++)
        for (int64_t e = 0; e < s->E; e++)
            if (dy[(b * s->tile.K + k) * s->E + e] != 0) return true;
    return false;
}

/* Leaves dlogit of tag k in dl [B, R], and the tag's part of du in part [B, E] unless that is
 * NULL. */
static void backward_tag(const Saved *s, int64_t k, const Real *dy, Real *memory, Real *dl,
                         Real *part)
{
    const int64_t r = first_row(s, k), P = first_row(s, k + 1) - r, E = s->E;
    if (!tag_active(s, k, dy)) {
        for (int64_t b = 0; b < s->B; b++)
            for (int64_t p = 0; p < P; p++) dl[b * s->R + r + p] = 0;
        if (part) memset(part, 0, (size_t)(s->B * E) * sizeof *part);
        return;
    }
    const Real *rows = rows_of(s, k, memory);
    gemm(s->B, P, E, 1, (Matrix){dy + k * E, s->tile.K * E, false}, (Matrix){rows, E, true}, 0,
         dl + r, s->R);
    for (int64_t b = 0; b < s->B; b++)
        rows_softmax_backward(P, s->weight->data + b * s->R + r, dl + b * s->R + r);
    if (part)
        gemm(s->B, E, P, s->scale, (Matrix){dl + r, s->R, false}, (Matrix){rows, E, false}, 0,
             part, E);
}

static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    const TapeMark mark = tape_mark(tape);
    const Real *dy = tape_grad(tape, s->y);
    Real *du = tape_grad(tape, s->u), *dscale = tape_grad(tape, s->log_scale);
    Real *dl = tape_alloc(tape, (size_t)(s->B * s->R) * sizeof(Real));
    const int64_t K = s->tile.K, len = s->B * s->E;
    Real *part = du ? tape_alloc(tape, (size_t)(K * len) * sizeof *part) : NULL;
    Real *memory = scratch_memory(tape, s);
#pragma omp parallel for schedule(dynamic)
    for (int64_t k = 0; k < K; k++)
        backward_tag(s, k, dy, memory, dl, part ? part + k * len : NULL);
    for (int64_t k = 0; du && k < K; k++) rows_add(len, part + k * len, du);
    if (dscale) {
        double sum = 0;
        for (int64_t i = 0; i < s->B * s->R; i++) sum += (double)dl[i] * (double)s->logit[i];
        dscale[0] += (Real)sum;
    }
    tape_rewind(tape, mark);
}

Tensor *op_reweight(Tape *tape, Tensor *u, Tensor *log_scale, RowGroups tile, Tensor **weights)
{
    CHECK(u->ndim == 2 && u->shape[1] == tile.E, "u has %d axes, %ld columns, expected %ld",
          u->ndim, tensor_axis(u, -1), tile.E);
    CHECK(tensor_len(log_scale) == 1 && tile.K > 0, "%ld scales, %ld tags",
          tensor_len(log_scale), tile.K);
    int64_t most = 0;
    for (int64_t k = 0; k < tile.K; k++) {
        const int64_t n = tile.offset[k + 1] - tile.offset[k];
        CHECK(n > 0, "tag %ld has no description", k);
        if (n > most) most = n;
    }
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.u = u,
                 .log_scale = log_scale,
                 .tile = tile,
                 .B = u->shape[0],
                 .E = tile.E,
                 .R = tile.offset[tile.K] - tile.offset[0],
                 .most = most,
                 .scale = real_exp(log_scale->data[0])};
    s->y = tape_output(tape, 3, (int64_t[]){s->B, tile.K, s->E}, 2, (Tensor *[]){u, log_scale});
    s->weight = tape_tensor(tape, 2, (int64_t[]){s->B, s->R});
    s->logit = tape_alloc(tape, (size_t)(s->B * s->R) * sizeof(Real));
    forward(tape, s);
    if (weights) *weights = s->weight;
    tape_record(tape, "reweight", s->y, backward, s);
    return s->y;
}
