/* SPDX-License-Identifier: Apache-2.0 */
/* Element types of foreign tensor files. Every load uses memcpy because data may be
 * unaligned. */
#include "core/math/dtype.h"

#include <stddef.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "tensor files are little-endian");

static void from_f32(const uint8_t *in, int64_t n, float *out)
{
    memcpy(out, in, (size_t)n * sizeof *out);
}

static void from_f64(const uint8_t *in, int64_t n, float *out)
{
    double x;
    for (int64_t i = 0; i < n; i++) out[i] = (float)*(double *)memcpy(&x, in + 8 * i, 8);
}

/* Half to float: shifts the fields into place, then corrects the exponent bias by a product,
 * which also normalizes subnormal numbers. */
static void from_f16(const uint8_t *in, int64_t n, float *out)
{
    for (int64_t i = 0; i < n; i++) {
        uint32_t half = in[2 * i] | (uint32_t)in[2 * i + 1] << 8;
        uint32_t bits = (half & 0x7fff) << 13;
        float x;
        memcpy(&x, &bits, 4);
        x *= 0x1p112f;
        memcpy(&bits, &x, 4);
        if ((half & 0x7c00) == 0x7c00) bits = 0x7f800000 | (half & 0x3ff) << 13;
        bits |= (half & 0x8000) << 16;
        memcpy(out + i, &bits, 4);
    }
}

static void from_bf16(const uint8_t *in, int64_t n, float *out)
{
    for (int64_t i = 0; i < n; i++) {
        uint32_t bits = (uint32_t)in[2 * i] << 16 | (uint32_t)in[2 * i + 1] << 24;
        memcpy(out + i, &bits, 4);
    }
}

static void from_u8(const uint8_t *in, int64_t n, float *out)
{
    for (int64_t i = 0; i < n; i++) out[i] = in[i];
}

static void from_bool(const uint8_t *in, int64_t n, float *out)
{
    for (int64_t i = 0; i < n; i++) out[i] = in[i] != 0 ? 1.0f : 0.0f;
}

static void from_i8(const uint8_t *in, int64_t n, float *out)
{
    for (int64_t i = 0; i < n; i++) out[i] = (int8_t)in[i];
}

static void from_u16(const uint8_t *in, int64_t n, float *out)
{
    uint16_t x;
    for (int64_t i = 0; i < n; i++) out[i] = *(uint16_t *)memcpy(&x, in + 2 * i, 2);
}

static void from_i16(const uint8_t *in, int64_t n, float *out)
{
    int16_t x;
    for (int64_t i = 0; i < n; i++) out[i] = *(int16_t *)memcpy(&x, in + 2 * i, 2);
}

static void from_u32(const uint8_t *in, int64_t n, float *out)
{
    uint32_t x;
    for (int64_t i = 0; i < n; i++) out[i] = (float)*(uint32_t *)memcpy(&x, in + 4 * i, 4);
}

static void from_i32(const uint8_t *in, int64_t n, float *out)
{
    int32_t x;
    for (int64_t i = 0; i < n; i++) out[i] = (float)*(int32_t *)memcpy(&x, in + 4 * i, 4);
}

static void from_u64(const uint8_t *in, int64_t n, float *out)
{
    uint64_t x;
    for (int64_t i = 0; i < n; i++) out[i] = (float)*(uint64_t *)memcpy(&x, in + 8 * i, 8);
}

static void from_i64(const uint8_t *in, int64_t n, float *out)
{
    int64_t x;
    for (int64_t i = 0; i < n; i++) out[i] = (float)*(int64_t *)memcpy(&x, in + 8 * i, 8);
}

static const Dtype dtypes[] = {
    {"F32", 4, from_f32}, {"F64", 8, from_f64},   {"F16", 2, from_f16}, {"BF16", 2, from_bf16},
    {"U8", 1, from_u8},   {"BOOL", 1, from_bool}, {"I8", 1, from_i8},   {"U16", 2, from_u16},
    {"I16", 2, from_i16}, {"U32", 4, from_u32},   {"I32", 4, from_i32}, {"U64", 8, from_u64},
    {"I64", 8, from_i64}, {"F8_E4M3", 1, NULL},   {"F8_E5M2", 1, NULL}, {"F8_E8M0", 1, NULL},
    {"C64", 8, NULL},     {"C128", 16, NULL},
};

const Dtype *dtype_find(const char *name)
{
    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++)
        if (strcmp(dtypes[i].name, name) == 0) return &dtypes[i];
    return NULL;
}
