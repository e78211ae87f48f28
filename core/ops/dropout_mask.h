/* SPDX-License-Identifier: Apache-2.0 */
/* The random masks of dropout, shared by op_dropout and op_folded_attention. */
#ifndef RAMPLUS_CORE_OPS_DROPOUT_MASK_H
#define RAMPLUS_CORE_OPS_DROPOUT_MASK_H

#include "core/ops/dropout_row.h"
#include "core/ops/ops.h"

/* Q: queries of this tile, all of them within the stride. */
DropoutMask dropout_mask(const Tape *tape, double p, int64_t Q, DropoutRows rows);

#endif
