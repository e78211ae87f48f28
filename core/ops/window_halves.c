/* SPDX-License-Identifier: Apache-2.0 */
/* The forward of op_window_attention with products of numbers in bfloat16, two of which are a
 * word. */
#include "core/math/half.h"
#include "core/math/lanes.h"
#include "core/math/pieces.h"
#include "core/math/small_halves.h"
#include "core/math/softmax.h"
#include "core/math/transpose.h"
#include "core/ops/window_attention.h"

#include <string.h>

bool window_takes_halves(const WindowAttention *s)
{
    return s->qkv->half && small_halves_can() && s->D % LANE_UNIT == 0;
}

/* q, k and v of the window's tokens. All of a token at once: they are in one page of memory. */
static void gather(const WindowAttention *s, const uint16_t *map, int64_t window, int64_t head,
                   const WindowHalves *w)
{
    const int64_t *token = s->token + window * s->T, D = s->D, C = s->C;
    uint16_t *const part[] = {w->q, w->k, w->v};
    for (int64_t t = 0; t < s->T; t++)
        for (int i = 0; i < 3; i++) {
            const uint16_t *x = map + (token[t] * 3 + i) * C + head * D;
            for (int64_t d = 0; d < D; d += LANE_UNIT)
                memcpy(part[i] + t * D + d, x + d, LANE_UNIT * sizeof *x);
        }
}

/* Words of rows 2i and 2i + 1 of [T, D]; the row after an odd number of them is 0. */
static void join_rows(const WindowAttention *s, const uint16_t *rows, uint32_t *words)
{
    const int64_t D = s->D;
    for (int64_t i = 0; 2 * i < s->T; i++) {
        const uint16_t *restrict low = rows + 2 * i * D, *restrict high = low + D;
        uint32_t *restrict out = words + i * D;
        if (2 * i + 1 < s->T)
            for (int64_t d = 0; d < D; d++) out[d] = low[d] | (uint32_t)high[d] << 16;
        else
            for (int64_t d = 0; d < D; d++) out[d] = low[d];
    }
}

/* Of scores at a time, which stay in the nearest cache until they are used. */
enum { ROWS = 16 };

/* Rows i .. i + rows - 1 of the result. */
static void attend_rows(const WindowAttention *s, int64_t n, int64_t head, int64_t i,
                        int64_t rows, const WindowHalves *w)
{
    const int64_t T = s->T, D = s->D, words = D / 2;
    Real scale[ROWS];
    small_halves(&(HalfProduct){rows, s->t, words, window_scale(s),
                                (const uint32_t *)(const void *)w->q + i * words, words,
                                w->across, s->t, s->bias + (head * T + i) * s->t, w->p, s->t});
    window_mask(s, n, i, rows, w->p);
    softmax_rows_half(rows, T, s->t, w->p, scale);
    halves_round(rows * s->t, w->p, (uint16_t *)w->rounded);
    small_halves(&(HalfProduct){rows, D, (T + 1) / 2, 1, w->rounded, s->t / 2, w->joined, D,
                                NULL, w->o + i * D, D});
    for (int64_t r = 0; r < rows; r++)
        for (int64_t d = 0; d < D; d++) w->o[(i + r) * D + d] *= scale[r];
}

void window_forward_halves(const WindowAttention *s, int64_t b, int64_t n, int64_t head,
                           const WindowHalves *w)
{
    enum { WORD = sizeof(uint32_t) };
    const int64_t T = s->T, words = s->D / 2;
    gather(s, s->qkv->half + b * window_tokens(s) * 3 * s->C, n, head, w);
    transpose_matrix(T, words, w->k, words * WORD, w->across, s->t * WORD);
    join_rows(s, w->v, w->joined);
    for (int64_t i = 0; i < T; i += ROWS) {
        const int64_t rows = least_of(T - i, ROWS);
        window_prefetch_values(s, w->next, i, rows);
        attend_rows(s, n, head, i, rows, w);
    }
}
