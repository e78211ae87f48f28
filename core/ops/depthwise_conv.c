/* SPDX-License-Identifier: Apache-2.0 */
/* Depthwise convolution over a square map of tokens. Channels are contiguous, so every tap of
 * the kernel is a product of two rows; each call transposes the kernel to [side * side, C]
 * once. */
#include "core/error.h"
#include "core/ops/column_sum.h"
#include "core/ops/ops.h"

#include <string.h>

typedef struct Saved {
    Tensor *x, *w, *b, *y;
    const Real *taps; /* [side * side, C] */
    int64_t B, grid, C, side;
} Saved;

static void multiply_add(int64_t C, const Real *restrict a, const Real *restrict b,
                         Real *restrict y)
{
    for (int64_t c = 0; c < C; c++) y[c] += a[c] * b[c];
}

/* Row of the map at (row, col) of image b, or NULL outside. */
static const Real *at(const Saved *s, const Real *map, int64_t b, int64_t row, int64_t col)
{
    if (row < 0 || col < 0 || row >= s->grid || col >= s->grid) return NULL;
    return map + ((b * s->grid + row) * s->grid + col) * s->C;
}

/* y += the taps times the neighbors of position i in map. sign -1 mirrors the kernel, which
 * gives the transpose. */
static void add_place(const Saved *s, const Real *map, int64_t i, int64_t sign, Real *y)
{
    const int64_t N = s->grid * s->grid, b = i / N, row = i % N / s->grid, col = i % s->grid;
    const int64_t reach = s->side / 2;
    for (int64_t u = -reach; u <= reach; u++)
        for (int64_t v = -reach; v <= reach; v++) {
            const Real *from = at(s, map, b, row + sign * u, col + sign * v);
            const int64_t tap = (u + reach) * s->side + v + reach;
            if (from) multiply_add(s->C, from, s->taps + tap * s->C, y);
        }
}

static void forward(const Saved *s)
{
    const int64_t places = s->B * s->grid * s->grid, C = s->C;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < places; i++) {
        Real *y = s->y->data + i * C;
        for (int64_t c = 0; c < C; c++) y[c] = s->b ? s->b->data[c] : 0;
        add_place(s, s->x->data, i, 1, y);
    }
}

static void backward_x(const Saved *s, const Real *dy, Real *dx)
{
    const int64_t places = s->B * s->grid * s->grid;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < places; i++) add_place(s, dy, i, -1, dx + i * s->C);
}

/* sum [C] += x dy over all positions that the tap (u, v) reaches. */
static void add_tap(const Saved *s, const Real *dy, int64_t u, int64_t v, double *sum)
{
    for (int64_t b = 0; b < s->B; b++)
        for (int64_t row = 0; row < s->grid; row++)
            for (int64_t col = 0; col < s->grid; col++) {
                const Real *from = at(s, s->x->data, b, row + u, col + v);
                const Real *d = at(s, dy, b, row, col);
                for (int64_t c = 0; from && c < s->C; c++)
                    sum[c] += (double)from[c] * (double)d[c];
            }
}

static void backward_w(Tape *tape, const Saved *s, const Real *dy, Real *dw)
{
    const int64_t taps = s->side * s->side, reach = s->side / 2, C = s->C;
    double *sum = tape_alloc(tape, (size_t)(taps * C) * sizeof *sum);
    memset(sum, 0, (size_t)(taps * C) * sizeof *sum);
#pragma omp parallel for schedule(static)
    for (int64_t k = 0; k < taps; k++)
        add_tap(s, dy, k / s->side - reach, k % s->side - reach, sum + k * C);
    for (int64_t c = 0; c < C; c++)
        for (int64_t k = 0; k < taps; k++) dw[c * taps + k] += (Real)sum[k * C + c];
}

static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    const Real *dy = tape_grad(tape, s->y);
    Real *dx = tape_grad(tape, s->x), *dw = tape_grad(tape, s->w);
    Real *db = s->b ? tape_grad(tape, s->b) : NULL;
    if (dx) backward_x(s, dy, dx);
    if (dw) backward_w(tape, s, dy, dw);
    if (db) column_sum(tape, s->B * s->grid * s->grid, s->C, dy, db);
}

static const Real *turn_kernel(Tape *tape, const Tensor *w, int64_t C, int64_t taps)
{
    Real *out = tape_alloc(tape, (size_t)(taps * C) * sizeof *out);
    for (int64_t c = 0; c < C; c++)
        for (int64_t k = 0; k < taps; k++) out[k * C + c] = w->data[c * taps + k];
    return out;
}

Tensor *op_depthwise_conv(Tape *tape, Tensor *x, Tensor *w, Tensor *b, int64_t grid)
{
    CHECK(x->ndim == 3 && grid > 0 && x->shape[1] == grid * grid,
          "x has %d axes, %ld tokens, expected %ld", x->ndim, tensor_axis(x, -2),
          (grid * grid));
    const int64_t C = x->shape[2], side = tensor_axis(w, -1);
    CHECK(w->ndim == 4 && w->shape[0] == C && w->shape[1] == 1 && w->shape[2] == side &&
              side % 2 == 1,
          "kernel of %ld channels, %ld x %ld", w->shape[0], tensor_axis(w, -2), side);
    CHECK(!b || tensor_len(b) == C, "bias has %ld elements, expected %ld", tensor_len(b), C);
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.x = x, .w = w, .b = b, .B = x->shape[0], .grid = grid, .C = C, .side = side};
    s->taps = turn_kernel(tape, w, C, side * side);
    s->y = tape_output(tape, 3, x->shape, 3, (Tensor *[]){x, w, b});
    forward(s);
    tape_record(tape, "depthwise_conv", s->y, backward, s);
    return s->y;
}
