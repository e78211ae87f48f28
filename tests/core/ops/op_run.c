/* SPDX-License-Identifier: Apache-2.0 */
/* Runs operations and compares them with their oracles. */
#include "tests/core/ops/op_run.h"

#include "core/math/gemm.h"
#include "core/mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

bool op_double(void) { return sizeof(Real) == sizeof(double); }

void op_input(GradCase *c, double lo, double hi, int ndim, const int64_t *shape)
{
    ck_assert(c->inputs < GRAD_MAX_INPUTS);
    const int i = c->inputs++;
    c->input[i].ndim = ndim;
    for (int a = 0; a < ndim; a++) c->input[i].shape[a] = shape[a];
    c->input[i].lo = lo;
    c->input[i].hi = hi;
}

int64_t op_len(const GradCase *c, int input)
{
    int64_t n = 1;
    for (int a = 0; a < c->input[input].ndim; a++) n *= c->input[input].shape[a];
    return n;
}

enum { GUARDED = 1 << 20, LINE = 64, PATTERN = 0x5a };

/* Fills the start of an empty arena, so that stray writes can be detected; returns the end of
 * the fill. */
static const unsigned char *guard(Tape *tape)
{
    const TapeMark mark = tape_mark(tape);
    unsigned char *bytes = tape_alloc(tape, GUARDED);
    memset(bytes, PATTERN, GUARDED);
    tape_rewind(tape, mark);
    return bytes + GUARDED;
}

/* Checks the unused bytes from the end of y to the next cache line of the arena. */
static void expect_guard(const OpRun *r, const unsigned char *end)
{
    const unsigned char *p = (const unsigned char *)(r->y->data + tensor_len(r->y));
    if (p > end || p < end - GUARDED) return;
    for (; (uintptr_t)p % LINE; p++)
        ck_assert_msg(*p == PATTERN, "%s: written past the end of the output",
                      r->c->name ? r->c->name : "the case");
}

OpRun op_run(const GradCase *c)
{
    OpRun r = {.c = c, .tape = tape_new(), .inputs = c->inputs};
    const unsigned char *end = guard(r.tape);
    tape_set_step(r.tape, 7, 3);
    tape_set_training(r.tape, c->training);
    for (int i = 0; i < c->inputs; i++) r.input[i] = grad_case_input(c, i);
    r.y = op_again(&r);
    expect_guard(&r, end);
    return r;
}

Tensor *op_again(const OpRun *r) { return r->c->build(r->tape, r->input, r->c->options); }

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

typedef struct Place { /* location of a number, for messages */
    const char *name;  /* of the case */
    int input;         /* whose gradient it belongs to; -1: the output's values */
    int64_t element;
} Place;

static void expect_near(Place at, double got, double want, double tolerance)
{
    const double error = fabs(got - want) / fmax(1, fabs(want));
    if (error <= tolerance) return;
    char what[40] = "value";
    if (at.input >= 0) snprintf(what, sizeof what, "gradient of input %d", at.input);
    ck_abort_msg("%s: %s, element %ld: %.10g, expected %.10g (%.2e off)", at.name, what,
                 at.element, got, want, error);
}

static void expect_values(const char *name, const Tensor *y, const double *want,
                          double tolerance)
{
    if (op_double()) tolerance = fmax(1e-12, 1e-8 * tolerance);
    for (int64_t i = 0; i < tensor_len(y); i++)
        expect_near((Place){name, -1, i}, (double)y->data[i], want[i], tolerance);
}

void op_expect(const Tensor *y, const double *want, double tolerance)
{
    expect_values("tensor", y, want, tolerance);
}

static const char *name_of(const GradCase *c) { return c->name ? c->name : "case"; }

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
    expect_values(name_of(c), r.y, want, tolerance);
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
            expect_near((Place){name_of(c), i, j}, (double)r.input[i]->grad[j],
                        sum / (12 * step), op_double() ? 1e-6 : tolerance);
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

double op_apart(int64_t n, const Real *x, const Real *want)
{
    double most = 0, apart = 0;
    for (int64_t i = 0; i < n; i++) {
        most = fmax(most, fabs((double)want[i]));
        apart = fmax(apart, fabs((double)(x[i] - want[i])));
    }
    ck_assert_double_gt(most, 0);
    return apart / most;
}

static OpRun run_threads(const GradCase *c, int threads)
{
    gemm_set_threads(threads);
    OpRun r = op_run(c);
    if (r.y->needs_grad) op_backward(&r);
    return r;
}

static void expect_same(const OpRun *a, const OpRun *b, int threads)
{
    bool same = op_same_bits(a->y, b->y);
    for (int i = 0; i < a->inputs; i++)
        if (a->input[i]->grad)
            same = same && memcmp(a->input[i]->grad, b->input[i]->grad,
                                  (size_t)tensor_len(a->input[i]) * sizeof(Real)) == 0;
    ck_assert_msg(same, "%s: other bits with %d threads", name_of(a->c), threads);
}

void op_expect_threads(const GradCase *c)
{
    static const int threads[] = {2, 2, 3, 5};
    OpRun one = run_threads(c, 1);
    for (int i = 0; i < 4; i++) {
        OpRun r = run_threads(c, threads[i]);
        expect_same(&one, &r, threads[i]);
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
