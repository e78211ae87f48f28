/* SPDX-License-Identifier: Apache-2.0 */
/* Gradient check by central differences (double build). The output of `build` is projected on a random
 * vector, so that no symmetry hides an error; every element of every input that needs a gradient is
 * compared: |analytic - numeric| <= 1e-6 * max(1, |analytic|, |numeric|). */
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
        bool constant;     /* no gradient wanted */
        const double *values; /* given values instead of random ones; NULL: random */
    } input[GRAD_MAX_INPUTS];
    /* Builds the output from the inputs; options is passed through. */
    Tensor *(*build)(Tape *tape, Tensor *const *input, const void *options);
    const void *options;
    /* Dropout on; its masks are the same at every call, because streams are counter-based. */
    bool training;
    const char *name; /* for messages; may be NULL */
} GradCase;

/* Fails the running check test with the worst element when the gradients differ. */
void grad_check(const GradCase *c);

/* The same without failing: false with the reason in text. Also asks that backward adds to what the
 * gradients hold, that a frozen input gets none and changes no other, and that no input value is
 * written. */
bool grad_compare(const GradCase *c, char text[static 256]);

/* In either precision, without numeric derivatives: each input alone gets the gradient that it gets
 * together with the others, added to what it held; frozen inputs get none; no value is written. */
bool grad_rules(const GradCase *c, char text[static 256]);

/* Input i of the case, for value tests; test_tensor_free. */
Tensor *grad_case_input(const GradCase *c, int i);

/* Tensors outside a tape for value tests, followed by sentinel words that test_tensor_free checks. */
Tensor *test_tensor(int ndim, const int64_t *shape, bool needs_grad);
bool test_tensor_intact(const Tensor *x); /* false: something wrote past its end */
void test_tensor_free(Tensor *x);
/* Fills with deterministic uniform numbers in [lo, hi). */
void test_fill(Tensor *x, uint64_t seed, double lo, double hi);
/* Random parameters that keep activations near 1, so that no gradient vanishes: matrices +-sqrt(3 / fan
 * in), norm weights 0.9 to 1.1, position tables +-0.5, biases +-0.2, single numbers 1. */
void test_fill_params(ParamSet *ps, uint64_t seed);

#endif
