/* SPDX-License-Identifier: Apache-2.0 */
/* Element types of foreign tensor files, and their conversion to float32. */
#ifndef RAMPLUS_CORE_MATH_DTYPE_H
#define RAMPLUS_CORE_MATH_DTYPE_H

#include <stdbool.h>
#include <stdint.h>

/* Converts n little-endian elements, at any alignment, to float32 (round to nearest). */
typedef void DtypeConvert(const uint8_t *in, int64_t n, float *out);

typedef struct Dtype {
    const char *name;      /* as in safetensors: "F32", "BF16", "I64", ... */
    int64_t bytes;         /* size of one element */
    DtypeConvert *convert; /* NULL: only the size is known, numbers cannot be read */
} Dtype;

const Dtype *dtype_find(const char *name); /* NULL if unknown */

#endif
