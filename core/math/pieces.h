/* SPDX-License-Identifier: Apache-2.0 */
/* Division into pieces of one size. */
#ifndef RAMPLUS_CORE_MATH_PIECES_H
#define RAMPLUS_CORE_MATH_PIECES_H

#include <stdint.h>

static inline int64_t least_of(int64_t a, int64_t b) { return a < b ? a : b; }

/* The pieces of n, the last of which may be smaller. */
static inline int64_t pieces_of(int64_t n, int64_t size) { return (n + size - 1) / size; }

/* n in whole pieces. */
static inline int64_t pieces_round(int64_t n, int64_t size)
{
    return pieces_of(n, size) * size;
}

#endif
