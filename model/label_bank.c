/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of a label bank. */
#include "model/label_bank.h"

#include "core/error.h"
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

LabelBank *label_bank_join(const LabelBank *a, const LabelBank *b, const int64_t *pick,
                           int64_t n)
{
    CHECK(a->dim == b->dim, "width %ld and %ld", a->dim, b->dim);
    const int64_t tags = a->tags + n;
    const size_t row = (size_t)a->dim * sizeof *a->rows;
    int64_t *offset = mem_calloc((size_t)tags + 1, sizeof *offset);
    memcpy(offset, a->offset, (size_t)(a->tags + 1) * sizeof *offset);
    for (int64_t i = 0; i < n; i++)
        offset[a->tags + i + 1] =
            offset[a->tags + i] + b->offset[pick[i] + 1] - b->offset[pick[i]];
    LabelBank *bank = label_bank_new(tags, offset, a->dim);
    memcpy(bank->rows, a->rows, (size_t)a->offset[a->tags] * row);
    for (int64_t i = 0; i < n; i++) {
        const int64_t from = offset[a->tags + i], rows = offset[a->tags + i + 1] - from;
        memcpy(bank->rows + from * a->dim, b->rows + b->offset[pick[i]] * b->dim,
               (size_t)rows * row);
    }
    mem_free(offset);
    return bank;
}

void label_bank_free(LabelBank *bank)
{
    if (!bank) return;
    mem_free(bank->offset);
    mem_free(bank->rows);
    mem_free(bank);
}
