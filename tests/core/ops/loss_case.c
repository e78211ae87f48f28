/* SPDX-License-Identifier: Apache-2.0 */
/* The tests that all losses share. */
#include "tests/core/ops/loss_case.h"

#include "core/math/gemm.h"
#include "core/mem.h"

#include <string.h>

enum { ROWS = 3, COLUMNS = 5, LEN = ROWS * COLUMNS };

static const double LOGITS[LEN] = {-6,  -3.6, -1.7, -0.9, -0.2, 0.15, 0.7, 1.3,
                                   2.2, 3.1,  4.5,  -2.3, 0.9,  -4.4, 1.8};
static const double TARGETS[LEN] = {1, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1};
static const int64_t SHAPE[2] = {ROWS, COLUMNS};

/* Relative to max(1, |value|). */
static double tolerance(void) { return sizeof(Real) == sizeof(double) ? 1e-12 : 1e-5; }

static Tensor *filled(Tape *tape, const int64_t *shape, const double *value)
{
    Tensor *x = tape_tensor(tape, 2, shape);
    for (int64_t i = 0; i < tensor_len(x); i++) x->data[i] = (Real)value[i];
    return x;
}

Tensor *loss_case_logits(Tape *tape)
{
    Tensor *x = filled(tape, SHAPE, LOGITS);
    x->needs_grad = true;
    return x;
}

Tensor *loss_case_targets(Tape *tape) { return filled(tape, SHAPE, TARGETS); }

const Real *loss_case_slopes(Tape *tape, LossOp *op, Tensor *x, Tensor *y, const void *options)
{
    tape_seed(tape, op(tape, x, y, options), 1);
    tape_backward(tape);
    return x->grad;
}

static void near(double got, double want, const char *what)
{
    ck_assert_msg(fabs(got - want) <= tolerance() * fmax(1, fabs(want)),
                  "%s %.17g, expected %.17g", what, got, want);
}

static void value_at(const double *logits, LossOp *op, LossOracle *oracle, const void *options)
{
    Tape *tape = tape_new();
    Tensor *x = filled(tape, SHAPE, logits), *y = loss_case_targets(tape);
    x->needs_grad = true;
    long double want = 0;
    for (int i = 0; i < LEN; i++)
        want += oracle((long double)x->data[i], TARGETS[i] > 0, options);
    const Tensor *loss = op(tape, x, y, options);
    ck_assert_int_eq(loss->ndim, 0);
    near((double)loss->data[0], (double)want, "value");
    const Real *slope = loss_case_slopes(tape, op, x, y, options);
    for (int i = 0; i < LEN; i++) ck_assert_msg(isfinite((double)slope[i]), "slope %d", i);
    tape_free(tape);
}

static void value(const LossCase *l, const void *options)
{
    double extreme[LEN];
    for (int i = 0; i < LEN; i++) extreme[i] = (i % 2 ? 1 : -1) * (i % 3 ? 100 : 30);
    value_at(LOGITS, l->op, l->oracle, options);
    value_at(extreme, l->op, l->oracle, options);
}

/* A stored list of rows of numbers as a tensor. */
static Tensor *stored_tensor(Tape *tape, const json_t *rows)
{
    const int64_t B = (int64_t)json_array_size(rows);
    const int64_t K = (int64_t)json_array_size(json_array_get(rows, 0));
    Tensor *x = tape_tensor(tape, 2, (int64_t[]){B, K});
    for (int64_t i = 0; i < B * K; i++) {
        const json_t *row = json_array_get(rows, (size_t)(i / K));
        const json_t *number = json_array_get(row, (size_t)(i % K));
        ck_assert(json_is_number(number));
        x->data[i] = (Real)json_number_value(number);
    }
    return x;
}

static void stored_case(const json_t *one, LossStored *op)
{
    Tape *tape = tape_new();
    Tensor *x = stored_tensor(tape, json_object_get(one, "logits"));
    Tensor *y = stored_tensor(tape, json_object_get(one, "targets"));
    const Tensor *grad = stored_tensor(tape, json_object_get(one, "grad"));
    x->needs_grad = true;
    Tensor *loss = op(tape, x, y, json_object_get(one, "options"));
    near((double)loss->data[0], json_number_value(json_object_get(one, "value")), "value");
    tape_seed(tape, loss, 1);
    tape_backward(tape);
    for (int64_t i = 0; i < tensor_len(x); i++)
        near((double)x->grad[i], (double)grad->data[i], "slope");
    tape_free(tape);
}

void loss_case_stored(const char *name, LossStored *op)
{
    json_error_t why;
    json_t *all = json_load_file("tests/golden/losses.json", 0, &why);
    ck_assert_msg(all != NULL, "tests/golden/losses.json: %s", why.text);
    int cases = 0;
    for (size_t i = 0; i < json_array_size(all); i++) {
        const json_t *one = json_array_get(all, i);
        if (strcmp(json_string_value(json_object_get(one, "loss")), name) != 0) continue;
        stored_case(one, op);
        cases++;
    }
    json_decref(all);
    ck_assert_msg(cases > 0, "no stored case is called %s", name);
}

double loss_case_option(const json_t *options, const char *key, double otherwise)
{
    const json_t *value = json_object_get(options, key);
    if (!value) return otherwise;
    return json_is_boolean(value) ? json_is_true(value) : json_number_value(value);
}

/* Elements whose target is unknown in the tests below: some of each row, all of the last. */
static bool is_unknown(int i) { return i % 4 == 1 || i / COLUMNS == ROWS - 1; }

/* Targets with unknown ones among them. */
static void mark_unknown(double *target)
{
    for (int i = 0; i < LEN; i++) target[i] = is_unknown(i) ? TARGET_UNKNOWN : TARGETS[i];
}

/* The value is that of the other elements alone, and no number of an unknown one matters, not
 * even one that is not finite. */
static void unknown(const LossCase *l)
{
    double target[LEN];
    long double want = 0;
    mark_unknown(target);
    Tape *tape = tape_new();
    Tensor *x = loss_case_logits(tape), *y = filled(tape, SHAPE, target);
    for (int i = 0; i < LEN; i++)
        if (!is_unknown(i))
            want += l->oracle((long double)x->data[i], target[i] > 0, l->options);
    const Real value = l->op(tape, x, y, l->options)->data[0];
    near((double)value, (double)want, "value");
    const Real *slope = loss_case_slopes(tape, l->op, x, y, l->options);
    Tensor *other = loss_case_logits(tape);
    for (int i = 0; i < LEN; i++)
        if (is_unknown(i))
            other->data[i] = (Real)(i % 3 ? 1e3 * (i % 2 ? 1 : -1) : (double)NAN);
    ck_assert(l->op(tape, other, y, l->options)->data[0] == value);
    const Real *others = loss_case_slopes(tape, l->op, other, y, l->options);
    for (int i = 0; i < LEN; i++) {
        ck_assert_msg(others[i] == slope[i], "slope %d", i);
        ck_assert_msg(!is_unknown(i) || slope[i] == 0, "slope %d", i);
    }
    tape_free(tape);
}

typedef struct Bound { /* an op with its options, for grad_check */
    LossOp *op;
    const void *options;
} Bound;

static Tensor *build(Tape *tape, Tensor *const *input, const void *bound)
{
    const Bound *b = bound;
    return b->op(tape, input[0], input[1], b->options);
}

static void gradient(LossOp *op, const void *options, const double *targets)
{
    const Bound bound = {op, options};
    GradCase c = {.inputs = 2, .build = build, .options = &bound};
    for (int i = 0; i < 2; i++) {
        c.input[i].ndim = 2;
        memcpy(c.input[i].shape, SHAPE, sizeof SHAPE);
        c.input[i].values = i ? targets : LOGITS;
        c.input[i].constant = i == 1;
    }
    grad_check(&c);
}

static void unknown_gradient(const LossCase *l)
{
    double target[LEN];
    mark_unknown(target);
    gradient(l->op, l->options, target);
}

/* Value and gradient of 7 x 1001 logits. */
static void run_wide(LossOp *op, const void *options, Real *out)
{
    enum { B = 7, K = 1001 };
    Tape *tape = tape_new();
    Tensor *x = tape_tensor(tape, 2, (int64_t[]){B, K});
    Tensor *y = tape_tensor(tape, 2, (int64_t[]){B, K});
    test_fill(x, 5, -8, 8);
    for (int i = 0; i < B * K; i++) y->data[i] = i % 9 == 0;
    x->needs_grad = true;
    Tensor *loss = op(tape, x, y, options);
    out[0] = loss->data[0];
    tape_seed(tape, loss, 0.7);
    tape_backward(tape);
    memcpy(out + 1, x->grad, B * K * sizeof *out);
    tape_free(tape);
}

static void threads(LossOp *op, const void *options)
{
    enum { N = 1 + 7 * 1001 };
    Real *one = mem_alloc(N * sizeof *one), *many = mem_alloc(N * sizeof *many);
    gemm_set_threads(1);
    run_wide(op, options, one);
    for (int count = 2; count <= 3; count++) {
        gemm_set_threads(count);
        run_wide(op, options, many);
        ck_assert_msg(memcmp(one, many, N * sizeof *one) == 0, "%d threads differ", count);
    }
    mem_free(one);
    mem_free(many);
}

static void not_hidden(LossOp *op, const void *options)
{
    for (int i = 0; i < LEN; i++) {
        Tape *tape = tape_new();
        Tensor *x = loss_case_logits(tape);
        x->data[i] = (Real)NAN;
        const Tensor *loss = op(tape, x, loss_case_targets(tape), options);
        ck_assert_msg(isnan((double)loss->data[0]), "NaN at %d is hidden", i);
        tape_free(tape);
    }
}

static void wrong_shape(LossOp *op, const void *options)
{
    Tape *tape = tape_new();
    Tensor *y = filled(tape, (int64_t[]){COLUMNS, ROWS}, TARGETS);
    op(tape, loss_case_logits(tape), y, options);
}

static void soft_target(LossOp *op, const void *options)
{
    Tape *tape = tape_new();
    Tensor *y = loss_case_targets(tape);
    y->data[LEN - 1] = (Real)0.5;
    op(tape, loss_case_logits(tape), y, options);
}

/* ---- the suite ---- */

enum Check {
    VALUE,
    STORED,
    THREADS,
    NOT_A_NUMBER,
    GRADIENT,
    ALSO_GRADIENT,
    UNKNOWN,
    UNKNOWN_GRADIENT,
    WRONG_SHAPE, /* from here on: must abort */
    SOFT_TARGET,
    REFUSED,
    CHECKS
};

void loss_case_check(const LossCase *l, int i)
{
    switch ((enum Check)i) {
    case VALUE:
        value(l, l->options);
        break;
    case STORED:
        loss_case_stored(l->name + strlen("loss_"), l->stored);
        break;
    case THREADS:
        threads(l->op, l->options);
        break;
    case NOT_A_NUMBER:
        not_hidden(l->op, l->options);
        break;
    case GRADIENT:
        gradient(l->op, l->options, TARGETS);
        break;
    case ALSO_GRADIENT:
        gradient(l->op, l->also, TARGETS);
        break;
    case UNKNOWN:
        unknown(l);
        break;
    case UNKNOWN_GRADIENT:
        unknown_gradient(l);
        break;
    case WRONG_SHAPE:
        wrong_shape(l->op, l->options);
        break;
    case SOFT_TARGET:
        soft_target(l->op, l->options);
        break;
    case REFUSED:
        value(l, l->refused);
        break;
    case CHECKS:
        break;
    }
}

static bool wanted(const LossCase *l, enum Check check)
{
    switch (check) {
    case VALUE:
    case UNKNOWN:
        return l->oracle != NULL;
    case STORED:
        return l->stored != NULL;
    case GRADIENT:
    case UNKNOWN_GRADIENT:
        return op_double();
    case ALSO_GRADIENT:
        return op_double() && l->also;
    case SOFT_TARGET:
        return !l->soft;
    case REFUSED:
        return l->refused != NULL;
    default:
        return true;
    }
}

Suite *loss_case_suite(const LossCase *l, const TTest *test)
{
    Suite *s = suite_create(l->name);
    TCase *t = op_tcase(s, l->name), *misuse = op_tcase(s, "misuse");
    for (int i = 0; i < CHECKS; i++) {
        if (!wanted(l, (enum Check)i)) continue;
        if (i < WRONG_SHAPE) tcase_add_loop_test(t, test, i, i + 1);
        if (i >= WRONG_SHAPE) tcase_add_loop_test_raise_signal(misuse, test, SIGABRT, i, i + 1);
    }
    return s;
}
