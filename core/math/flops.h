/* SPDX-License-Identifier: Apache-2.0 */
/* How much each thread has multiplied, for profiles (core/autograd/profile.h). No result
 * depends on it. */
#ifndef RAMPLUS_CORE_MATH_FLOPS_H
#define RAMPLUS_CORE_MATH_FLOPS_H

#include <stdint.h>

/* Counts a product [M, K] [K, N] that the calling thread computes: 2 M N K operations. */
void flops_count(int64_t M, int64_t N, int64_t K);

/* Floating point operations of the products that the calling thread has computed so far. */
int64_t flops_done(void);

#endif
