/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of 0 and 1 with white space between them, of any length, one at a time. */
#ifndef RAMPLUS_DATA_BENCHMARKS_BIT_ROWS_H
#define RAMPLUS_DATA_BENCHMARKS_BIT_ROWS_H

#include "core/error.h"

#include <stdint.h>
#include <stdio.h>

typedef struct BitRows {
    FILE *file;
    const char *path; /* borrowed */
    int64_t columns;
    int64_t row;  /* read last, from 1 */
    uint8_t *bit; /* [columns] of this row */
} BitRows;

int bit_rows_open(const char *path, int64_t columns, BitRows *out, Error *err);
/* Reads the next row. Returns 1, or 0 at the end of the file, or -1: ERROR_DATA for a row that
 * is not `columns` numbers 0 or 1, after which the next row can be read; ERROR_RUNTIME. */
int bit_rows_next(BitRows *r, Error *err);
void bit_rows_close(BitRows *r);

#endif
