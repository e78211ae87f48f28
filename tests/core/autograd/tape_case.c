/* SPDX-License-Identifier: Apache-2.0 */
/* The operations y = a b and y = sum a. */
#include "tests/core/autograd/tape_case.h"

static const int64_t SHAPE[1] = {TAPE_CASE_LEN};

typedef struct Saved {
    Tensor *a, *b, *y;
    int *runs; /* counts backward passes; NULL: do not */
} Saved;

static void mul_backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    const Real *dy = tape_grad(tape, s->y);
    Real *da = tape_grad(tape, s->a), *db = tape_grad(tape, s->b);
    for (int64_t i = 0; i < tensor_len(s->y); i++) {
        if (da) da[i] += s->b->data[i] * dy[i];
        if (db) db[i] += s->a->data[i] * dy[i];
    }
    if (s->runs) (*s->runs)++;
}

Tensor *tape_case_mul(Tape *tape, Tensor *a, Tensor *b, int *runs)
{
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){a, b, tape_output(tape, a->ndim, a->shape, 2, (Tensor *[]){a, b}), runs};
    for (int64_t i = 0; i < tensor_len(a); i++) s->y->data[i] = a->data[i] * b->data[i];
    tape_record(tape, "mul", s->y, mul_backward, s);
    return s->y;
}

static void sum_backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    const Real *dy = tape_grad(tape, s->y);
    Real *da = tape_grad(tape, s->a);
    for (int64_t i = 0; da && i < tensor_len(s->a); i++) da[i] += *dy;
}

Tensor *tape_case_sum(Tape *tape, Tensor *a)
{
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.a = a, .y = tape_output(tape, 0, NULL, 1, &a)};
    s->y->data[0] = 0;
    for (int64_t i = 0; i < tensor_len(a); i++) s->y->data[0] += a->data[i];
    tape_record(tape, "sum", s->y, sum_backward, s);
    return s->y;
}

Tensor *tape_case_leaf(uint64_t seed)
{
    Tensor *x = test_tensor(1, SHAPE, true);
    test_fill(x, seed, 0.5, 1.5);
    return x;
}

Tensor *tape_case_constant(Tape *tape, double value)
{
    Tensor *x = tape_tensor(tape, 1, SHAPE);
    for (int64_t i = 0; i < TAPE_CASE_LEN; i++) x->data[i] = (Real)value;
    return x;
}

Tensor *tape_case_scale(Tape *tape, Tensor *a, double factor, int *runs)
{
    return tape_case_mul(tape, a, tape_case_constant(tape, factor), runs);
}

void tape_case_seed(Tape *tape, Tensor *a, double seed)
{
    tape_seed(tape, tape_case_sum(tape, a), seed);
}

void tape_case_expect_grad(const Tensor *x, double factor, const Tensor *of)
{
    for (int64_t i = 0; i < TAPE_CASE_LEN; i++)
        ck_assert_double_eq_tol((double)x->grad[i], factor * (of ? (double)of->data[i] : 1),
                                1e-5);
}

TCase *tape_case_new(Suite *s, SFun setup, SFun teardown, const char *name)
{
    TCase *t = tcase_create(name);
    tcase_add_checked_fixture(t, setup, teardown);
    suite_add_tcase(s, t);
    return t;
}
