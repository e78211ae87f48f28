/* SPDX-License-Identifier: Apache-2.0 */
/* A loop over OpenMP threads. Threads take the next piece when they become free, since pieces
 * differ in length. */
#include "core/parallel.h"

void parallel_for(int64_t n, void (*piece)(int64_t i, void *context), void *context)
{
#pragma omp parallel for schedule(dynamic, 1)
    for (int64_t i = 0; i < n; i++) piece(i, context);
}
