/* SPDX-License-Identifier: Apache-2.0 */
/* Random bits for rounding, for kernels. */
#ifndef RAMPLUS_CORE_MATH_VEC_NOISE_H
#define RAMPLUS_CORE_MATH_VEC_NOISE_H

#include "core/dialect.h"

typedef struct VecNoise {
    uint32_t key[2], counter[4]; /* of a Philox stream (core/philox.h) */
    uint64_t start;              /* its first block, which serves the first 4 numbers */
} VecNoise;

#endif
