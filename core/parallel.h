/* SPDX-License-Identifier: Apache-2.0 */
/* Spreads independent pieces of work over all threads, for folders that may not use OpenMP
 * themselves. */
#ifndef RAMPLUS_CORE_PARALLEL_H
#define RAMPLUS_CORE_PARALLEL_H

#include "core/error.h"

#include <stdint.h>

/* Calls piece(i, context) once for every i in 0..n-1, in any order, on any thread. If each
 * piece writes only its own data, the result is the same for any number of threads. */
void parallel_for(int64_t n, void (*piece)(int64_t i, void *context), void *context);

/* The same for pieces that can fail. After a failure no further piece begins. Returns 0, or -1
 * with the error of the first piece that failed. */
int parallel_try(int64_t n, int (*piece)(int64_t i, void *context, Error *err), void *context,
                 Error *err);

#endif
