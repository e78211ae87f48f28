/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors of numbers as wide as those of the processor, for loops that compilers do not
 * vectorize alike: sums and maxima of a row. The order of the sums is stated, so that the bits
 * depend on the width alone, not on the compiler. */
#ifndef RAMPLUS_CORE_MATH_LANES_H
#define RAMPLUS_CORE_MATH_LANES_H

#include "core/math/real.h"

#include <stdint.h>
#include <string.h>

#ifdef __AVX512F__
enum { LANE_BYTES = 64 };
#elif defined(__AVX__)
enum { LANE_BYTES = 32 };
#else
enum { LANE_BYTES = 16 };
#endif
/* A function that is compiled into each caller, for the constants that it passes: a call would
 * take as long as what such functions do. */
#define LANES_INLINE static inline __attribute__((always_inline))

enum {
    LANE_COUNT = LANE_BYTES / sizeof(Real),
    LANE_UNIT = 16, /* rows of a multiple of this are whole vectors on any processor */
};

typedef Real Lanes __attribute__((vector_size(LANE_BYTES)));
#ifdef RAMPLUS_DOUBLE
typedef int64_t LaneMask __attribute__((vector_size(LANE_BYTES)));
#else
typedef int32_t LaneMask __attribute__((vector_size(LANE_BYTES)));
#endif

static inline Lanes lanes_load(const Real *x)
{
    Lanes y;
    memcpy(&y, x, sizeof y);
    return y;
}

static inline void lanes_store(Lanes x, Real *y) { memcpy(y, &x, sizeof x); }

/* n <= LANE_COUNT numbers, and 0 in the other lanes; stores n of them. A call of memcpy with n
 * would take longer than all that is done with them. */
#ifdef __AVX512F__
#ifdef RAMPLUS_DOUBLE
#define LANES_LOAD_SOME  __builtin_ia32_loadupd512_mask
#define LANES_STORE_SOME __builtin_ia32_storeupd512_mask
typedef unsigned char SomeLanes;
#else
#define LANES_LOAD_SOME  __builtin_ia32_loadups512_mask
#define LANES_STORE_SOME __builtin_ia32_storeups512_mask
typedef unsigned short SomeLanes;
#endif

static inline Lanes lanes_load_some(const Real *x, int64_t n)
{
    return LANES_LOAD_SOME((const void *)x, (Lanes){0}, (SomeLanes)((1u << n) - 1));
}

static inline void lanes_store_some(Lanes x, Real *y, int64_t n)
{
    LANES_STORE_SOME((void *)y, x, (SomeLanes)((1u << n) - 1));
}
#else
static inline Lanes lanes_load_some(const Real *x, int64_t n)
{
    Lanes y = {0};
    memcpy(&y, x, (size_t)n * sizeof *x);
    return y;
}

static inline void lanes_store_some(Lanes x, Real *y, int64_t n)
{
    memcpy(y, &x, (size_t)n * sizeof *y);
}
#endif

/* x in a register: gcc would otherwise load it again wherever a large loop uses it. */
static inline Lanes lanes_keep(Lanes x)
{
#ifdef __AVX__
    __asm__("" : "+v"(x));
#endif
    return x;
}

/* The greater of each two; the second where one is NaN. */
static inline Lanes lanes_max(Lanes a, Lanes b)
{
    const LaneMask more = a > b;
    return (Lanes)(((LaneMask)a & more) | ((LaneMask)b & ~more));
}

/* x with lane i in the place of lane i ^ d, d < LANE_COUNT. */
#define LANE_AT(i, d)    (((i) ^ (d)) % LANE_COUNT)
#define LANES_TWO(i, d)  LANE_AT(i, d), LANE_AT((i) + 1, d)
#define LANES_FOUR(i, d) LANES_TWO(i, d), LANES_TWO((i) + 2, d)
#if defined(__AVX512F__)
#define LANES_WIDE(d) LANES_FOUR(0, d), LANES_FOUR(4, d)
#elif defined(__AVX__)
#define LANES_WIDE(d) LANES_FOUR(0, d)
#else
#define LANES_WIDE(d) LANES_TWO(0, d)
#endif
#ifdef RAMPLUS_DOUBLE
#define LANES_SWAP(x, d) __builtin_shufflevector(x, x, LANES_WIDE(d))
#else
#define LANES_SWAP(x, d)                                                                       \
    __builtin_shufflevector(x, x, LANES_WIDE(d), LANES_WIDE((d) ^ (LANE_COUNT / 2)))
#endif

/* x[0] + x[1] + ..., each half of the lanes to the other. */
static inline Real lanes_sum(Lanes x)
{
    if (LANE_COUNT > 8) x += LANES_SWAP(x, 8);
    if (LANE_COUNT > 4) x += LANES_SWAP(x, 4);
    if (LANE_COUNT > 2) x += LANES_SWAP(x, 2);
    x += LANES_SWAP(x, 1);
    return x[0];
}

static inline Real lanes_greatest(Lanes x)
{
    if (LANE_COUNT > 8) x = lanes_max(x, LANES_SWAP(x, 8));
    if (LANE_COUNT > 4) x = lanes_max(x, LANES_SWAP(x, 4));
    if (LANE_COUNT > 2) x = lanes_max(x, LANES_SWAP(x, 2));
    return lanes_max(x, LANES_SWAP(x, 1))[0];
}

#endif
