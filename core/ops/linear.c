/* y = x W^T + b: the matrix products of the network. */
#include "core/error.h"
#include "core/gemm.h"
#include "core/ops.h"
#include "core/rows.h"

typedef struct Saved {
    Tensor *x, *w, *b, *y;
    int64_t M, N, K; /* y [M, N], x [M, K], w [N, K] */
} Saved;

static void forward(const Saved *s)
{
    if (s->b) rows_fill(s->M, s->N, s->b->data, s->y->data);
    gemm_nt(s->M, s->N, s->K, s->x->data, s->w->data, s->b ? 1 : 0, s->y->data);
}

static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    const Real *dy = tape_grad(tape, s->y);
    Real *dx = tape_grad(tape, s->x), *dw = tape_grad(tape, s->w);
    Real *db = tape_grad(tape, s->b);
    if (dx) gemm_nn(s->M, s->K, s->N, dy, s->w->data, 1, dx);
    if (dw) gemm_tn(s->N, s->K, s->M, dy, s->x->data, 1, dw);
    if (db) rows_add_sum(s->M, s->N, dy, db);
}

Tensor *op_linear(Tape *tape, Tensor *x, Tensor *w, Tensor *b)
{
    CHECK(x->ndim >= 1 && w->ndim >= 2, "x has %d axes, w %d", x->ndim, w->ndim);
    const int64_t K = tensor_axis(x, -1), N = w->shape[0];
    CHECK(tensor_len(w) == N * K, "w has %lld elements, want %lld x %lld",
          (long long)tensor_len(w), (long long)N, (long long)K);
    CHECK(!b || tensor_len(b) == N, "b has %lld elements, want %lld",
          b ? (long long)tensor_len(b) : 0, (long long)N);
    int64_t shape[TENSOR_MAX_AXES];
    for (int i = 0; i < x->ndim - 1; i++) shape[i] = x->shape[i];
    shape[x->ndim - 1] = N;
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.x = x, .w = w, .b = b, .M = tensor_rows(x), .N = N, .K = K};
    s->y = tape_output(tape, x->ndim, shape, 3, (Tensor *[]){x, w, b});
    forward(s);
    tape_record(tape, s->y, backward, s);
    return s->y;
}
