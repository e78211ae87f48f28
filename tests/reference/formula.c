/* SPDX-License-Identifier: Apache-2.0 */
/* FNV-1a of the name, then one splitmix64 output per element. */
#include "tests/reference/formula.h"

#include "core/mem.h"
#include "core/rng.h"

#include <math.h>
#include <string.h>

static uint64_t start(const char *salt, const char *name)
{
    char *text = mem_format("%s/%s", salt, name);
    const uint64_t h = rng_hash(text);
    mem_free(text);
    return h;
}

static double uniform(uint64_t h, int64_t i)
{
    uint64_t z = h + ((uint64_t)i + 1) * 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z ^= z >> 31;
    return (double)(z >> 40) * 0x1p-24;
}

void formula_range(const char *salt, const char *name, double lo, double hi, int64_t n,
                   float *out)
{
    const uint64_t h = start(salt, name);
    for (int64_t i = 0; i < n; i++) out[i] = (float)(lo + (hi - lo) * uniform(h, i));
}

void formula_param(const char *salt, const char *name, int ndim, const int64_t *shape,
                   float *out)
{
    int64_t n = 1, fan_in = 1;
    for (int i = 0; i < ndim; i++) n *= shape[i];
    for (int i = 1; i < ndim; i++) fan_in *= shape[i];
    const size_t length = strlen(name);
    const double bound = sqrt(3.0 / (double)fan_in);
    if (strcmp(name, "reweight_scale") == 0)
        *out = (float)log(1 / 0.07);
    else if (strstr(name, "relative_position_bias_table"))
        formula_range(salt, name, -0.5, 0.5, n, out);
    else if (ndim > 1)
        formula_range(salt, name, -bound, bound, n, out);
    else if (length >= 6 && strcmp(name + length - 6, "weight") == 0)
        formula_range(salt, name, 0.9, 1.1, n, out);
    else
        formula_range(salt, name, -0.02, 0.02, n, out);
}

void formula_unit_rows(const char *salt, const char *name, int64_t rows, int64_t width,
                       float *out)
{
    const uint64_t h = start(salt, name);
    double *row = mem_alloc((size_t)width * sizeof *row);
    for (int64_t r = 0; r < rows; r++) {
        double sum = 0;
        for (int64_t i = 0; i < width; i++) {
            row[i] = -1 + 2 * uniform(h, r * width + i);
            sum += row[i] * row[i];
        }
        const double scale = sqrt(sum);
        for (int64_t i = 0; i < width; i++) out[r * width + i] = (float)(row[i] / scale);
    }
    mem_free(row);
}

void formula_bits(const char *salt, const char *name, double share, int64_t n, float *out)
{
    const uint64_t h = start(salt, name);
    for (int64_t i = 0; i < n; i++) out[i] = uniform(h, i) < share ? 1.0f : 0.0f;
}
