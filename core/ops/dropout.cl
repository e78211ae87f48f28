/* SPDX-License-Identifier: Apache-2.0 */
#include "core/ops/dropout_row.h"

/* x, y [rows, C]: y = x mask scale; add: y += ... Q rows to an image. */
KERNEL dropout(int64_t rows, int64_t Q, int64_t C, DropoutMask mask, IN(Real) x, OUT(Real) y,
               int add)
{
    ROWS(i, rows, EVENLY) dropout_row(mask, i / Q, i % Q, C, x + i * C, y + i * C, add);
}
