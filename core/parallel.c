/* SPDX-License-Identifier: Apache-2.0 */
/* A loop over OpenMP threads. Threads take the next piece when they become free, since pieces
 * differ in length. */
#include "core/parallel.h"

#include <omp.h>
#include <stdatomic.h>
#include <stdbool.h>

void parallel_for(int64_t n, void (*piece)(int64_t i, void *context), void *context)
{
    if (omp_in_parallel()) { /* where another region would have one thread */
        for (int64_t i = 0; i < n; i++) piece(i, context);
        return;
    }
#pragma omp parallel for schedule(dynamic, 1)
    for (int64_t i = 0; i < n; i++) piece(i, context);
}

typedef struct Try {
    int (*piece)(int64_t i, void *context, Error *err);
    void *context;
    atomic_bool failed;
    int64_t first; /* piece that failed; valid with why */
    Error why;
} Try;

static void try_piece(int64_t i, void *context)
{
    Try *t = context;
    Error why = {0};
    if (t->failed || t->piece(i, t->context, &why) == 0) return;
#pragma omp critical
    if (!t->failed || i < t->first) t->first = i, t->why = why, t->failed = true;
}

int parallel_try(int64_t n, int (*piece)(int64_t i, void *context, Error *err), void *context,
                 Error *err)
{
    Try t = {.piece = piece, .context = context};
    parallel_for(n, try_piece, &t);
    return t.failed ? error_move(err, &t.why) : 0;
}
