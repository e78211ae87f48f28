/* SPDX-License-Identifier: Apache-2.0 */
/* y = x Phi(x);  dy/dx = Phi(x) + x phi(x). */
#include "core/math/fastmath.h"
#include "core/ops/ops.h"

#include <string.h>

typedef struct Saved {
    Tensor *x, *y;
} Saved;

static void forward(int64_t n, const Real *restrict x, Real *restrict y)
{
#pragma omp parallel for simd schedule(static)
    for (int64_t i = 0; i < n; i++) {
        Real cdf, pdf;
        fast_normal(x[i], &cdf, &pdf);
        y[i] = x[i] * cdf;
    }
}

static void add_row(int64_t n, const Real *restrict x, const Real *restrict dy,
                    Real *restrict dx)
{
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        Real cdf, pdf;
        fast_normal(x[i], &cdf, &pdf);
        dx[i] += dy[i] * real_fma(x[i], pdf, cdf);
    }
}

/* Skips rows whose gradient is zero (see linear.c). A row of a new gradient is zeroed just
 * before it is added to, while it is in the cache. */
static void add_gradient(int64_t M, int64_t N, const Real *x, const Real *dy, bool is_new,
                         Real *dx)
{
#pragma omp parallel for schedule(static)
    for (int64_t m = 0; m < M; m++) {
        int64_t i = 0;
        if (is_new) memset(dx + m * N, 0, (size_t)N * sizeof *dx);
        while (i < N && dy[m * N + i] == 0) i++;
        if (i < N) add_row(N, x + m * N, dy + m * N, dx + m * N);
    }
}

static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    const int64_t M = tensor_rows(s->x), N = tensor_len(s->x) / M;
    bool is_new;
    Real *dx = tape_grad_new(tape, s->x, &is_new);
    add_gradient(M, N, s->x->data, tape_grad(tape, s->y), is_new, dx);
}

Tensor *op_gelu(Tape *tape, Tensor *x)
{
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.x = x, .y = tape_output(tape, x->ndim, x->shape, 1, &x)};
    forward(tensor_len(x), x->data, s->y->data);
    tape_record(tape, "gelu", s->y, backward, s);
    return s->y;
}
