/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of an operation as a table of cases. A file test_NAME.c contains a call of the
 * operation, an oracle and the table; op_check does the rest. To add a case, add a row:
 *
 *   static const OpCase CASE[] = {
 *       {"x [5,2] -> [3,5,2]", .n = 3},                      inputs in order, then the output
 *       {"x [67,129] -> [5,67,129]", .n = 5, .large = true}, values and threads only
 *       {"x [1,4] -> [2,1,4]", .n = 2, .property = copies},  this property alone
 *       {"x [5,2]", .n = 0, .misuse = "no batch"},           must abort
 *       {0}};
 *   static const OpTable TABLE = {"broadcast", build, oracle, CASE, .value = 0,
 *                                 .gradient = 1e-6};
 *   START_TEST(test_case) { op_check(&TABLE, _i); }
 *   END_TEST
 *   Suite *test_broadcast_suite(void) { return op_suite(&TABLE, test_case); }
 *
 * An input called const, as in "x [3,5] const y [3,5]", needs no gradient. build(tape, input,
 * options) and oracle(c, x, y) get the row as `options` and `c->options`. Every plain row is
 * checked for: shape and values against the oracle; gradients against differences of the oracle
 * and, in the double build, of the operation; `+=` into gradients, frozen inputs, inputs left
 * alone (grad_rules); nothing written past the end; the same bits with 1 to 5 threads; the
 * table's property. */
#ifndef RAMPLUS_TESTS_CORE_OPS_OP_CASE_H
#define RAMPLUS_TESTS_CORE_OPS_OP_CASE_H

#include "tests/core/ops/op_run.h"

/* Fails the current test if the run (which recorded its forward pass) lacks the property. */
typedef void OpProperty(const OpRun *r);

typedef struct OpRange {
    double lo, hi;
} OpRange;

typedef struct OpCase {
    const char *shapes;             /* "x [2,5,3]  w [4,3]  scale [] -> [2,5,4]" */
    int64_t n;                      /* the operation's integer: heads, side of a patch ... */
    double p;                       /* its number: a rate, an epsilon ... */
    const void *options;            /* its other arguments */
    OpRange range[GRAD_MAX_INPUTS]; /* range of an input's values; default: the table's */
    const double *values[GRAD_MAX_INPUTS]; /* the values of an input */
    double value, gradient;                /* tolerances; default: the table's */
    bool large;                            /* too large for numeric differences */
    bool training;                         /* with dropout; not compared with the oracle */
    OpProperty *property; /* check only the property and, with .value, the values */
    const char *misuse;   /* must abort; describes the error */
} OpCase;

typedef struct OpTable {
    const char *name;
    Tensor *(*build)(Tape *tape, Tensor *const *input, const void *options);
    OpOracle *oracle;               /* NULL: only `always` is checked */
    const OpCase *cases;            /* terminated by {0} */
    double value, gradient;         /* tolerances of op_expect_value and op_expect_gradient */
    OpRange range[GRAD_MAX_INPUTS]; /* of the inputs' values; {0}: [-1, 1) */
    double kink, away;              /* as in GradCase, for all inputs */
    bool constant;                  /* the output has no gradient */
    OpProperty *always;             /* a property of every plain row, or NULL */
} OpTable;

/* The suite of all checks of the table. Each check is a call of `test`, which passes its _i to
 * op_check. */
Suite *op_suite(const OpTable *t, const TTest *test);
void op_add_table(Suite *s, const OpTable *t, const TTest *test);
void op_check(const OpTable *t, int i);

/* Converts the row for grad_check and op_run. */
GradCase op_grad_case(const OpTable *t, const OpCase *row);

/* A property of attention with input qkv [.., 3C] and y [.., C]: rows of the softmax sum to 1,
 * so values that are the same in all rows are unchanged, masked or not. */
void op_attention_keeps_constants(const OpRun *r);

/* A test case of the suite with a generous time limit. */
TCase *op_tcase(Suite *s, const char *name);

#endif
