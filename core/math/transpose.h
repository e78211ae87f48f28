/* SPDX-License-Identifier: Apache-2.0 */
/* Transposes small blocks by shuffles, which compilers do not find by themselves. */
#ifndef RAMPLUS_CORE_MATH_TRANSPOSE_H
#define RAMPLUS_CORE_MATH_TRANSPOSE_H

#include "core/math/lanes.h"

enum {
    TRANSPOSE_SIDE = 4, /* words of 32 bits */
    TRANSPOSE_MOST = LANE_BYTES / sizeof(uint32_t),
    TRANSPOSE_FOURS = TRANSPOSE_MOST / TRANSPOSE_SIDE
};
typedef uint32_t FourWords __attribute__((vector_size(TRANSPOSE_SIDE * sizeof(uint32_t))));
typedef uint32_t Words __attribute__((vector_size(LANE_BYTES)));

/* All fours of x side by side; and words i, j, k, l of every four of a and b, where 0 to 3 are
 * those of a, and TRANSPOSE_MOST + 0 to 3 those of b. */
#define WORDS_OF(four, i, j, k, l)                                                             \
    4 * (four) + (i), 4 * (four) + (j), 4 * (four) + (k), 4 * (four) + (l)
#if defined(__AVX512F__)
static inline Words words_join(const FourWords x[TRANSPOSE_FOURS])
{
    typedef uint32_t Half __attribute__((vector_size(LANE_BYTES / 2)));
    const Half low = __builtin_shufflevector(x[0], x[1], 0, 1, 2, 3, 4, 5, 6, 7);
    const Half high = __builtin_shufflevector(x[2], x[3], 0, 1, 2, 3, 4, 5, 6, 7);
    return __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
                                   15);
}
#define WORDS_PICK(a, b, ...)                                                                  \
    __builtin_shufflevector(a, b, WORDS_OF(0, __VA_ARGS__), WORDS_OF(1, __VA_ARGS__),          \
                            WORDS_OF(2, __VA_ARGS__), WORDS_OF(3, __VA_ARGS__))
#elif defined(__AVX__)
static inline Words words_join(const FourWords x[TRANSPOSE_FOURS])
{
    return __builtin_shufflevector(x[0], x[1], 0, 1, 2, 3, 4, 5, 6, 7);
}
#define WORDS_PICK(a, b, ...)                                                                  \
    __builtin_shufflevector(a, b, WORDS_OF(0, __VA_ARGS__), WORDS_OF(1, __VA_ARGS__))
#else
static inline Words words_join(const FourWords x[TRANSPOSE_FOURS]) { return x[0]; }
#define WORDS_PICK(a, b, ...) __builtin_shufflevector(a, b, WORDS_OF(0, __VA_ARGS__))
#endif

/* Four words of each of some rows that are four rows apart. */
LANES_INLINE Words words_load(const char *x, int64_t from, const int fours)
{
    FourWords part[TRANSPOSE_FOURS] = {{0}};
    for (int i = 0; i < fours; i++)
        memcpy(&part[i], x + TRANSPOSE_SIDE * i * from, sizeof part[i]);
    return words_join(part);
}

/* y [4, M] = the transpose of x [M, 4] for M = 4 fours, words of 32 bits. Rows are from and to
 * bytes apart. `fours` is a constant wherever this is called. */
LANES_INLINE void transpose_words(const void *x, int64_t from, void *y, int64_t to,
                                  const int fours)
{
    enum { B = TRANSPOSE_MOST };
    const char *in = x;
    char *out = y;
    const size_t bytes = (size_t)fours * sizeof(FourWords);
    const Words a = words_load(in, from, fours), b = words_load(in + from, from, fours),
                c = words_load(in + 2 * from, from, fours),
                d = words_load(in + 3 * from, from, fours);
    const Words ab[2] = {WORDS_PICK(a, b, 0, B, 1, B + 1),
                         WORDS_PICK(a, b, 2, B + 2, 3, B + 3)};
    const Words cd[2] = {WORDS_PICK(c, d, 0, B, 1, B + 1),
                         WORDS_PICK(c, d, 2, B + 2, 3, B + 3)};
    for (int i = 0; i < 2; i++) {
        const Words even = WORDS_PICK(ab[i], cd[i], 0, 1, B, B + 1);
        const Words odd = WORDS_PICK(ab[i], cd[i], 2, 3, B + 2, B + 3);
        memcpy(out + 2 * i * to, &even, bytes);
        memcpy(out + (2 * i + 1) * to, &odd, bytes);
    }
}

/* y [N, M] = the transpose of x [M, N], words of 32 bits. Rows are from and to bytes apart. */
static inline void transpose_matrix(int64_t M, int64_t N, const void *x, int64_t from, void *y,
                                    int64_t to)
{
    enum { WORD = sizeof(uint32_t), SIDE = TRANSPOSE_SIDE, MOST = TRANSPOSE_MOST };
    const int64_t most = M / MOST * MOST, rows = M / SIDE * SIDE, columns = N / SIDE * SIDE;
    const char *in = x;
    char *out = y;
    for (int64_t m = 0; m < most; m += MOST)
        for (int64_t n = 0; n < columns; n += SIDE)
            transpose_words(in + m * from + n * WORD, from, out + n * to + m * WORD, to,
                            TRANSPOSE_FOURS);
    for (int64_t m = most; m < rows; m += SIDE)
        for (int64_t n = 0; n < columns; n += SIDE)
            transpose_words(in + m * from + n * WORD, from, out + n * to + m * WORD, to, 1);
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
