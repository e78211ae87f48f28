/* SPDX-License-Identifier: Apache-2.0 */
/* Gradient check by central differences (double build). The output of `build` is projected on a
 * random vector, so that no symmetry hides an error. Every element of every input that needs a
 * gradient is compared: |analytic - numeric| <= 1e-6 * max(1, |analytic|, |numeric|). */
#ifndef RAMPLUS_TESTS_SUPPORT_GRAD_CHECK_H
#define RAMPLUS_TESTS_SUPPORT_GRAD_CHECK_H

#include "core/autograd/param.h"
#include "core/autograd/tape.h"

enum { GRAD_MAX_INPUTS = 8 };

typedef struct GradCase {
    int inputs;
    struct {
        int ndim;
        int64_t shape[TENSOR_MAX_AXES];
        double lo, hi;     /* values are uniform in [lo, hi) ... */
        double kink, away; /* ... but at least `away` from every multiple of `kink` (0: none) */
        bool constant;     /* needs no gradient */
        const double *values; /* values to use; NULL: random values */
    } input[GRAD_MAX_INPUTS];
    /* Computes the output from the inputs; receives `options`. */
    Tensor *(*build)(Tape *tape, Tensor *const *input, const void *options);
    const void *options;
    /* Enables dropout. Its masks are the same in every call, because streams are
     * counter-based. */
    bool training;
    const char *name; /* for messages; may be NULL */
} GradCase;

/* Fails the current test with the worst element if the gradients differ. */
void grad_check(const GradCase *c);

/* grad_check that returns false with the reason in text instead of failing. It also checks that
 * backward adds to the gradients, that a frozen input gets none and changes no other gradient,
 * and that input values are not written. */
bool grad_compare(const GradCase *c, char text[static 256]);

/* Checks in either precision, without numeric derivatives, that each input gets the same
 * gradient alone as together with the others, added to its previous contents, that frozen
 * inputs get none, and that no value is written. */
bool grad_rules(const GradCase *c, char text[static 256]);

/* The derivative of f(context) by *x: five-point differences with this step. */
double grad_numeric(Real *x, double step, double (*f)(void *context), void *context);

/* Creates input i of the case, for value tests. The caller frees it with test_tensor_free. */
Tensor *grad_case_input(const GradCase *c, int i);

/* Tensors outside a tape, followed by guard words that test_tensor_free checks. */
Tensor *test_tensor(int ndim, const int64_t *shape, bool needs_grad);
bool test_tensor_intact(const Tensor *x); /* false if something wrote past its end */
void test_tensor_free(Tensor *x);
/* Fills with deterministic uniform numbers in [lo, hi). */
void test_fill(Tensor *x, uint64_t seed, double lo, double hi);
/* Fills parameters at random so that activations stay near 1 and no gradient vanishes: matrices
 * +-sqrt(3 / fan in), norm weights 0.9 to 1.1, position tables +-0.5, biases +-0.2, single
 * numbers 1. */
void test_fill_params(ParamSet *ps, uint64_t seed);

#endif
