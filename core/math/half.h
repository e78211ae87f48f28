/* SPDX-License-Identifier: Apache-2.0 */
/* One number in bfloat16. For kernels, too (core/dialect.h). */
#ifndef RAMPLUS_CORE_MATH_HALF_H
#define RAMPLUS_CORE_MATH_HALF_H

#include "core/dialect.h"

/* The upper half of a float32 number, rounded to nearest even; NaN stays NaN. */
INLINE uint16_t bf16_of(float x)
{
    const uint32_t u = float_bits(x);
    const uint32_t rounded = u + 0x7fffu + (u >> 16 & 1u), quiet = u | 0x400000u;
    return (uint16_t)((x != x ? quiet : rounded) >> 16);
}

INLINE float bf16_number(uint16_t x) { return bits_float((uint32_t)x << 16); }

#endif
