/* SPDX-License-Identifier: Apache-2.0 */
/* y = x W^T + b: the matrix products of the network.
 *
 * A row of dy that is exactly zero adds nothing to any gradient, so the backward skips it.
 * ASL's clip makes the gradient of a confident negative exactly zero and the queries of the
 * decoder do not interact, so most of its rows are zero after the first epochs. */
#include "core/error.h"
#include "core/math/bf16.h"
#include "core/math/gemm.h"
#include "core/math/rows.h"
#include "core/ops/add.h"
#include "core/ops/column_sum.h"
#include "core/ops/gelu.h"
#include "core/ops/ops.h"

#include <string.h>

typedef struct Saved {
    Tensor *x, *w, *b, *y;
    int64_t M, N, K; /* y [M, N], x [M, K], w [N, K] */
} Saved;

/* A factor in the precision of the tape. */
typedef struct Factor {
    Matrix whole;
    HalfMatrix half;
} Factor;

static Factor factor(Tape *tape, const Real *x, int64_t rows, int64_t cols)
{
    Factor f = {.whole = {x, cols, false}, .half = {.ld = cols}};
    if (tape_bf16(tape)) f.half.data = tape_half(tape, x, rows * cols);
    return f;
}

static Factor transpose(Factor f)
{
    f.whole.transposed = f.half.transposed = true;
    return f;
}

/* c [M, N] = op(a) op(b) + (add ? c : 0), in the precision of the tape. */
static void product(Tape *tape, int64_t M, int64_t N, int64_t K, Factor a, Factor b, bool add,
                    Real *c)
{
    const Bf16 *bf16 = tape_bf16(tape);
    if (bf16)
        bf16_gemm(bf16, M, N, K, a.half, b.half, (Finish){0}, add, c);
    else
        (tape_shard(tape)->on ? gemm_serial : gemm)(M, N, K, 1, a.whole, b.whole, add ? 1 : 0,
                                                    c, N);
}

/* Computes the layer in integers, where that is wanted and pays. Returns whether. */
static bool forward_in_integers(Tape *tape, const Saved *s, Finish finish)
{
    Quantized *q = tape_quantized(tape);
    const Int8Weights *w = q ? quantized_of(q, s->w->data, s->N, s->K) : NULL;
    if (!w) return false;
    void *scratch = tape_alloc(tape, int8_scratch_bytes(s->M, s->K));
    int8_linear(quantized_products(q), w, s->M, s->x->data, finish, s->y->data, scratch);
    return true;
}

static void forward_in_numbers(Tape *tape, const Saved *s, Finish finish)
{
    const Bf16 *bf16 = tape_bf16(tape);
    const Factor x = factor(tape, s->x->data, s->M, s->K);
    const Factor w = transpose(factor(tape, s->w->data, s->N, s->K));
    if (bf16)
        bf16_gemm(bf16, s->M, s->N, s->K, x.half, w.half, finish, false, s->y->data);
    else
        (tape_shard(tape)->on ? gemm_serial_finished : gemm_finished)(
            s->M, s->N, s->K, x.whole, w.whole, finish, s->y->data);
}

/* Finishes the products as asked for, and with the bias of the layer. */
static void forward(Tape *tape, const Saved *s, Finish finish)
{
    const TapeMark mark = tape_mark(tape);
    finish.bias = s->b ? s->b->data : NULL;
    if (!forward_in_integers(tape, s, finish)) forward_in_numbers(tape, s, finish);
    tape_rewind(tape, mark);
}

/* The gradients to add to, or to write if they are new; NULL: not wanted. */
typedef struct Gradients {
    Real *dx, *dw, *db;
    bool new_dx, new_dw;
} Gradients;

/* The backward of M rows; x, dy and dx are dense. */
static void backward_rows(Tape *tape, const Saved *s, int64_t M, const Real *x, const Real *dy,
                          const Gradients *g)
{
    const TapeMark mark = tape_mark(tape);
    const Factor slope = factor(tape, dy, M, s->N);
    if (g->dx) {
        const Factor w = factor(tape, s->w->data, s->N, s->K);
        product(tape, M, s->K, s->N, slope, w, !g->new_dx, g->dx);
    }
    if (g->dw) {
        const Factor rows = factor(tape, x, M, s->K);
        product(tape, s->N, s->K, M, transpose(slope), rows, !g->new_dw, g->dw);
    }
    tape_rewind(tape, mark);
    if (g->db) column_sum(tape, M, s->N, dy, g->db);
}

/* The backward of the n rows in index alone. */
static void backward_active(Tape *tape, const Saved *s, int64_t n, const int64_t *index,
                            const Real *dy, const Gradients *all)
{
    Gradients g = *all;
    Real *some_dy = tape_alloc(tape, (size_t)(n * s->N) * sizeof(Real));
    Real *some_x = tape_alloc(tape, (size_t)(n * s->K) * sizeof(Real));
    if (g.dx) g.dx = tape_alloc(tape, (size_t)(n * s->K) * sizeof(Real));
    g.new_dx = true;
    rows_gather(n, s->N, index, dy, some_dy);
    if (g.dw) rows_gather(n, s->K, index, s->x->data, some_x);
    backward_rows(tape, s, n, some_x, some_dy, &g);
    if (g.dx) rows_scatter_add(n, s->K, index, g.dx, all->dx);
}

/* Puts the product for dw off, which needs x and a copy of dy until then. Returns whether. */
static bool defer(Tape *tape, const Saved *s, const Real *dy)
{
    Deferred *later = tape_deferred(tape, s->w);
    const size_t bytes = (size_t)(s->M * s->N) * sizeof(Real);
    if (!later || s->M > DEFERRED_ROWS || tape_bf16(tape)) return false;
    const Real *copy = memcpy(tape_alloc(tape, bytes), dy, bytes);
    deferred_add(later, (DeferredProduct){.dw = (s->w->base ? s->w->base : s->w)->grad,
                                          .rows = s->M,
                                          .N = s->N,
                                          .K = s->K,
                                          .x = s->x->data,
                                          .dy = copy});
    return true;
}

static void backward_dense(Tape *tape, const Saved *s, const Real *dy, Gradients *g)
{
    g->dx = tape_grad_new(tape, s->x, &g->new_dx);
    if (!defer(tape, s, dy)) g->dw = tape_grad_new(tape, s->w, &g->new_dw);
    backward_rows(tape, s, s->M, s->x->data, dy, g);
}

static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    const Real *dy = tape_grad(tape, s->y);
    Gradients g = {.db = tape_grad(tape, s->b)};
    const TapeMark mark = tape_mark(tape);
    int64_t *index = tape_alloc(tape, (size_t)s->M * sizeof *index);
    const int64_t n = rows_active(s->M, s->N, dy, index);
    if (n > s->M - s->M / 8) {
        tape_rewind(tape, mark);
        backward_dense(tape, s, dy, &g);
    } else if (n > 0) {
        g.dx = tape_grad(tape, s->x);
        g.dw = tape_grad_new(tape, s->w, &g.new_dw);
        backward_active(tape, s, n, index, dy, &g);
        tape_rewind(tape, mark);
    } else {
        tape_rewind(tape, mark);
    }
}

static Saved *new_layer(Tape *tape, Tensor *x, Tensor *w, Tensor *b)
{
    CHECK(x->ndim >= 1 && w->ndim >= 2, "x has %d axes, w %d", x->ndim, w->ndim);
    const int64_t K = tensor_axis(x, -1), N = w->shape[0];
    CHECK(tensor_len(w) == N * K, "w has %ld elements, expected %ld x %ld", tensor_len(w), N,
          K);
    CHECK(!b || tensor_len(b) == N, "b has %ld elements, expected %ld", b ? tensor_len(b) : 0,
          N);
    int64_t shape[TENSOR_MAX_AXES];
    for (int i = 0; i < x->ndim - 1; i++) shape[i] = x->shape[i];
    shape[x->ndim - 1] = N;
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.x = x, .w = w, .b = b, .M = tensor_rows(x), .N = N, .K = K};
    s->y = tape_output(tape, x->ndim, shape, 3, (Tensor *[]){x, w, b});
    return s;
}

Tensor *op_linear(Tape *tape, Tensor *x, Tensor *w, Tensor *b)
{
    Saved *s = new_layer(tape, x, w, b);
    forward(tape, s, (Finish){0});
    tape_record(tape, "linear", s->y, backward, s);
    return s->y;
}

Tensor *op_linear_gelu(Tape *tape, Tensor *x, Tensor *w, Tensor *b)
{
    Saved *s = new_layer(tape, x, w, b);
    if (!tape_recording(tape)) { /* nobody asks for y before GELU */
        forward(tape, s, (Finish){.gelu = s->y->data});
        tape_record(tape, "linear", s->y, backward, s);
        return s->y;
    }
    Real *y = tape_alloc(tape, (size_t)tensor_len(s->y) * sizeof *y);
    forward(tape, s, (Finish){.gelu = y});
    tape_record(tape, "linear", s->y, backward, s);
    return gelu_of(tape, s->y, y);
}

Tensor *op_linear_add(Tape *tape, Tensor *x, Tensor *w, Tensor *b, Tensor *other)
{
    Saved *s = new_layer(tape, x, w, b);
    CHECK(tensor_len(other) == tensor_len(s->y), "%ld numbers to add to %ld", tensor_len(other),
          tensor_len(s->y));
    forward(tape, s, (Finish){.add = other->data});
    tape_record(tape, "linear", s->y, backward, s);
    return add_of(tape, other, s->y, s->y->data); /* no backward reads the terms */
}
