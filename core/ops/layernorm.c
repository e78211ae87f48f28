/* SPDX-License-Identifier: Apache-2.0 */
/* Layer normalization over the last axis. With xhat = (x - mean) rstd and g = gamma dy:
 * dx = rstd (g - mean(g) - xhat mean(g xhat)). */
#include "core/error.h"
#include "core/ops/ops.h"

#include <string.h>

typedef struct Saved {
    Tensor *x, *gamma, *beta, *y;
    Real *mean, *rstd; /* [rows] */
} Saved;

enum { COLUMNS = 16 };

static void forward_row(int64_t C, const Real *restrict x, const Real *restrict gamma,
                        const Real *restrict beta, double eps, Real *restrict y, Real *mean,
                        Real *rstd)
{
    double sum = 0, square = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t c = 0; c < C; c++) sum += (double)x[c];
    const Real m = (Real)(sum / (double)C);
#pragma omp simd reduction(+ : square)
    for (int64_t c = 0; c < C; c++) square += (double)((x[c] - m) * (x[c] - m));
    const Real r = (Real)(1 / sqrt(square / (double)C + eps));
#pragma omp simd
    for (int64_t c = 0; c < C; c++) y[c] = real_fma((x[c] - m) * r, gamma[c], beta[c]);
    *mean = m;
    *rstd = r;
}

static void forward(const Saved *s, double eps)
{
    const int64_t C = tensor_len(s->gamma), rows = tensor_rows(s->x);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < rows; i++)
        forward_row(C, s->x->data + i * C, s->gamma->data, s->beta->data, eps,
                    s->y->data + i * C, s->mean + i, s->rstd + i);
}

static void backward_row(int64_t C, const Real *restrict x, const Real *restrict gamma,
                         const Real *restrict dy, Real m, Real r, Real *restrict dx)
{
    double sum = 0, dot = 0;
#pragma omp simd reduction(+ : sum, dot)
    for (int64_t c = 0; c < C; c++) {
        const Real g = gamma[c] * dy[c];
        sum += (double)g;
        dot += (double)(g * ((x[c] - m) * r));
    }
    const Real a = (Real)(sum / (double)C), b = (Real)(dot / (double)C);
#pragma omp simd
    for (int64_t c = 0; c < C; c++) dx[c] += r * (gamma[c] * dy[c] - a - (x[c] - m) * r * b);
}

static void backward_x(const Saved *s, const Real *dy, bool is_new, Real *dx)
{
    const int64_t C = tensor_len(s->gamma), rows = tensor_rows(s->x);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < rows; i++) {
        if (is_new) memset(dx + i * C, 0, (size_t)C * sizeof *dx);
        backward_row(C, s->x->data + i * C, s->gamma->data, dy + i * C, s->mean[i], s->rstd[i],
                     dx + i * C);
    }
}

/* dgamma and dbeta of the n columns from c on. Each column is summed by one thread. */
static void backward_columns(const Saved *s, int64_t c, int64_t n, const Real *dy, Real *dgamma,
                             Real *dbeta)
{
    const int64_t C = tensor_len(s->gamma), rows = tensor_rows(s->x);
    double scale[COLUMNS] = {0}, shift[COLUMNS] = {0};
    for (int64_t i = 0; i < rows; i++) {
        const Real *x = s->x->data + i * C + c, *d = dy + i * C + c;
        const Real m = s->mean[i], r = s->rstd[i];
        for (int64_t k = 0; k < n; k++) {
            scale[k] += (double)(d[k] * ((x[k] - m) * r));
            shift[k] += (double)d[k];
        }
    }
    for (int64_t k = 0; k < n; k++) {
        if (dgamma) dgamma[c + k] += (Real)scale[k];
        if (dbeta) dbeta[c + k] += (Real)shift[k];
    }
}

static void backward_affine(const Saved *s, const Real *dy, Real *dgamma, Real *dbeta)
{
    const int64_t C = tensor_len(s->gamma);
#pragma omp parallel for schedule(static)
    for (int64_t c = 0; c < C; c += COLUMNS) {
        if (c + COLUMNS <= C)
            backward_columns(s, c, COLUMNS, dy, dgamma, dbeta);
        else
            backward_columns(s, c, C - c, dy, dgamma, dbeta);
    }
}

static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    const Real *dy = tape_grad(tape, s->y);
    bool is_new;
    Real *dx = tape_grad_new(tape, s->x, &is_new);
    Real *dgamma = tape_grad(tape, s->gamma), *dbeta = tape_grad(tape, s->beta);
    if (dx) backward_x(s, dy, is_new, dx);
    if (dgamma || dbeta) backward_affine(s, dy, dgamma, dbeta);
}

Tensor *op_layernorm(Tape *tape, Tensor *x, Tensor *gamma, Tensor *beta, double eps)
{
    const int64_t C = tensor_axis(x, -1), rows = tensor_rows(x);
    CHECK(tensor_len(gamma) == C && tensor_len(beta) == C, "gamma %ld, beta %ld, expected %ld",
          tensor_len(gamma), tensor_len(beta), C);
    CHECK(eps > 0, "eps %g", eps);
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.x = x, .gamma = gamma, .beta = beta};
    s->y = tape_output(tape, x->ndim, x->shape, 3, (Tensor *[]){x, gamma, beta});
    s->mean = tape_alloc(tape, (size_t)rows * sizeof(Real));
    s->rstd = tape_alloc(tape, (size_t)rows * sizeof(Real));
    forward(s, eps);
    tape_record(tape, "layernorm", s->y, backward, s);
    return s->y;
}
