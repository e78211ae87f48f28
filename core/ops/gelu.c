/* y = x Phi(x);  dy/dx = Phi(x) + x phi(x). */
#include "core/fastmath.h"
#include "core/ops.h"

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

static void add_gradient(int64_t n, const Real *restrict x, const Real *restrict dy,
                         Real *restrict dx)
{
#pragma omp parallel for simd schedule(static)
    for (int64_t i = 0; i < n; i++) {
        Real cdf, pdf;
        fast_normal(x[i], &cdf, &pdf);
        dx[i] += dy[i] * real_fma(x[i], pdf, cdf);
    }
}

static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    add_gradient(tensor_len(s->x), s->x->data, tape_grad(tape, s->y), tape_grad(tape, s->x));
}

Tensor *op_gelu(Tape *tape, Tensor *x)
{
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.x = x, .y = tape_output(tape, x->ndim, x->shape, 1, &x)};
    forward(tensor_len(x), x->data, s->y->data);
    tape_record(tape, s->y, backward, s);
    return s->y;
}
