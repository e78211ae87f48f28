/* SPDX-License-Identifier: Apache-2.0 */
#include "core/ops/packed_product.h"

void packed_product(Tape *tape, const Onednn *engine, const PackedProduct *p)
{
    const TapeMark mark = tape_mark(tape);
    packed_gemm(engine, p, tape_alloc(tape, (size_t)packed_scratch_len(p) * sizeof(Real)));
    tape_rewind(tape, mark);
}
