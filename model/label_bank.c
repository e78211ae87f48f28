/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of a label bank. */
#include "model/label_bank.h"

#include "core/error.h"
#include "core/math/bf16.h"
#include "core/mem.h"

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

void label_bank_free(LabelBank *bank)
{
    if (!bank) return;
    mem_free(bank->offset);
    mem_free(bank->rows);
    mem_free(bank->half);
    mem_free(bank);
}
