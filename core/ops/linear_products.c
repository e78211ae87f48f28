/* SPDX-License-Identifier: Apache-2.0 */
/* In bfloat16 weights are packed, once a step. */
#include "core/ops/linear_products.h"

#include "core/math/bf16.h"
#include "core/math/gemm.h"
#include "core/ops/column_sum.h"
#include "core/ops/packed_product.h"

bool linear_keeps_half(const Tape *tape) { return tape_bf16(tape) && !tape_quantized(tape); }

/* ---- forward ---- */

/* Computes the layer in integers, where that is wanted and pays. Returns whether. */
static bool forward_in_integers(Tape *tape, LayerWeights w, int64_t M, LayerInput x,
                                Finish finish, Real *y)
{
    Quantized *q = tape_quantized(tape);
    const Int8Weights *weights = q ? quantized_of(q, w.w, w.N, w.K) : NULL;
    if (!weights) return false;
    void *scratch = tape_alloc(tape, int8_scratch_bytes(M, w.K));
    int8_linear(quantized_products(q), weights, M, x.whole, finish, y, scratch);
    return true;
}

static const uint16_t *half_of(Tape *tape, LayerInput x, int64_t n)
{
    return x.half ? x.half : tape_half(tape, x.whole, n);
}

/* c [M, N] = a b, where b is packed. */
static void multiply(Tape *tape, int64_t M, int64_t N, int64_t K, const uint16_t *a,
                     const uint16_t *b, Finish finish, bool add, Real *c)
{
    packed_product(tape, tape_bf16(tape),
                   &(PackedProduct){M, N, K, true, a, b, finish, add, c});
}

static void multiply_halves(Tape *tape, LayerWeights w, int64_t M, LayerInput x, Finish finish,
                            bool add, Real *y)
{
    multiply(tape, M, w.N, w.K, half_of(tape, x, M * w.K),
             tape_packed(tape, w.w, w.N, w.K, false), finish, add, y);
}

/* From this number of multiplications on packed weights pay. */
static const int64_t PACKED_MIN = 1 << 22;

/* By packed weights in float32. Returns whether there are any. */
static bool multiply_packed(Tape *tape, LayerWeights w, int64_t M, const Real *x, Finish finish,
                            bool add, Real *y)
{
    Packed *p = M * w.N * w.K >= PACKED_MIN ? tape_packed_numbers(tape) : NULL;
    const Real *packed = p ? packed_numbers_of(p, w.w, w.N, w.K) : NULL;
    if (packed)
        packed_product(tape, packed_engine(p),
                       &(PackedProduct){M, w.N, w.K, false, x, packed, finish, add, y});
    return packed;
}

void linear_forward(Tape *tape, LayerWeights w, int64_t M, LayerInput x, Finish finish, Real *y)
{
    const TapeMark mark = tape_mark(tape);
    const bool done = forward_in_integers(tape, w, M, x, finish, y);
    if (!done && tape_bf16(tape))
        multiply_halves(tape, w, M, x, finish, false, y);
    else if (!done && !multiply_packed(tape, w, M, x.whole, finish, false, y))
        (tape_shard(tape)->on ? gemm_serial_finished : gemm_finished)(
            M, w.N, w.K, (Matrix){x.whole, w.K, false}, (Matrix){w.w, w.K, true}, finish, y);
    tape_rewind(tape, mark);
}

bool linear_add_to(Tape *tape, LayerWeights w, int64_t M, LayerInput x, const Real *bias,
                   Real *y)
{
    if (tape_quantized(tape)) return false;
    const Finish finish = {.bias = bias};
    if (!tape_bf16(tape)) return multiply_packed(tape, w, M, x.whole, finish, true, y);
    const TapeMark mark = tape_mark(tape);
    multiply_halves(tape, w, M, x, finish, true, y);
    tape_rewind(tape, mark);
    return true;
}

/* ---- backward ---- */

static void backward_in_halves(Tape *tape, LayerWeights w, int64_t M, LayerInput x,
                               const Real *dy, const LinearGradients *g)
{
    const uint16_t *slope = tape_half(tape, dy, M * w.N);
    if (g->dx)
        multiply(tape, M, w.K, w.N, slope, tape_packed(tape, w.w, w.N, w.K, true), (Finish){0},
                 !g->new_dx, g->dx);
    if (g->dw)
        bf16_gemm_tn(tape_bf16(tape), w.N, w.K, M, slope, half_of(tape, x, M * w.K), !g->new_dw,
                     g->dw, w.K);
}

static void backward_in_numbers(Tape *tape, LayerWeights w, int64_t M, const Real *x,
                                const Real *dy, const LinearGradients *g)
{
    const Matrix slope = {dy, w.N, false}, transposed = {dy, w.N, true};
    void (*product)(int64_t, int64_t, int64_t, Real, Matrix, Matrix, Real, Real *, int64_t) =
        tape_shard(tape)->on ? gemm_serial : gemm;
    if (g->dx)
        product(M, w.K, w.N, 1, slope, (Matrix){w.w, w.K, false}, g->new_dx ? 0 : 1, g->dx,
                w.K);
    if (g->dw)
        product(w.N, w.K, M, 1, transposed, (Matrix){x, w.K, false}, g->new_dw ? 0 : 1, g->dw,
                w.K);
}

void linear_backward(Tape *tape, LayerWeights w, int64_t M, LayerInput x, const Real *dy,
                     const LinearGradients *g)
{
    const TapeMark mark = tape_mark(tape);
    if (tape_bf16(tape))
        backward_in_halves(tape, w, M, x, dy, g);
    else
        backward_in_numbers(tape, w, M, x.whole, dy, g);
    tape_rewind(tape, mark);
    if (g->db) column_sum(tape, M, w.N, dy, g->db);
}
