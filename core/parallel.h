/* SPDX-License-Identifier: Apache-2.0 */
/* Spreads independent pieces of work over all threads, for folders that may not use OpenMP
 * themselves. */
#ifndef RAMPLUS_CORE_PARALLEL_H
#define RAMPLUS_CORE_PARALLEL_H

#include <stdint.h>

/* Calls piece(i, context) once for every i in 0..n-1, in any order, on any thread. If each
 * piece writes only its own data, the result is the same for any number of threads. */
void parallel_for(int64_t n, void (*piece)(int64_t i, void *context), void *context);

#endif
