/* SPDX-License-Identifier: Apache-2.0 */
/* Transposes small blocks by shuffles, which compilers do not find by themselves. */
#ifndef RAMPLUS_CORE_MATH_TRANSPOSE_H
#define RAMPLUS_CORE_MATH_TRANSPOSE_H

#include "core/math/real.h"

#include <stdint.h>
#include <string.h>

enum { TRANSPOSE_SIDE = 4 };

typedef uint32_t FourWords __attribute__((vector_size(TRANSPOSE_SIDE * sizeof(uint32_t))));

static inline FourWords transpose_load(const char *x)
{
    FourWords y;
    memcpy(&y, x, sizeof y);
    return y;
}

/* y [4, 4] = the transpose of x [4, 4], words of 32 bits. Rows are from and to bytes apart. */
static inline void transpose_words(const void *x, int64_t from, void *y, int64_t to)
{
    const char *in = x;
    char *out = y;
    const FourWords a = transpose_load(in), b = transpose_load(in + from),
                    c = transpose_load(in + 2 * from), d = transpose_load(in + 3 * from);
    const FourWords ab[2] = {__builtin_shufflevector(a, b, 0, 4, 1, 5),
                             __builtin_shufflevector(a, b, 2, 6, 3, 7)};
    const FourWords cd[2] = {__builtin_shufflevector(c, d, 0, 4, 1, 5),
                             __builtin_shufflevector(c, d, 2, 6, 3, 7)};
    for (int i = 0; i < 2; i++) {
        const FourWords even = __builtin_shufflevector(ab[i], cd[i], 0, 1, 4, 5);
        const FourWords odd = __builtin_shufflevector(ab[i], cd[i], 2, 3, 6, 7);
        memcpy(out + 2 * i * to, &even, sizeof even);
        memcpy(out + (2 * i + 1) * to, &odd, sizeof odd);
    }
}

/* y [N, M] = the transpose of x [M, N], words of 32 bits. Rows are from and to bytes apart. */
static inline void transpose_matrix(int64_t M, int64_t N, const void *x, int64_t from, void *y,
                                    int64_t to)
{
    enum { SIDE = TRANSPOSE_SIDE, WORD = sizeof(uint32_t) };
    const int64_t rows = M / SIDE * SIDE, columns = N / SIDE * SIDE;
    const char *in = x;
    char *out = y;
    for (int64_t m = 0; m < rows; m += SIDE)
        for (int64_t n = 0; n < columns; n += SIDE)
            transpose_words(in + m * from + n * WORD, from, out + n * to + m * WORD, to);
    for (int64_t m = 0; m < M; m++)
        for (int64_t n = m < rows ? columns : 0; n < N; n++)
            memcpy(out + n * to + m * WORD, in + m * from + n * WORD, WORD);
}

/* The same of numbers, whose rows are from and to numbers apart. */
static inline void transpose_numbers(int64_t M, int64_t N, const Real *x, int64_t from, Real *y,
                                     int64_t to)
{
    const int64_t size = sizeof *x;
    if (size == sizeof(uint32_t)) {
        transpose_matrix(M, N, x, from * size, y, to * size);
        return;
    }
    for (int64_t m = 0; m < M; m++)
        for (int64_t n = 0; n < N; n++) y[n * to + m] = x[m * from + n];
}

#endif
