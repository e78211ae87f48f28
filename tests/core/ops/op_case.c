/* Running operations against their oracles. */
#include "tests/core/ops/op_case.h"

#include "core/math/gemm.h"
#include "core/mem.h"

#include <math.h>
#include <string.h>

bool op_double(void) { return sizeof(Real) == sizeof(double); }

TCase *op_tcase(Suite *s, const char *name)
{
    TCase *t = tcase_create(name);
    tcase_set_timeout(t, 300);
    suite_add_tcase(s, t);
    return t;
}

void op_input(GradCase *c, double lo, double hi, int ndim, const int64_t *shape)
{
    ck_assert(c->inputs < GRAD_MAX_INPUTS);
    const int i = c->inputs++;
    c->input[i].ndim = ndim;
    for (int a = 0; a < ndim; a++) c->input[i].shape[a] = shape[a];
    c->input[i].lo = lo;
    c->input[i].hi = hi;
}

OpRun op_run(const GradCase *c)
{
    OpRun r = {.tape = tape_new(), .inputs = c->inputs};
    tape_set_step(r.tape, 7, 3);
    tape_set_training(r.tape, c->training);
    for (int i = 0; i < c->inputs; i++) r.input[i] = grad_case_input(c, i);
    r.y = c->build(r.tape, r.input, c->options);
    return r;
}

double op_weight(int64_t i)
{
    Rng rng = rng_new(5, 0, (uint64_t)i, RNG_TEST);
    return rng_range(&rng, -1, 1);
}

void op_backward(const OpRun *r)
{
    Real *dy = tape_grad(r->tape, r->y);
    ck_assert_msg(dy != NULL, "the output has no gradient");
    for (int64_t i = 0; i < tensor_len(r->y); i++) dy[i] += (Real)op_weight(i);
    tape_backward(r->tape);
}

void op_run_free(OpRun *r)
{
    for (int i = 0; i < r->inputs; i++) test_tensor_free(r->input[i]);
    tape_free(r->tape);
}

static void expect_near(const char *what, int64_t i, double got, double want, double tolerance)
{
    const double error = fabs(got - want) / fmax(1, fabs(want));
    ck_assert_msg(error <= tolerance, "%s, element %lld: %.10g, want %.10g (%.2e off)", what,
                  (long long)i, got, want, error);
}

void op_expect(const Tensor *y, const double *want, double tolerance)
{
    if (op_double()) tolerance = fmax(1e-12, 1e-8 * tolerance);
    for (int64_t i = 0; i < tensor_len(y); i++)
        expect_near("value", i, (double)y->data[i], want[i], tolerance);
}

static double *doubles(const Tensor *x)
{
    const int64_t n = tensor_len(x);
    double *v = mem_alloc((size_t)n * sizeof *v);
    for (int64_t i = 0; i < n; i++) v[i] = (double)x->data[i];
    return v;
}

void op_expect_value(const GradCase *c, OpOracle *oracle, double tolerance)
{
    OpRun r = op_run(c);
    double *x[GRAD_MAX_INPUTS] = {0};
    for (int i = 0; i < c->inputs; i++) x[i] = doubles(r.input[i]);
    double *want = mem_calloc((size_t)tensor_len(r.y), sizeof *want);
    oracle(c, (const double *const *)x, want);
    op_expect(r.y, want, tolerance);
    for (int i = 0; i < c->inputs; i++) mem_free(x[i]);
    mem_free(want);
    op_run_free(&r);
}

/* The projection sum_i weight(i) y_i of the oracle; y is scratch. */
static double project(const GradCase *c, OpOracle *oracle, double *const *x, int64_t n,
                      double *y)
{
    memset(y, 0, (size_t)n * sizeof *y);
    oracle(c, (const double *const *)x, y);
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += op_weight(i) * y[i];
    return sum;
}

void op_expect_gradient(const GradCase *c, OpOracle *oracle, double tolerance)
{
    static const double at[4] = {-2, -1, 1, 2}, factor[4] = {1, -8, 8, -1}, step = 2e-4;
    OpRun r = op_run(c);
    const int64_t n = tensor_len(r.y);
    double *x[GRAD_MAX_INPUTS] = {0}, *y = mem_alloc((size_t)n * sizeof *y);
    for (int i = 0; i < c->inputs; i++) x[i] = doubles(r.input[i]);
    op_backward(&r);
    for (int i = 0; i < c->inputs; i++)
        for (int64_t j = 0; r.input[i]->grad && j < tensor_len(r.input[i]); j++) {
            const double kept = x[i][j];
            double sum = 0;
            for (int k = 0; k < 4; k++) {
                x[i][j] = kept + at[k] * step;
                sum += factor[k] * project(c, oracle, x, n, y);
            }
            x[i][j] = kept;
            expect_near(i == 0 ? "gradient of input 0" : "gradient of another input", j,
                        (double)r.input[i]->grad[j], sum / (12 * step),
                        op_double() ? 1e-6 : tolerance);
        }
    for (int i = 0; i < c->inputs; i++) mem_free(x[i]);
    mem_free(y);
    op_run_free(&r);
}

bool op_same_bits(const Tensor *a, const Tensor *b)
{
    return tensor_same_shape(a, b) &&
           memcmp(a->data, b->data, (size_t)tensor_len(a) * sizeof(Real)) == 0;
}

static OpRun run_threads(const GradCase *c, int threads)
{
    gemm_set_threads(threads);
    OpRun r = op_run(c);
    op_backward(&r);
    return r;
}

static void expect_same(const char *what, int64_t n, const Real *a, const Real *b)
{
    ck_assert_msg(memcmp(a, b, (size_t)n * sizeof *a) == 0, "%s: other bits", what);
}

static void expect_same_run(const char *what, const OpRun *a, const OpRun *b)
{
    expect_same(what, tensor_len(a->y), a->y->data, b->y->data);
    for (int i = 0; i < a->inputs; i++)
        if (a->input[i]->grad)
            expect_same(what, tensor_len(a->input[i]), a->input[i]->grad, b->input[i]->grad);
}

void op_expect_threads(const GradCase *c)
{
    static const int threads[] = {2, 2, 3};
    static const char *const what[] = {"1 and 2 threads", "2 threads again", "1 and 3 threads"};
    OpRun one = run_threads(c, 1);
    for (int i = 0; i < 3; i++) {
        OpRun r = run_threads(c, threads[i]);
        expect_same_run(what[i], &one, &r);
        op_run_free(&r);
    }
    op_run_free(&one);
}

void op_softmax(int64_t n, double *x)
{
    double max = x[0], sum = 0;
    for (int64_t i = 1; i < n; i++) max = fmax(max, x[i]);
    for (int64_t i = 0; i < n; i++) sum += x[i] = exp(x[i] - max);
    for (int64_t i = 0; i < n; i++) x[i] /= sum;
}
