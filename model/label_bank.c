/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of a label bank. */
#include "model/label_bank.h"

#include "core/error.h"
#include "core/math/bf16.h"
#include "core/mem.h"

#include <math.h>
#include <string.h>

LabelBank *label_bank_new(int64_t tags, const int64_t *offset, int64_t dim)
{
    CHECK(tags > 0 && dim > 0 && offset[0] == 0, "%ld tags of width %ld", tags, dim);
    for (int64_t k = 0; k < tags; k++)
        CHECK(offset[k] < offset[k + 1], "tag %ld has no description", k);
    LabelBank *bank = mem_calloc(1, sizeof *bank);
    bank->tags = tags;
    bank->dim = dim;
    bank->offset = mem_calloc((size_t)tags + 1, sizeof *offset);
    memcpy(bank->offset, offset, (size_t)(tags + 1) * sizeof *offset);
    bank->rows = mem_alloc((size_t)(offset[tags] * dim) * sizeof *bank->rows);
    return bank;
}

LabelBank *label_bank_uniform(int64_t tags, int64_t descriptions, int64_t dim)
{
    CHECK(tags > 0 && descriptions > 0, "%ld tags, %ld descriptions", tags, descriptions);
    int64_t *offset = mem_calloc((size_t)tags + 1, sizeof *offset);
    for (int64_t k = 0; k <= tags; k++) offset[k] = k * descriptions;
    LabelBank *bank = label_bank_new(tags, offset, dim);
    mem_free(offset);
    return bank;
}

static const char *bytes_of(const LabelBank *bank)
{
    return bank->half ? (const char *)bank->half : (const char *)bank->rows;
}

/* The memory of the rows holds half as large numbers. */
static void hold_halves(LabelBank *bank)
{
    const size_t n = (size_t)(bank->offset[bank->tags] * bank->dim);
    bank->half = mem_realloc(bank->rows, n * sizeof *bank->half);
    bank->rows = NULL;
}

void label_bank_halve(LabelBank *bank)
{
    if (bank->half) return;
    char *to = (char *)bank->rows; /* never beyond what has been read */
    const int64_t n = bank->offset[bank->tags] * bank->dim;
    for (int64_t i = 0; i < n; i++) {
        const uint16_t half = bf16_of(bank->rows[i]);
        memcpy(to + (size_t)i * sizeof half, &half, sizeof half);
    }
    hold_halves(bank);
}

LabelBank *label_bank_join(const LabelBank *a, const LabelBank *b, const int64_t *pick,
                           int64_t n)
{
    CHECK(a->dim == b->dim, "width %ld and %ld", a->dim, b->dim);
    CHECK(!a->half == !b->half, "two precisions");
    const int64_t tags = a->tags + n;
    const size_t row = (size_t)a->dim * (a->half ? sizeof *a->half : sizeof *a->rows);
    int64_t *offset = mem_calloc((size_t)tags + 1, sizeof *offset);
    memcpy(offset, a->offset, (size_t)(a->tags + 1) * sizeof *offset);
    for (int64_t i = 0; i < n; i++)
        offset[a->tags + i + 1] =
            offset[a->tags + i] + b->offset[pick[i] + 1] - b->offset[pick[i]];
    LabelBank *bank = label_bank_new(tags, offset, a->dim);
    char *to = (char *)bank->rows;
    memcpy(to, bytes_of(a), (size_t)a->offset[a->tags] * row);
    for (int64_t i = 0; i < n; i++) {
        const int64_t from = offset[a->tags + i], rows = offset[a->tags + i + 1] - from;
        memcpy(to + (size_t)from * row, bytes_of(b) + (size_t)b->offset[pick[i]] * row,
               (size_t)rows * row);
    }
    if (a->half) hold_halves(bank);
    mem_free(offset);
    return bank;
}

/* Row r as float32: borrowed, or expanded into `memory` [dim]. */
static const float *row_at(const LabelBank *bank, int64_t r, float *memory)
{
    if (bank->rows) return bank->rows + r * bank->dim;
    for (int64_t e = 0; e < bank->dim; e++) {
        const uint32_t bits = (uint32_t)bank->half[r * bank->dim + e] << 16;
        memcpy(memory + e, &bits, sizeof bits);
    }
    return memory;
}

void label_bank_mean(const LabelBank *bank, int64_t first, int64_t K, float *out)
{
    const int64_t E = bank->dim;
    float *memory = mem_alloc((size_t)E * sizeof *memory);
    double *sum = mem_alloc((size_t)E * sizeof *sum);
    for (int64_t k = 0; k < K; k++) {
        const int64_t from = bank->offset[first + k], to = bank->offset[first + k + 1];
        for (int64_t e = 0; e < E; e++) sum[e] = 0;
        for (int64_t r = from; r < to; r++) {
            const float *row = row_at(bank, r, memory);
            for (int64_t e = 0; e < E; e++) sum[e] += (double)row[e];
        }
        for (int64_t e = 0; e < E; e++) out[k * E + e] = (float)(sum[e] / (double)(to - from));
    }
    mem_free(sum);
    mem_free(memory);
}

void label_bank_first(const LabelBank *bank, int64_t first, int64_t K, float *out)
{
    const int64_t E = bank->dim;
    for (int64_t k = 0; k < K; k++) {
        const float *row = row_at(bank, bank->offset[first + k], out + k * E);
        if (row != out + k * E) memcpy(out + k * E, row, (size_t)E * sizeof *row);
    }
}

/* Scales a vector to unit length. False if it has none. */
static bool make_unit(int64_t n, float *x)
{
    double squares = 0;
    for (int64_t i = 0; i < n; i++) squares += (double)x[i] * (double)x[i];
    if (!(squares > 0)) return false;
    for (int64_t i = 0; i < n; i++) x[i] = (float)((double)x[i] / sqrt(squares));
    return true;
}

void label_bank_units(const LabelBank *bank, int64_t first, int64_t K, float *out)
{
    label_bank_mean(bank, first, K, out);
    for (int64_t k = 0; k < K; k++)
        if (!make_unit(bank->dim, out + k * bank->dim)) out[k * bank->dim] = NAN;
}

int label_bank_ensemble(LabelBank *bank, Error *err)
{
    CHECK(bank->rows, "the rows are rounded");
    const int64_t K = bank->tags, E = bank->dim;
    float *mean = mem_alloc((size_t)(K * E) * sizeof *mean);
    label_bank_mean(bank, 0, K, mean);
    int64_t made = 0;
    while (made < K && make_unit(E, mean + made * E)) made++;
    for (int64_t k = 0; k <= K; k++) bank->offset[k] = k;
    mem_free(bank->rows);
    bank->rows = mean;
    if (made == K) return 0;
    return error_set(err, ERROR_DATA, "tag %ld: the vectors of its texts cancel out", made + 1);
}

void label_bank_free(LabelBank *bank)
{
    if (!bank) return;
    mem_free(bank->offset);
    mem_free(bank->rows);
    mem_free(bank->half);
    mem_free(bank);
}
