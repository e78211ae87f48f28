/* SPDX-License-Identifier: Apache-2.0 */
/* Two small operations and their inputs, so that tests of the tape do not depend on
 * core/ops. */
#ifndef RAMPLUS_TESTS_CORE_AUTOGRAD_TAPE_CASE_H
#define RAMPLUS_TESTS_CORE_AUTOGRAD_TAPE_CASE_H

#include "core/autograd/tape.h"
#include "tests/support/grad_check.h"

#include <check.h>

enum { TAPE_CASE_LEN = 6, TAPE_CASE_MEGA = 1 << 20 };

/* y = a b, element-wise. If runs is not NULL, it counts the backward passes. */
Tensor *tape_case_mul(Tape *tape, Tensor *a, Tensor *b, int *runs);
/* The sum of a, a single number. */
Tensor *tape_case_sum(Tape *tape, Tensor *a);
/* y = factor * a; `runs` as above. */
Tensor *tape_case_scale(Tape *tape, Tensor *a, double factor, int *runs);
/* Gives the sum of `a` the gradient `seed`. */
void tape_case_seed(Tape *tape, Tensor *a, double seed);
/* [6] values in [0.5, 1.5) with a gradient, outside the tape; freed with test_tensor_free. */
Tensor *tape_case_leaf(uint64_t seed);
/* [6] equal values on the tape, without gradient. */
Tensor *tape_case_constant(Tape *tape, double value);
/* Checks that the gradient of x is factor * of, or factor everywhere if `of` is NULL. */
void tape_case_expect_grad(const Tensor *x, double factor, const Tensor *of);

/* A test case with a fixture, whose functions may be NULL. */
TCase *tape_case_new(Suite *s, SFun setup, SFun teardown, const char *name);

#endif
