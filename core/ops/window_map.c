/* SPDX-License-Identifier: Apache-2.0 */
/* Where the tokens of a window are, which of them see each other, and the bias of each pair. */
#include "core/math/threads.h"
#include "core/ops/window_attention.h"

#include <string.h>

static int64_t region(int64_t at, const WindowShape *w)
{
    return at < w->grid - w->window ? 0 : at < w->grid - w->shift ? 1 : 2;
}

static void index_windows(Tape *tape, WindowAttention *s)
{
    const WindowShape w = s->shape;
    const int64_t per_row = w.grid / w.window;
    s->token = tape_alloc(tape, (size_t)(s->windows * s->T) * sizeof *s->token);
    s->area = tape_alloc(tape, (size_t)(s->windows * s->T));
    s->mixed = tape_alloc(tape, (size_t)s->windows * sizeof *s->mixed);
    for (int64_t i = 0; i < s->windows * s->T; i++) {
        const int64_t n = i / s->T, t = i % s->T;
        const int64_t row = n / per_row * w.window + t / w.window;
        const int64_t col = n % per_row * w.window + t % w.window; /* in the rolled map */
        s->token[i] = (row + w.shift) % w.grid * w.grid + (col + w.shift) % w.grid;
        s->area[i] = w.shift ? (unsigned char)(3 * region(row, &w) + region(col, &w)) : 0;
        s->mixed[n] = (t > 0 && s->mixed[n]) || s->area[i] != s->area[n * s->T];
    }
}

/* Row of the table for token a and the first token of a row of the window; those of the next
 * tokens of that row are before it. */
static int64_t table_row(int64_t M, int64_t a, int64_t row)
{
    return (a / M - row + M - 1) * (2 * M - 1) + a % M + M - 1;
}

static void index_table(Tape *tape, WindowAttention *s)
{
    const int64_t M = s->shape.window, T = s->T;
    s->relative = tape_alloc(tape, (size_t)(T * T) * sizeof *s->relative);
    int64_t i = 0;
    for (int64_t a = 0; a < T; a++)
        for (int64_t row = 0; row < M; row++)
            for (int64_t col = 0; col < M; col++) s->relative[i++] = table_row(M, a, row) - col;
}

/* The bias of head k. column [rows]: its numbers of the table, the last row first, in which
 * those of a row of the window are side by side. */
static void expand_head(const WindowAttention *s, int64_t k, int64_t rows, Real *column)
{
    const int64_t M = s->shape.window, T = s->T;
    for (int64_t i = 0; i < rows; i++)
        column[rows - 1 - i] = s->table->data[i * s->shape.heads + k];
    for (int64_t a = 0; a < T; a++) {
        Real *bias = s->bias + (k * T + a) * s->t;
        for (int64_t row = 0; row < M; row++)
            memcpy(bias + row * M, column + rows - 1 - table_row(M, a, row),
                   (size_t)M * sizeof *bias);
        for (int64_t n = T; n < s->t; n++) bias[n] = 0;
    }
}

static void expand_bias(Tape *tape, WindowAttention *s)
{
    const int64_t h = s->shape.heads, side = 2 * s->shape.window - 1, rows = side * side;
    s->bias = tape_alloc(tape, (size_t)(h * s->T * s->t) * sizeof *s->bias);
    const TapeMark mark = tape_mark(tape);
    Real *columns = tape_alloc(tape, (size_t)(h * rows) * sizeof *columns);
    if (threads_here() == 1) {
        for (int64_t k = 0; k < h; k++) expand_head(s, k, rows, columns + k * rows);
    } else {
#pragma omp parallel for schedule(static)
        for (int64_t k = 0; k < h; k++) expand_head(s, k, rows, columns + k * rows);
    }
    tape_rewind(tape, mark);
}

void window_maps(Tape *tape, WindowAttention *s)
{
    index_windows(tape, s);
    if (tape_recording(tape)) index_table(tape, s);
    expand_bias(tape, s);
}

/* Tokens of different regions do not see each other. */
static void mask_row(const WindowAttention *s, const unsigned char *area, int64_t i, Real *row)
{
    for (int64_t j = 0; j < s->T; j++) row[j] += area[i] == area[j] ? 0 : -100;
}

void window_mask(const WindowAttention *s, int64_t n, int64_t i, int64_t rows, Real *p)
{
    for (int64_t k = 0; s->mixed[n] && k < rows; k++)
        mask_row(s, s->area + n * s->T, i + k, p + k * s->t);
}
