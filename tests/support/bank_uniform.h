/* SPDX-License-Identifier: Apache-2.0 */
/* A label bank with the same number of descriptions for every tag; rows are uninitialized. In a
 * header, since tools that do not link the tests use it, too. */
#ifndef RAMPLUS_TESTS_SUPPORT_BANK_UNIFORM_H
#define RAMPLUS_TESTS_SUPPORT_BANK_UNIFORM_H

#include "core/mem.h"
#include "model/label_bank.h"

/* Owned: label_bank_free. */
static inline LabelBank *bank_uniform(int64_t tags, int64_t descriptions, int64_t dim)
{
    int64_t *offset = mem_calloc((size_t)tags + 1, sizeof *offset);
    for (int64_t k = 0; k <= tags; k++) offset[k] = k * descriptions;
    LabelBank *bank = label_bank_new(tags, offset, dim);
    mem_free(offset);
    return bank;
}

#endif
