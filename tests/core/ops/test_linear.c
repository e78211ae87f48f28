/* y = x W^T + b. */
#include "core/math/bf16.h"
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

#include <stdio.h>

typedef struct Shape {
    int ndim;
    int64_t x[4];
    int64_t out;
    int wdim; /* axes of w after the first */
    int64_t in[3];
    bool bias;
} Shape;

static const Shape SHAPE[] = {
    {3, {2, 5, 3}, 4, 1, {3}, true},     {3, {2, 5, 3}, 4, 1, {3}, false},
    {2, {1, 7}, 1, 1, {7}, true},        {4, {2, 1, 3, 1}, 5, 1, {1}, true},
    {2, {5, 12}, 3, 3, {3, 2, 2}, true}, {1, {3}, 2, 1, {3}, true},
};
enum { SHAPES = sizeof SHAPE / sizeof *SHAPE };

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    const Shape *s = options;
    return op_linear(tape, input[0], input[1], s->bias ? input[2] : NULL);
}

static void oracle(const GradCase *c, const double *const *x, double *y)
{
    const Shape *s = c->options;
    int64_t rows = 1, in = 1;
    for (int a = 0; a < s->ndim - 1; a++) rows *= s->x[a];
    for (int a = 0; a < s->wdim; a++) in *= s->in[a];
    for (int64_t r = 0; r < rows; r++)
        for (int64_t o = 0; o < s->out; o++) {
            double sum = s->bias ? x[2][o] : 0;
            for (int64_t i = 0; i < in; i++) sum += x[0][r * in + i] * x[1][o * in + i];
            y[r * s->out + o] = sum;
        }
}

static GradCase make_case(const Shape *s)
{
    GradCase c = {.build = build, .options = s};
    int64_t w[4] = {s->out};
    for (int a = 0; a < s->wdim; a++) w[a + 1] = s->in[a];
    op_input(&c, -1, 1, s->ndim, s->x);
    op_input(&c, -1, 1, s->wdim + 1, w);
    if (s->bias) op_input(&c, -1, 1, 1, &s->out);
    return c;
}

START_TEST(test_value)
{
    const GradCase c = make_case(&SHAPE[_i]);
    op_expect_value(&c, oracle, 1e-6);
    op_expect_gradient(&c, oracle, 5e-6);
}
END_TEST

START_TEST(test_shape)
{
    const GradCase c = make_case(&SHAPE[_i]);
    OpRun r = op_run(&c);
    ck_assert_int_eq(r.y->ndim, SHAPE[_i].ndim);
    for (int a = 0; a < r.y->ndim - 1; a++) ck_assert_int_eq(r.y->shape[a], SHAPE[_i].x[a]);
    ck_assert_int_eq(tensor_axis(r.y, -1), SHAPE[_i].out);
    op_run_free(&r);
}
END_TEST

START_TEST(test_gradient)
{
    const GradCase c = make_case(&SHAPE[_i]);
    grad_check(&c);
}
END_TEST

/* Two layers with the same weight: its gradient is the sum of both uses. */
static Tensor *build_shared(Tape *tape, Tensor *const *input, const void *options)
{
    (void)options;
    Tensor *h = op_linear(tape, input[0], input[1], input[2]);
    return op_linear(tape, h, input[1], input[2]);
}

START_TEST(test_shared_weight)
{
    GradCase c = {.build = build_shared};
    op_input(&c, -1, 1, 2, (int64_t[]){4, 3});
    op_input(&c, -1, 1, 2, (int64_t[]){3, 3});
    op_input(&c, -1, 1, 1, (int64_t[]){3});
    grad_check(&c);
}
END_TEST

START_TEST(test_identity_weight)
{
    static const double eye[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    static const Shape shape = {2, {5, 3}, 3, 1, {3}, false};
    GradCase c = make_case(&shape);
    c.input[1].values = eye;
    OpRun r = op_run(&c);
    ck_assert(op_same_bits(r.y, r.input[0]));
    op_run_free(&r);
}
END_TEST

START_TEST(test_threads)
{
    static const Shape shape = {3, {2, 67, 130}, 257, 1, {130}, true};
    const GradCase c = make_case(&shape);
    op_expect_value(&c, oracle, 1e-5);
    op_expect_threads(&c);
}
END_TEST

/* Small integers are exact in either precision: equal bits, with every row active and with few. */
static Tensor *build_bf16(Tape *tape, Tensor *const *input, const void *options)
{
    tape_set_bf16(tape, true);
    return build(tape, input, options);
}

static OpRun run_integers(GradCase *c, int64_t every)
{
    OpRun r = op_run(c);
    Real *dy = tape_grad(r.tape, r.y);
    const int64_t N = tensor_axis(r.y, -1);
    for (int64_t i = 0; i < tensor_len(r.y); i++)
        dy[i] = i / N % every == 0 ? (Real)(i % 7 - 3) : 0;
    tape_backward(r.tape);
    return r;
}

START_TEST(test_bf16)
{
    static const Shape shape = {3, {2, 67, 130}, 257, 1, {130}, true};
    static double values[257 * 130];
    GradCase c = make_case(&shape);
    if (bf16_missing()) {
        printf("linear: bfloat16 not checked: %s\n", bf16_missing());
        return;
    }
    for (int i = 0; i < 257 * 130; i++) values[i] = i * i % 13 - 6;
    for (int i = 0; i < c.inputs; i++) c.input[i].values = values;
    const int64_t every = _i ? 5 : 1;
    OpRun want = run_integers(&c, every);
    c.build = build_bf16;
    OpRun have = run_integers(&c, every);
    ck_assert(op_same_bits(have.y, want.y));
    for (int i = 0; i < c.inputs; i++)
        ck_assert_mem_eq(have.input[i]->grad, want.input[i]->grad,
                         (size_t)tensor_len(want.input[i]) * sizeof(Real));
    op_run_free(&want);
    op_run_free(&have);
}
END_TEST

START_TEST(test_wrong_width)
{
    GradCase c = {.build = build, .options = &SHAPE[1]};
    op_input(&c, -1, 1, 2, (int64_t[]){5, 4});
    op_input(&c, -1, 1, 2, (int64_t[]){2, 3});
    op_run(&c);
}
END_TEST

START_TEST(test_wrong_bias)
{
    GradCase c = {.build = build, .options = &SHAPE[0]};
    op_input(&c, -1, 1, 2, (int64_t[]){5, 3});
    op_input(&c, -1, 1, 2, (int64_t[]){2, 3});
    op_input(&c, -1, 1, 1, (int64_t[]){3});
    op_run(&c);
}
END_TEST

Suite *test_linear_suite(void);
Suite *test_linear_suite(void)
{
    Suite *s = suite_create("linear");
    TCase *t = op_tcase(s, "value");
    tcase_add_loop_test(t, test_value, 0, SHAPES);
    tcase_add_loop_test(t, test_shape, 0, SHAPES);
    tcase_add_test(t, test_identity_weight);
    tcase_add_test(t, test_threads);
    if (!op_double()) tcase_add_loop_test(t, test_bf16, 0, 2);
    t = op_tcase(s, "misuse");
    tcase_add_test_raise_signal(t, test_wrong_width, SIGABRT);
    tcase_add_test_raise_signal(t, test_wrong_bias, SIGABRT);
    if (!op_double()) return s;
    t = op_tcase(s, "gradient");
    tcase_add_loop_test(t, test_gradient, 0, SHAPES);
    tcase_add_test(t, test_shared_weight);
    return s;
}
