/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors of sums, and numbers one by one at the end of a row. Functions are compiled for each
 * type of rows. */
#include "core/math/bank_rows.h"

#include "core/math/fuse.h"
#include "core/math/half.h"
#include "core/math/lanes.h"
#include "core/math/prefetch.h"

enum {
    ROWS = 4,  /* of dot products at a time: they share the loads of u */
    BLOCK = 8, /* vectors of a weighted sum that stay in registers */
};

typedef uint16_t Halves __attribute__((vector_size(LANE_COUNT * sizeof(uint16_t))));
typedef uint32_t Bits __attribute__((vector_size(LANE_COUNT * sizeof(uint32_t))));
typedef float Singles __attribute__((vector_size(LANE_COUNT * sizeof(float))));

/* Numbers i, i + 1, ... of the rows. */
LANES_INLINE Lanes load(BankRows rows, int64_t i)
{
    Singles x;
    if (rows.half) {
        Halves half;
        memcpy(&half, rows.half + i, sizeof half);
        x = (Singles)(__builtin_convertvector(half, Bits) << 16);
    } else {
        memcpy(&x, rows.whole + i, sizeof x);
    }
    return __builtin_convertvector(x, Lanes);
}

LANES_INLINE Real number(BankRows rows, int64_t i)
{
    return (Real)(rows.half ? bf16_number(rows.half[i]) : rows.whole[i]);
}

/* n numbers from number i on. */
LANES_INLINE void fetch_numbers(BankRows rows, int64_t i, int64_t n)
{
    if (rows.half)
        prefetch_read(rows.half + i, n * (int64_t)sizeof *rows.half);
    else
        prefetch_read(rows.whole + i, n * (int64_t)sizeof *rows.whole);
}

/* `n` is a constant. */
LANES_INLINE void dot_some(BankRows rows, int64_t first, const int n, const Real *u, Real *y)
{
    FUSE Lanes sum[ROWS] = {{0}};
    const int64_t E = rows.E, at = first * E;
    int64_t e = 0;
    for (; e + LANE_COUNT <= E; e += LANE_COUNT) {
        const Lanes v = lanes_load(u + e);
        for (int r = 0; r < n; r++) sum[r] += v * load(rows, at + r * E + e);
    }
    for (int r = 0; r < n; r++) {
        y[r] = lanes_sum(sum[r]);
        for (int64_t i = e; i < E; i++) y[r] += u[i] * number(rows, at + r * E + i);
    }
}

LANES_INLINE void dot(BankRows rows, int64_t n, int64_t next, const Real *u, Real *y)
{
    int64_t p = 0;
    for (; p + ROWS <= n; p += ROWS) {
        if (p + ROWS <= next) fetch_numbers(rows, (n + p) * rows.E, ROWS * rows.E);
        dot_some(rows, p, ROWS, u, y + p);
    }
    for (; p < n; p++) dot_some(rows, p, 1, u, y + p);
}

LANES_INLINE void sum(BankRows rows, int64_t n, const Real *w, Real *y)
{
    FUSE const int64_t E = rows.E;
    int64_t e = 0;
    for (; e + BLOCK * LANE_COUNT <= E; e += BLOCK * LANE_COUNT) {
        Lanes part[BLOCK] = {{0}};
        for (int64_t p = 0; p < n; p++)
            for (int b = 0; b < BLOCK; b++)
                part[b] += w[p] * load(rows, p * E + e + b * LANE_COUNT);
        for (int b = 0; b < BLOCK; b++) lanes_store(part[b], y + e + b * LANE_COUNT);
    }
    for (int64_t i = e; i < E; i++) y[i] = 0;
    for (int64_t p = 0; p < n; p++)
        for (int64_t i = e; i < E; i++) y[i] += w[p] * number(rows, p * E + i);
}

void bank_rows_dot(BankRows rows, int64_t n, int64_t next, const Real *u, Real *y)
{
    if (rows.half)
        dot((BankRows){.E = rows.E, .half = rows.half}, n, next, u, y);
    else
        dot((BankRows){.E = rows.E, .whole = rows.whole}, n, next, u, y);
}

void bank_rows_sum(BankRows rows, int64_t n, const Real *w, Real *y)
{
    if (rows.half)
        sum((BankRows){.E = rows.E, .half = rows.half}, n, w, y);
    else
        sum((BankRows){.E = rows.E, .whole = rows.whole}, n, w, y);
}
