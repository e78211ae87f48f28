/* SPDX-License-Identifier: Apache-2.0 */
/* A counter for each thread. It is the one variable outside a function that changes
 * (tests/lint.sh knows it): the functions that multiply have no other place that they share
 * with whoever reads it, and a thread that writes its own number waits for no other. */
#include "core/math/flops.h"

static _Thread_local int64_t done;

void flops_count(int64_t M, int64_t N, int64_t K) { done += 2 * M * N * K; }
int64_t flops_done(void) { return done; }
