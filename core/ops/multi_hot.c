/* SPDX-License-Identifier: Apache-2.0 */
/* Targets of zeros and ones from sets of ids, and of -1 where nobody knows. */
#include "core/error.h"
#include "core/ops/ops.h"

#include <string.h>

static void set_row(IdSets sets, int64_t b, int64_t first, int64_t K, Real value, Real *y)
{
    CHECK(sets.offset[b] >= 0 && sets.offset[b] <= sets.offset[b + 1],
          "set %ld is %ld to %ld: offsets must rise", b, sets.offset[b], sets.offset[b + 1]);
    for (int64_t i = sets.offset[b]; i < sets.offset[b + 1]; i++) {
        const int64_t k = sets.id[i] - first;
        if (k >= 0 && k < K) y[k] = value;
    }
}

Tensor *op_multi_hot(Tape *tape, int64_t B, IdSets sets, int64_t first, int64_t K)
{
    Tensor *y = tape_tensor(tape, 2, (int64_t[]){B, K});
    memset(y->data, 0, (size_t)(B * K) * sizeof *y->data);
    for (int64_t b = 0; b < B; b++) set_row(sets, b, first, K, 1, y->data + b * K);
    return y;
}

void op_multi_hot_unknown(Tensor *y, IdSets sets, int64_t first)
{
    const int64_t B = y->shape[0], K = y->shape[1];
    for (int64_t b = 0; sets.offset && b < B; b++)
        set_row(sets, b, first, K, TARGET_UNKNOWN, y->data + b * K);
}
