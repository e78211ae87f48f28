/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of cases of operations. */
#include "tests/core/ops/op_case.h"

#include <stdlib.h>
#include <string.h>

enum Kind { VALUE, GRADIENT, RULES, THREADS, PROPERTY, MISUSE, KINDS };

enum { ROWS = 1000 }; /* check number i is row i % ROWS of kind i / ROWS */

/* ---- rows ---- */

/* Parses "[2,5]" at p into 2 axes; returns the position after the bracket. */
static const char *read_shape(const char *p, int *ndim, int64_t *shape)
{
    *ndim = 0;
    for (p++; *p != ']'; p += *p == ',') {
        char *end;
        ck_assert_int_lt(*ndim, TENSOR_MAX_AXES);
        shape[(*ndim)++] = strtoll(p, &end, 10);
        ck_assert_msg(end != p && (*end == ',' || *end == ']'), "no shape: %s", p);
        p = end;
    }
    return p + 1;
}

static OpRange range_of(const OpTable *t, const OpCase *row, int i)
{
    if (row->range[i].lo < row->range[i].hi) return row->range[i];
    if (t->range[i].lo < t->range[i].hi) return t->range[i];
    return (OpRange){-1, 1};
}

/* Whether the input with the name at p needs no gradient. */
static bool is_constant(const char *p, const char *bracket)
{
    const char *word = strstr(p, "const ");
    return word && word < bracket;
}

GradCase op_grad_case(const OpTable *t, const OpCase *row)
{
    GradCase c = {.build = t->build, .options = row, .training = row->training};
    const char *p = row->shapes, *arrow = strstr(p, "->"), *end = arrow ? arrow : p + strlen(p);
    c.name = row->shapes;
    for (const char *at; (at = strchr(p, '[')) && at < end;) {
        int ndim;
        int64_t shape[TENSOR_MAX_AXES];
        const int i = c.inputs;
        const bool constant = is_constant(p, at);
        p = read_shape(at, &ndim, shape);
        op_input(&c, range_of(t, row, i).lo, range_of(t, row, i).hi, ndim, shape);
        c.input[i].constant = constant;
        c.input[i].values = row->values[i];
        c.input[i].kink = t->kink;
        c.input[i].away = t->away;
    }
    return c;
}

/* ---- checks ---- */

static void expect_shape(const GradCase *c)
{
    const char *arrow = strstr(c->name, "->");
    ck_assert_msg(arrow && strchr(arrow, '['), "%s: no output", c->name);
    Tensor want = {0};
    char got_text[96], want_text[96];
    read_shape(strchr(arrow, '['), &want.ndim, want.shape);
    OpRun r = op_run(c);
    ck_assert_msg(tensor_same_shape(r.y, &want), "%s: the output is %s, expected %s", c->name,
                  tensor_shape_text(r.y, got_text), tensor_shape_text(&want, want_text));
    op_run_free(&r);
}

static void check_value(const OpTable *t, const OpCase *row, const GradCase *c)
{
    expect_shape(c);
    if (!t->oracle || row->training) return;
    op_expect_value(c, t->oracle, row->value > 0 ? row->value : t->value);
    if (row->large || row->property || t->constant) return;
    op_expect_gradient(c, t->oracle, row->gradient > 0 ? row->gradient : t->gradient);
}

static void check_property(const OpTable *t, const OpCase *row, const GradCase *c)
{
    OpRun r = op_run(c);
    (row->property ? row->property : t->always)(&r);
    op_run_free(&r);
}

/* Creates the inputs on a tape, which aborts for an empty one. */
static void check_misuse(const OpTable *t, const OpCase *row, const GradCase *c)
{
    Tape *tape = tape_new();
    Tensor *input[GRAD_MAX_INPUTS] = {0};
    tape_set_training(tape, row->training);
    for (int i = 0; i < c->inputs; i++) {
        input[i] = tape_tensor(tape, c->input[i].ndim, c->input[i].shape);
        test_fill(input[i], (uint64_t)i, c->input[i].lo, c->input[i].hi);
    }
    t->build(tape, input, row);
    ck_abort_msg("%s: not refused: %s", c->name, row->misuse);
}

void op_check(const OpTable *t, int i)
{
    const OpCase *row = &t->cases[i % ROWS];
    const GradCase c = op_grad_case(t, row);
    char text[256];
    switch ((enum Kind)(i / ROWS)) {
    case VALUE:
        check_value(t, row, &c);
        break;
    case GRADIENT:
        grad_check(&c);
        break;
    case RULES:
        ck_assert_msg(grad_rules(&c, text), "%s: %s", c.name, text);
        break;
    case THREADS:
        op_expect_threads(&c);
        break;
    case PROPERTY:
        check_property(t, row, &c);
        break;
    case MISUSE:
        check_misuse(t, row, &c);
        break;
    case KINDS:
        break;
    }
}

void op_attention_keeps_constants(const OpRun *r)
{
    const int64_t C = r->y->shape[r->y->ndim - 1];
    for (int64_t i = 0; i < tensor_len(r->input[0]); i++)
        if (i % (3 * C) >= 2 * C) r->input[0]->data[i] = (Real)(1 + i % C);
    const Tensor *y = op_again(r);
    for (int64_t i = 0; i < tensor_len(y); i++)
        ck_assert_double_eq_tol((double)y->data[i], (double)(1 + i % C), 1e-5);
}

/* ---- the suite ---- */

static bool wanted(const OpTable *t, const OpCase *row, enum Kind kind)
{
    const bool plain = !row->large && !row->property && !row->misuse;
    switch (kind) {
    case VALUE:
        return plain || row->large || (row->property && row->value > 0);
    case GRADIENT:
        return plain && !t->constant && op_double();
    case RULES:
        return plain && !t->constant && !op_double(); /* grad_check covers them */
    case THREADS:
        return plain || row->large;
    case PROPERTY:
        return row->property || (plain && t->always);
    case MISUSE:
        return row->misuse != NULL;
    case KINDS:
        break;
    }
    return false;
}

TCase *op_tcase(Suite *s, const char *name)
{
    TCase *t = tcase_create(name);
    suite_add_tcase(s, t);
    return t;
}

void op_add_table(Suite *s, const OpTable *t, const TTest *test)
{
    for (int kind = 0; kind < KINDS; kind++) {
        TCase *tcase = op_tcase(s, t->name);
        for (int row = 0; t->cases[row].shapes; row++) {
            const int i = kind * ROWS + row, signal = kind == MISUSE ? SIGABRT : 0;
            if (!wanted(t, &t->cases[row], (enum Kind)kind)) continue;
            tcase_add_loop_test_raise_signal(tcase, test, signal, i, i + 1);
        }
    }
}

Suite *op_suite(const OpTable *t, const TTest *test)
{
    Suite *s = suite_create(t->name);
    op_add_table(s, t, test);
    return s;
}
