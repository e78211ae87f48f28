/* SPDX-License-Identifier: Apache-2.0 */
/* y = x W^T + b: the matrix products of the network.
 *
 * A row of dy that is exactly zero adds nothing to any gradient, so the backward skips it.
 * ASL's clip makes the gradient of a confident negative exactly zero and the queries of the
 * decoder do not interact, so most of its rows are zero after the first epochs. */
#include "core/error.h"
#include "core/math/rows.h"
#include "core/ops/add.h"
#include "core/ops/gelu.h"
#include "core/ops/linear_products.h"
#include "core/ops/ops.h"

#include <string.h>

typedef struct Saved {
    Tensor *x, *w, *b, *y;
    int64_t M, N, K; /* y [M, N], x [M, K], w [N, K] */
} Saved;

static LayerWeights weights_of(const Saved *s)
{
    return (LayerWeights){s->N, s->K, s->w->data};
}

static LayerInput input_of(const Saved *s) { return (LayerInput){s->x->data, s->x->half}; }

/* Finishes the products as asked for, and with the bias of the layer. */
static void forward(Tape *tape, const Saved *s, Finish finish)
{
    finish.bias = s->b ? s->b->data : NULL;
    linear_forward(tape, weights_of(s), s->M, input_of(s), finish, s->y->data);
}

/* The rows of x in index. */
static LayerInput gather(Tape *tape, const Saved *s, int64_t n, const int64_t *index)
{
    const int64_t len = n * s->K;
    if (s->x->half) {
        uint16_t *half = tape_alloc(tape, (size_t)len * sizeof *half);
        rows_gather_halves(n, s->K, index, s->x->half, half);
        return (LayerInput){.half = half};
    }
    Real *whole = tape_alloc(tape, (size_t)len * sizeof *whole);
    rows_gather(n, s->K, index, s->x->data, whole);
    return (LayerInput){.whole = whole};
}

/* The backward of the n rows in index alone. */
static void backward_active(Tape *tape, const Saved *s, int64_t n, const int64_t *index,
                            const Real *dy, LinearGradients g)
{
    Real *some_dy = tape_alloc(tape, (size_t)(n * s->N) * sizeof(Real)), *dx = g.dx;
    LayerInput some_x = {0};
    rows_gather(n, s->N, index, dy, some_dy);
    if (g.dw) some_x = gather(tape, s, n, index);
    if (dx) g.dx = tape_alloc(tape, (size_t)(n * s->K) * sizeof(Real));
    g.new_dx = true;
    linear_backward(tape, weights_of(s), n, some_x, some_dy, &g);
    if (dx) rows_scatter_add(n, s->K, index, g.dx, dx);
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

static void backward_dense(Tape *tape, const Saved *s, const Real *dy, LinearGradients g)
{
    g.dx = tape_grad_new(tape, s->x, &g.new_dx);
    if (!defer(tape, s, dy)) g.dw = tape_grad_new(tape, s->w, &g.new_dw);
    linear_backward(tape, weights_of(s), s->M, input_of(s), dy, &g);
}

static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    const Real *dy = tape_grad(tape, s->y);
    LinearGradients g = {.db = tape_grad(tape, s->b)};
    const TapeMark mark = tape_mark(tape);
    int64_t *index = tape_alloc(tape, (size_t)s->M * sizeof *index);
    const int64_t n = rows_active(s->M, s->N, dy, index);
    if (n > s->M - s->M / 8) {
        tape_rewind(tape, mark);
        backward_dense(tape, s, dy, g);
    } else if (n > 0) {
        g.dx = tape_grad(tape, s->x);
        g.dw = tape_grad_new(tape, s->w, &g.new_dw);
        backward_active(tape, s, n, index, dy, g);
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
    s->y = tape_output_of(tape, NULL, x->ndim, shape, 3, (Tensor *[]){x, w, b});
    return s;
}

static Real *new_numbers(Tape *tape, const Saved *s)
{
    return tape_alloc(tape, (size_t)(s->M * s->N) * sizeof(Real));
}

static Tensor *layer(Tape *tape, Saved *s, bool half)
{
    tape_values(tape, s->y, half);
    forward(tape, s, (Finish){.half = s->y->half});
    tape_record(tape, "linear", s->y, backward, s);
    return s->y;
}

Tensor *op_linear(Tape *tape, Tensor *x, Tensor *w, Tensor *b)
{
    return layer(tape, new_layer(tape, x, w, b), false);
}

Tensor *op_linear_half(Tape *tape, Tensor *x, Tensor *w, Tensor *b)
{
    return layer(tape, new_layer(tape, x, w, b), linear_keeps_half(tape));
}

/* What GELU leaves for the next layer, and its derivatives, which take the place of the numbers
 * before it. */
static GeluValues gelu_values(Tape *tape, const Saved *s)
{
    const size_t bytes = (size_t)(s->M * s->N) * sizeof(uint16_t);
    const bool slope = tape_recording(tape);
    GeluValues v = {0};
    if (linear_keeps_half(tape)) {
        v.half = tape_alloc(tape, bytes);
        if (slope) v.half_slope = tape_alloc(tape, bytes);
    } else {
        v.y = new_numbers(tape, s);
        if (slope) v.slope = new_numbers(tape, s);
    }
    return v;
}

Tensor *op_linear_gelu(Tape *tape, Tensor *x, Tensor *w, Tensor *b)
{
    Saved *s = new_layer(tape, x, w, b);
    const bool recording = tape_recording(tape);
    const GeluValues v = gelu_values(tape, s);
    s->y->data = recording ? v.slope : v.y;
    s->y->half = recording ? NULL : v.half;
    forward(
        tape, s,
        (Finish){
            .gelu = v.y, .half_gelu = v.half, .slope = v.slope, .half_slope = v.half_slope});
    tape_record(tape, "linear", s->y, backward, s);
    return recording ? gelu_of(tape, s->y, v) : s->y;
}

/* Without a backward nobody needs `other` any more, and its memory becomes the sum. */
static bool add_in_place(Tape *tape, Saved *s, const Tensor *other)
{
    if (tape_recording(tape) || !linear_add_to(tape, weights_of(s), s->M, input_of(s),
                                               s->b ? s->b->data : NULL, other->data))
        return false;
    s->y->data = other->data;
    return true;
}

Tensor *op_linear_add(Tape *tape, Tensor *x, Tensor *w, Tensor *b, Tensor *other)
{
    Saved *s = new_layer(tape, x, w, b);
    CHECK(tensor_len(other) == tensor_len(s->y), "%ld numbers to add to %ld", tensor_len(other),
          tensor_len(s->y));
    if (!add_in_place(tape, s, other)) {
        tape_values(tape, s->y, false);
        forward(tape, s, (Finish){.add = other->data});
    }
    tape_record(tape, "linear", s->y, backward, s);
    return add_of(tape, other, s->y, s->y->data); /* no backward reads the terms */
}
