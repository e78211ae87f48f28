/* SPDX-License-Identifier: Apache-2.0 */
/* Products of a few rows of a label bank with a vector, from the rows as they are: a bank is
 * read once and from memory, where a converted copy, or waiting for the next rows, takes longer
 * than the products. Equal numbers in float32 and in bfloat16 give the same bits. */
#ifndef RAMPLUS_CORE_MATH_BANK_ROWS_H
#define RAMPLUS_CORE_MATH_BANK_ROWS_H

#include "core/math/real.h"

#include <stdint.h>

/* Rows of E numbers, in one of two types. */
typedef struct BankRows {
    int64_t E;
    const float *whole;   /* NULL: half */
    const uint16_t *half; /* in bfloat16 */
} BankRows;

/* y [n] = the first n rows times u [E]. Meanwhile the processor fetches the `next` rows after
 * them, which the caller will need soon. */
void bank_rows_dot(BankRows rows, int64_t n, int64_t next, const Real *u, Real *y);

/* y [E] = sum over the first n rows, each times its number of w [n]. */
void bank_rows_sum(BankRows rows, int64_t n, const Real *w, Real *y);

#endif
