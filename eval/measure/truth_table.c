/* SPDX-License-Identifier: Apache-2.0 */
/* Labels as pairs of bits: 0, 1, and 3 for -1. */
#include "eval/measure/truth_table.h"

#include "core/error.h"
#include "core/mem.h"

static int64_t stride(const TruthTable *t) { return (t->images + 3) / 4; }

TruthTable truth_table_new(int64_t images, int64_t tags)
{
    TruthTable t = {.images = images, .tags = tags};
    t.bits = mem_calloc((size_t)stride(&t), (size_t)tags);
    return t;
}

void truth_table_free(TruthTable *t)
{
    mem_free(t->bits);
    *t = (TruthTable){0};
}

void truth_table_set(TruthTable *t, int64_t image, int64_t tag, int value)
{
    CHECK(image >= 0 && image < t->images && tag >= 0 && tag < t->tags, "image %ld, tag %ld",
          image, tag);
    CHECK(value >= -1 && value <= 1, "label %d", value);
    t->bits[tag * stride(t) + image / 4] |= (uint8_t)((value & 3) << image % 4 * 2);
    t->unknown += value < 0;
}

static int8_t label(const uint8_t *column, int64_t image)
{
    const int bits = column[image / 4] >> image % 4 * 2 & 3;
    return (int8_t)(bits == 3 ? -1 : bits);
}

int truth_table_get(const TruthTable *t, int64_t image, int64_t tag)
{
    return label(t->bits + tag * stride(t), image);
}

void truth_table_column(const TruthTable *t, int64_t tag, int8_t *out)
{
    const uint8_t *column = t->bits + tag * stride(t);
    for (int64_t i = 0; i < t->images; i++) out[i] = label(column, i);
}

void truth_table_rows(const TruthTable *t, int64_t first, int64_t n, int8_t *out)
{
    for (int64_t k = 0; k < t->tags; k++) {
        const uint8_t *column = t->bits + k * stride(t);
        for (int64_t i = 0; i < n; i++) out[i * t->tags + k] = label(column, first + i);
    }
}
