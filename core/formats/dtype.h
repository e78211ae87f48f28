/* SPDX-License-Identifier: Apache-2.0 */
/* Element types of foreign tensor files, and their conversion to float32. */
#ifndef RAMPLUS_CORE_FORMATS_DTYPE_H
#define RAMPLUS_CORE_FORMATS_DTYPE_H

#include <stdbool.h>
#include <stdint.h>

/* n little-endian elements, at any alignment, to float32 (nearest). */
typedef void DtypeConvert(const uint8_t *in, int64_t n, float *out);

typedef struct Dtype {
    const char *name;      /* as safetensors spells it: "F32", "BF16", "I64", ... */
    int64_t bytes;         /* of one element */
    DtypeConvert *convert; /* NULL: known by size only, not read as numbers */
} Dtype;

const Dtype *dtype_find(const char *name); /* NULL when unknown */

#endif
