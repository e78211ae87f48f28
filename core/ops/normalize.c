/* SPDX-License-Identifier: Apache-2.0 */
/* Scales rows to unit length: y = x / |x|; dx = (dy - y (y . dy)) / |x|. */
#include "core/error.h"
#include "core/ops/ops.h"

typedef struct Saved {
    Tensor *x, *y;
    double *norm; /* [rows] */
} Saved;

static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    const int64_t C = tensor_axis(s->x, -1), rows = tensor_rows(s->x);
    const Real *dy = tape_grad(tape, s->y);
    Real *dx = tape_grad(tape, s->x);
    for (int64_t i = 0; i < rows; i++) {
        const Real *y = s->y->data + i * C, *d = dy + i * C;
        double dot = 0;
        for (int64_t c = 0; c < C; c++) dot += (double)y[c] * (double)d[c];
        for (int64_t c = 0; c < C; c++)
            dx[i * C + c] += (Real)(((double)d[c] - (double)y[c] * dot) / s->norm[i]);
    }
}

Tensor *op_normalize(Tape *tape, Tensor *x)
{
    CHECK(x->ndim >= 1, "x has no axes");
    const int64_t C = tensor_axis(x, -1), rows = tensor_rows(x);
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.x = x, .y = tape_output(tape, x->ndim, x->shape, 1, &x)};
    s->norm = tape_alloc(tape, (size_t)rows * sizeof(double));
    for (int64_t i = 0; i < rows; i++) {
        double square = 0;
        for (int64_t c = 0; c < C; c++)
            square += (double)x->data[i * C + c] * (double)x->data[i * C + c];
        s->norm[i] = sqrt(square);
        for (int64_t c = 0; c < C; c++)
            s->y->data[i * C + c] = (Real)((double)x->data[i * C + c] / s->norm[i]);
    }
    tape_record(tape, "normalize", s->y, backward, s);
    return s->y;
}
