/* SPDX-License-Identifier: Apache-2.0 */
/* Products with packed factors in bfloat16 (core/math/packed_gemm.h) by the processor's
 * instruction for them. As fast as oneDNN's, but each block of the result is finished while the
 * nearest cache holds it, and threads share smaller pieces. */
#ifndef RAMPLUS_CORE_MATH_PACKED_HALVES_H
#define RAMPLUS_CORE_MATH_PACKED_HALVES_H

#include "core/math/packed_gemm.h"

/* Whether this program was built for a processor that has the instruction and nothing better:
 * oneDNN's products on AMX are faster. */
bool packed_halves_can(void);

/* On all threads. Each number is one sum, in the order of k: the same bits in any pieces.
 * CHECKs packed_halves_can. */
void packed_halves(const PackedProduct *p);

#endif
