/* SPDX-License-Identifier: Apache-2.0 */
/* Gradient check by four-point central differences. */
#include "tests/support/grad_check.h"

#include "core/error.h"
#include "core/mem.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SENTINELS = 16 };
static const double STEP = 2e-4, TOLERANCE = 1e-6;
/* Small enough that a wrong addition is not lost to rounding. */
static const Real SENTINEL = (Real)-1234.5;

/* ---- test tensors ---- */

static Real *guarded(int64_t n)
{
    Real *p = mem_alloc((size_t)(n + SENTINELS) * sizeof *p);
    for (int64_t i = 0; i < n; i++) p[i] = 0;
    for (int64_t i = n; i < n + SENTINELS; i++) p[i] = SENTINEL;
    return p;
}

static bool intact(const Real *p, int64_t n)
{
    for (int64_t i = n; i < n + SENTINELS; i++)
        if (memcmp(&p[i], &SENTINEL, sizeof *p) != 0) return false;
    return true;
}

Tensor *test_tensor(int ndim, const int64_t *shape, bool needs_grad)
{
    CHECK(ndim >= 0 && ndim <= TENSOR_MAX_AXES, "%d axes", ndim);
    Tensor *x = mem_calloc(1, sizeof *x);
    x->ndim = ndim;
    for (int i = 0; i < ndim; i++) x->shape[i] = shape[i];
    x->needs_grad = needs_grad;
    x->data = guarded(tensor_len(x));
    if (needs_grad) x->grad = guarded(tensor_len(x));
    return x;
}

bool test_tensor_intact(const Tensor *x)
{
    const int64_t n = tensor_len(x);
    return intact(x->data, n) && (!x->grad || intact(x->grad, n));
}

void test_tensor_free(Tensor *x)
{
    if (!x) return;
    ck_assert_msg(test_tensor_intact(x), "written past the end of values or gradient");
    mem_free(x->data);
    mem_free(x->grad);
    mem_free(x);
}

void test_fill(Tensor *x, uint64_t seed, double lo, double hi)
{
    Rng rng = rng_new(seed, 0, 0, RNG_TEST);
    const int64_t n = tensor_len(x);
    for (int64_t i = 0; i < n; i++) x->data[i] = (Real)rng_range(&rng, lo, hi);
}

static double range_of(const Param *p)
{
    if (strstr(p->name, "relative_position_bias_table")) return 0.5;
    if (p->tensor.ndim < 2) return strstr(p->name, ".weight") ? 0.1 : 0.2;
    return sqrt(3 * (double)p->tensor.shape[0] / (double)p->len);
}

void test_fill_params(ParamSet *ps, uint64_t seed)
{
    for (int64_t i = 0; i < ps->count; i++) {
        Tensor *x = &ps->param[i]->tensor;
        const double r = range_of(ps->param[i]);
        const double middle = x->ndim == 1 && strstr(ps->param[i]->name, ".weight") ? 1 : 0;
        test_fill(x, seed + (uint64_t)i, middle - r, middle + r);
        if (x->ndim == 0) x->data[0] = 1;
    }
}

/* Moves values that are closer than `away` to a multiple of `kink` away from it. */
static void avoid_kinks(Tensor *x, double kink, double away)
{
    const int64_t n = tensor_len(x);
    for (int64_t i = 0; i < n; i++) {
        const double k = round((double)x->data[i] / kink) * kink, d = (double)x->data[i] - k;
        if (fabs(d) < away) x->data[i] = (Real)(k + (d < 0 ? -away : away));
    }
}

Tensor *grad_case_input(const GradCase *c, int i)
{
    Tensor *x = test_tensor(c->input[i].ndim, c->input[i].shape, !c->input[i].constant);
    const int64_t n = tensor_len(x);
    test_fill(x, 100 + (uint64_t)i, c->input[i].lo, c->input[i].hi);
    if (c->input[i].kink > 0) avoid_kinks(x, c->input[i].kink, c->input[i].away);
    if (!c->input[i].values) return x;
    for (int64_t j = 0; j < n; j++) x->data[j] = (Real)c->input[i].values[j];
    return x;
}

/* ---- the check ---- */

typedef struct Check {
    const GradCase *c;
    Tape *tape;
    Tensor *input[GRAD_MAX_INPUTS];
    double held; /* factor on the initial contents of the gradients */
    char *text;  /* receives a description of the failure */
} Check;

enum { TEXT = 256 };

static Tensor *build(Check *k, bool record)
{
    tape_reset(k->tape);
    tape_set_step(k->tape, 7, 3);
    tape_set_training(k->tape, k->c->training);
    tape_set_recording(k->tape, record);
    return k->c->build(k->tape, k->input, k->c->options);
}

/* The weight of output element i in the projection. */
static double weight(int64_t i)
{
    Rng rng = rng_new(11, 0, (uint64_t)i, RNG_TEST);
    return rng_range(&rng, -1, 1);
}

static double value(void *check)
{
    const Tensor *y = build(check, false);
    const int64_t n = tensor_len(y);
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += weight(i) * (double)y->data[i];
    return sum;
}

/* Initial contents of the gradients: backward must add to them, not overwrite them. */
static double before(const Check *k, int64_t j)
{
    return k->held * (0.25 * (double)(j % 5) - 0.5);
}

/* Runs backward and subtracts the initial contents from the gradients of the inputs. */
static bool analytic(Check *k)
{
    for (int i = 0; i < k->c->inputs; i++)
        for (int64_t j = 0; k->input[i]->grad && j < tensor_len(k->input[i]); j++)
            k->input[i]->grad[j] = (Real)before(k, j);
    Tensor *y = build(k, true);
    Real *dy = tape_grad(k->tape, y);
    if (!dy) return snprintf(k->text, TEXT, "the output has no gradient"), false;
    for (int64_t i = 0; i < tensor_len(y); i++) dy[i] += (Real)weight(i);
    tape_backward(k->tape);
    for (int i = 0; i < k->c->inputs; i++)
        for (int64_t j = 0; k->input[i]->grad && j < tensor_len(k->input[i]); j++)
            k->input[i]->grad[j] -= (Real)before(k, j);
    return true;
}

double grad_numeric(Real *x, double step, double (*f)(void *context), void *context)
{
    static const double at[4] = {-2, -1, 1, 2}, factor[4] = {1, -8, 8, -1};
    const Real kept = *x;
    double sum = 0;
    for (int i = 0; i < 4; i++) {
        *x = (Real)((double)kept + at[i] * step);
        sum += factor[i] * f(context);
    }
    *x = kept;
    return sum / (12 * step);
}

/* Compares the gradient of input i with its numeric derivative; reports the worst element. */
static bool compare(Check *k, int i)
{
    Tensor *x = k->input[i];
    double worst = 0;
    for (int64_t j = 0; x->grad && j < tensor_len(x); j++) {
        const double a = (double)x->grad[j], n = grad_numeric(&x->data[j], STEP, value, k);
        const double error = fabs(a - n) / fmax(1, fmax(fabs(a), fabs(n)));
        if (error <= worst) continue;
        worst = isfinite(error) ? error : HUGE_VAL;
        snprintf(k->text, TEXT, "input %d, element %ld: gradient %.10g, differences %.10g", i,
                 j, a, n);
    }
    for (int64_t j = 0; x->grad && j < tensor_len(x); j++)
        if (!isfinite((double)x->grad[j])) {
            worst = HUGE_VAL;
            snprintf(k->text, TEXT, "input %d, element %ld: gradient %g", i, j,
                     (double)x->grad[j]);
        }
    return worst <= TOLERANCE;
}

/* Freezes all inputs except i: it must get the same gradient and the others none. */
static bool alone(Check *k, int i)
{
    Tensor *x = k->input[i];
    const int64_t n = tensor_len(x);
    double *full = mem_alloc((size_t)n * sizeof *full);
    Real *grad[GRAD_MAX_INPUTS];
    bool ok = true;
    for (int64_t j = 0; j < n; j++) full[j] = (double)x->grad[j];
    for (int o = 0; o < k->c->inputs; o++) {
        grad[o] = k->input[o]->grad;
        if (o != i) k->input[o]->grad = NULL, k->input[o]->needs_grad = false;
    }
    ok = analytic(k);
    const double tolerance = sizeof(Real) == sizeof(double) ? 1e-12 : 2e-5;
    for (int64_t j = 0; j < n; j++)
        ok = ok && fabs(full[j] - (double)x->grad[j]) <= tolerance * fmax(1, fabs(full[j]));
    if (!ok) snprintf(k->text, TEXT, "input %d differs when the others are frozen", i);
    for (int o = 0; o < k->c->inputs; o++) {
        if (o != i && k->input[o]->grad) {
            ok = false;
            snprintf(k->text, TEXT, "frozen input %d was given a gradient", o);
        }
        k->input[o]->grad = grad[o];
        k->input[o]->needs_grad = grad[o] != NULL;
    }
    mem_free(full);
    return ok;
}

/* Checks that forward and backward do not change the values of the inputs. */
static bool untouched(Check *k)
{
    for (int i = 0; i < k->c->inputs; i++) {
        Tensor *same = grad_case_input(k->c, i);
        const bool ok =
            memcmp(same->data, k->input[i]->data, (size_t)tensor_len(same) * sizeof(Real)) == 0;
        test_tensor_free(same);
        if (!ok) return snprintf(k->text, TEXT, "input %d was changed", i), false;
    }
    return true;
}

static Check start(const GradCase *c, double held, char *text)
{
    CHECK(c->inputs >= 1 && c->inputs <= GRAD_MAX_INPUTS, "%d inputs", c->inputs);
    Check k = {.c = c, .tape = tape_new(), .held = held, .text = text};
    text[0] = '\0';
    for (int i = 0; i < c->inputs; i++) k.input[i] = grad_case_input(c, i);
    return k;
}

static bool finish(Check *k, bool ok)
{
    for (int i = 0; i < k->c->inputs; i++) test_tensor_free(k->input[i]);
    tape_free(k->tape);
    return ok;
}

bool grad_compare(const GradCase *c, char text[static 256])
{
    Check k = start(c, 1, text);
    bool ok = analytic(&k) && untouched(&k);
    for (int i = 0; ok && i < c->inputs; i++) ok = compare(&k, i);
    for (int i = 0; ok && i < c->inputs; i++) ok = !k.input[i]->grad || alone(&k, i);
    return finish(&k, ok);
}

bool grad_rules(const GradCase *c, char text[static 256])
{
    Check k = start(c, 0, text);
    bool ok = analytic(&k) && untouched(&k);
    k.held = 1;
    for (int i = 0; ok && i < c->inputs; i++) ok = !k.input[i]->grad || alone(&k, i);
    return finish(&k, ok && untouched(&k));
}

void grad_check(const GradCase *c)
{
    ck_assert_msg(sizeof(Real) == sizeof(double), "gradient checks need the double build");
    char text[TEXT];
    if (!grad_compare(c, text)) ck_abort_msg("%s: %s", c->name ? c->name : "gradient", text);
}
