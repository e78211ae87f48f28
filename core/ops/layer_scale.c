/* SPDX-License-Identifier: Apache-2.0 */
/* One factor per channel. */
#include "core/error.h"
#include "core/ops/ops.h"

typedef struct Saved {
    Tensor *x, *gamma, *y;
} Saved;

enum { COLUMNS = 16 };

static void scale_row(int64_t C, const Real *restrict x, const Real *restrict gamma,
                      Real *restrict y)
{
    for (int64_t c = 0; c < C; c++) y[c] = gamma[c] * x[c];
}

static void add_scaled_row(int64_t C, const Real *restrict dy, const Real *restrict gamma,
                           Real *restrict dx)
{
    for (int64_t c = 0; c < C; c++) dx[c] += gamma[c] * dy[c];
}

/* dgamma of the n columns from c on. Each column is summed by one thread. */
static void backward_columns(const Saved *s, int64_t c, int64_t n, const Real *dy, Real *dgamma)
{
    const int64_t C = tensor_len(s->gamma), rows = tensor_rows(s->x);
    double sum[COLUMNS] = {0};
    for (int64_t i = 0; i < rows; i++)
        for (int64_t k = 0; k < n; k++)
            sum[k] += (double)dy[i * C + c + k] * (double)s->x->data[i * C + c + k];
    for (int64_t k = 0; k < n; k++) dgamma[c + k] += (Real)sum[k];
}

static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    const int64_t C = tensor_len(s->gamma), rows = tensor_rows(s->x);
    const Real *dy = tape_grad(tape, s->y);
    Real *dx = tape_grad(tape, s->x), *dgamma = tape_grad(tape, s->gamma);
    if (dx) {
#pragma omp parallel for schedule(static)
        for (int64_t i = 0; i < rows; i++)
            add_scaled_row(C, dy + i * C, s->gamma->data, dx + i * C);
    }
    if (dgamma) {
#pragma omp parallel for schedule(static)
        for (int64_t c = 0; c < C; c += COLUMNS)
            backward_columns(s, c, c + COLUMNS <= C ? COLUMNS : C - c, dy, dgamma);
    }
}

Tensor *op_layer_scale(Tape *tape, Tensor *x, Tensor *gamma)
{
    const int64_t C = tensor_axis(x, -1), rows = tensor_rows(x);
    CHECK(tensor_len(gamma) == C, "gamma has %ld elements, expected %ld", tensor_len(gamma), C);
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.x = x, .gamma = gamma};
    s->y = tape_output(tape, x->ndim, x->shape, 2, (Tensor *[]){x, gamma});
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < rows; i++)
        scale_row(C, x->data + i * C, gamma->data, s->y->data + i * C);
    tape_record(tape, "layer_scale", s->y, backward, s);
    return s->y;
}
