/* SPDX-License-Identifier: Apache-2.0 */
#include "core/ops/column_sum.h"

#include "core/math/threads.h"
#include "core/ops/column_sum.cl"

enum { SLICES = 64, SLICE_ROWS = 16 /* or more: fewer cost more to add up than they help */ };

int64_t column_slices(int64_t M)
{
    const int64_t wanted = M / SLICE_ROWS;
    return wanted < 1 ? 1 : wanted < SLICES ? wanted : SLICES;
}

void column_sum(Tape *tape, int64_t M, int64_t N, const Real *x, Real *out)
{
    const TapeMark mark = tape_mark(tape);
    const int64_t slices = column_slices(M);
    double *part = tape_alloc(tape, (size_t)(slices * N) * sizeof *part);
    if (threads_here() == 1)
        for (int64_t i = 0; i < slices; i++) sum_slice(M, N, slices, i, x, part + i * N);
    else
        LAUNCH(sum_slices, M, N, slices, x, part);
    column_add_parts(slices, N, N, part, out);
    tape_rewind(tape, mark);
}

void column_add_parts(int64_t slices, int64_t stride, int64_t n, const double *part, Real *out)
{
    if (threads_here() > 1) {
        LAUNCH(add_parts, slices, stride, n, part, out);
        return;
    }
#pragma omp simd
    for (int64_t c = 0; c < n; c++) out[c] += part_sum(slices, stride, part + c);
}
