/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of a label bank. */
#include "model/label_bank.h"

#include "core/error.h"
#include "core/math/bf16.h"
#include "core/mem.h"

#include <math.h>
#include <string.h>

/* Without rows. */
static LabelBank *new_empty(int64_t tags, const int64_t *offset, int64_t dim)
{
    CHECK(tags > 0 && dim > 0 && offset[0] == 0, "%ld tags of width %ld", tags, dim);
    for (int64_t k = 0; k < tags; k++)
        CHECK(offset[k] < offset[k + 1], "tag %ld has no description", k);
    LabelBank *bank = mem_calloc(1, sizeof *bank);
    bank->tags = tags;
    bank->dim = dim;
    bank->offset = mem_calloc((size_t)tags + 1, sizeof *offset);
    memcpy(bank->offset, offset, (size_t)(tags + 1) * sizeof *offset);
    return bank;
}

LabelBank *label_bank_new(int64_t tags, const int64_t *offset, int64_t dim)
{
    LabelBank *bank = new_empty(tags, offset, dim);
    bank->rows = mem_alloc((size_t)label_bank_numbers(bank) * sizeof *bank->rows);
    return bank;
}

LabelBank *label_bank_new_halves(int64_t tags, const int64_t *offset, int64_t dim)
{
    LabelBank *bank = new_empty(tags, offset, dim);
    bank->half = mem_alloc((size_t)label_bank_numbers(bank) * sizeof *bank->half);
    return bank;
}

LabelBank *label_bank_new_mapped(int64_t tags, const int64_t *offset, int64_t dim, FileMap *map,
                                 bool half)
{
    LabelBank *bank = new_empty(tags, offset, dim);
    void *rows = (void *)(uintptr_t)file_map_data(map);
    bank->map = map;
    if (half)
        bank->half = rows;
    else
        bank->rows = rows;
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

int64_t label_bank_numbers(const LabelBank *bank)
{
    return bank->offset[bank->tags] * bank->dim;
}

const void *label_bank_data(const LabelBank *bank)
{
    return bank->half ? (const void *)bank->half : bank->rows;
}

static size_t number_bytes(const LabelBank *bank)
{
    return bank->half ? sizeof *bank->half : sizeof *bank->rows;
}

size_t label_bank_bytes(const LabelBank *bank)
{
    return (size_t)label_bank_numbers(bank) * number_bytes(bank);
}

const char *label_bank_dtype(const LabelBank *bank)
{
    return bank->half ? "bfloat16" : "float32";
}

int64_t label_bank_not_finite(const LabelBank *bank)
{
    const int64_t n = label_bank_numbers(bank);
    int64_t bad = 0;
    if (bank->half)
        for (int64_t i = 0; i < n; i++) bad += (bank->half[i] & 0x7f80) == 0x7f80;
    else
        for (int64_t i = 0; i < n; i++) bad += !isfinite(bank->rows[i]);
    return bad;
}

int label_bank_check(const LabelBank *bank, Error *err)
{
    return bank && bank->map ? file_map_check(bank->map, err) : 0;
}

/* Gives up the rows as they were. */
static void free_rows(LabelBank *bank)
{
    if (!bank->map) {
        mem_free(bank->rows);
        mem_free(bank->half);
    }
    file_map_free(bank->map);
    bank->map = NULL;
    bank->rows = NULL;
    bank->half = NULL;
}

void label_bank_halve(LabelBank *bank)
{
    if (bank->half) return;
    CHECK(!bank->map, "the rows are mapped");
    char *to = (char *)bank->rows; /* never beyond what has been read */
    const int64_t n = label_bank_numbers(bank);
    for (int64_t i = 0; i < n; i++) {
        const uint16_t half = bf16_of(bank->rows[i]);
        memcpy(to + (size_t)i * sizeof half, &half, sizeof half);
    }
    bank->half = mem_realloc(bank->rows, (size_t)n * sizeof *bank->half);
    bank->rows = NULL;
}

LabelBank *label_bank_halved(const LabelBank *bank)
{
    LabelBank *out = label_bank_new_halves(bank->tags, bank->offset, bank->dim);
    const int64_t n = label_bank_numbers(bank);
    CHECK(bank->rows, "the rows are rounded");
    for (int64_t i = 0; i < n; i++) out->half[i] = bf16_of(bank->rows[i]);
    return out;
}

/* Row r as float32: borrowed, or expanded into `memory` [dim]. */
static const float *row_at(const LabelBank *bank, int64_t r, float *memory)
{
    if (bank->rows) return bank->rows + r * bank->dim;
    for (int64_t e = 0; e < bank->dim; e++)
        memory[e] = bf16_number(bank->half[r * bank->dim + e]);
    return memory;
}

/* Copies n rows of `from` to row `at` of a bank of the same width, whose numbers are of the
 * same type or float32. */
static void copy_rows(const LabelBank *from, int64_t first, int64_t n, LabelBank *to,
                      int64_t at)
{
    const int64_t E = to->dim;
    const size_t row = (size_t)E * number_bytes(to);
    if (!from->half == !to->half) {
        char *start = (char *)(uintptr_t)label_bank_data(to);
        memcpy(start + (size_t)at * row,
               (const char *)label_bank_data(from) + (size_t)first * row, (size_t)n * row);
        return;
    }
    for (int64_t r = 0; r < n; r++) row_at(from, first + r, to->rows + (at + r) * E);
}

LabelBank *label_bank_join(const LabelBank *a, const LabelBank *b, const int64_t *pick,
                           int64_t n)
{
    CHECK(a->dim == b->dim, "width %ld and %ld", a->dim, b->dim);
    const int64_t tags = a->tags + n;
    int64_t *offset = mem_calloc((size_t)tags + 1, sizeof *offset);
    memcpy(offset, a->offset, (size_t)(a->tags + 1) * sizeof *offset);
    for (int64_t i = 0; i < n; i++)
        offset[a->tags + i + 1] =
            offset[a->tags + i] + b->offset[pick[i] + 1] - b->offset[pick[i]];
    LabelBank *bank =
        (a->half && b->half ? label_bank_new_halves : label_bank_new)(tags, offset, a->dim);
    copy_rows(a, 0, a->offset[a->tags], bank, 0);
    for (int64_t i = 0; i < n; i++)
        copy_rows(b, b->offset[pick[i]], offset[a->tags + i + 1] - offset[a->tags + i], bank,
                  offset[a->tags + i]);
    mem_free(offset);
    return bank;
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
    CHECK(bank->rows && !bank->map, "the rows are rounded or mapped");
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
    free_rows(bank);
    mem_free(bank);
}
