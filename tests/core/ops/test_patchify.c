/* Cutting square patches. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

typedef struct Shape {
    int64_t B, C, S, patch;
} Shape;

static const Shape SHAPE[] = {{2, 3, 6, 2}, {1, 1, 5, 5}, {2, 2, 3, 1}, {1, 3, 12, 4}};
enum { SHAPES = sizeof SHAPE / sizeof *SHAPE };

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    return op_patchify(tape, input[0], ((const Shape *)options)->patch);
}

/* Visits pixels in image order and looks up where each goes: the other way round than a gather. */
static void oracle(const GradCase *c, const double *const *x, double *y)
{
    const Shape s = *(const Shape *)c->options;
    const int64_t p = s.patch, grid = s.S / p;
    for (int64_t b = 0; b < s.B; b++)
        for (int64_t ch = 0; ch < s.C; ch++)
            for (int64_t row = 0; row < s.S; row++)
                for (int64_t col = 0; col < s.S; col++) {
                    const int64_t token = (row / p) * grid + col / p;
                    const int64_t element = (ch * p + row % p) * p + col % p;
                    y[(b * grid * grid + token) * s.C * p * p + element] =
                        x[0][((b * s.C + ch) * s.S + row) * s.S + col];
                }
}

static GradCase make_case(const Shape *s)
{
    GradCase c = {.build = build, .options = s};
    op_input(&c, -1, 1, 4, (int64_t[]){s->B, s->C, s->S, s->S});
    return c;
}

START_TEST(test_value)
{
    const GradCase c = make_case(&SHAPE[_i]);
    op_expect_value(&c, oracle, 0);
    op_expect_gradient(&c, oracle, 1e-6);
}
END_TEST

START_TEST(test_gradient)
{
    const GradCase c = make_case(&SHAPE[_i]);
    grad_check(&c);
}
END_TEST

/* Patches times a flattened kernel are the strided convolution that the reference stores. */
static double convolve(const Tensor *image, const Tensor *w, int64_t b, int64_t out, int64_t r,
                       int64_t s)
{
    const int64_t C = image->shape[1], S = image->shape[2], p = w->shape[2];
    double sum = 0;
    for (int64_t c = 0; c < C; c++)
        for (int64_t i = 0; i < p; i++)
            for (int64_t j = 0; j < p; j++)
                sum += (double)image->data[((b * C + c) * S + r * p + i) * S + s * p + j] *
                       (double)w->data[((out * C + c) * p + i) * p + j];
    return sum;
}

START_TEST(test_linear_of_patches_is_convolution)
{
    const GradCase c = make_case(&SHAPE[3]);
    OpRun r = op_run(&c);
    Tensor *w = tape_tensor(r.tape, 4, (int64_t[]){5, 3, 4, 4});
    test_fill(w, 9, -1, 1);
    const Tensor *y = op_linear(r.tape, r.y, w, NULL);
    for (int64_t token = 0; token < 9; token++)
        for (int64_t out = 0; out < 5; out++)
            ck_assert_double_eq_tol((double)y->data[token * 5 + out],
                                    convolve(r.input[0], w, 0, out, token / 3, token % 3),
                                    1e-5);
    op_run_free(&r);
}
END_TEST

START_TEST(test_threads)
{
    static const Shape shape = {3, 3, 96, 4};
    const GradCase c = make_case(&shape);
    op_expect_threads(&c);
}
END_TEST

static void misuse(int ndim, const int64_t *shape, int64_t patch)
{
    Tape *tape = tape_new();
    op_patchify(tape, tape_tensor(tape, ndim, shape), patch);
}

START_TEST(test_side_not_divisible) { misuse(4, (int64_t[]){1, 3, 6, 6}, 4); }
END_TEST
START_TEST(test_not_square) { misuse(4, (int64_t[]){1, 3, 4, 8}, 4); }
END_TEST
START_TEST(test_no_patch) { misuse(4, (int64_t[]){1, 3, 4, 4}, 0); }
END_TEST
START_TEST(test_three_axes) { misuse(3, (int64_t[]){3, 4, 4}, 4); }
END_TEST

Suite *test_patchify_suite(void);
Suite *test_patchify_suite(void)
{
    Suite *s = suite_create("patchify");
    TCase *t = op_tcase(s, "value");
    tcase_add_loop_test(t, test_value, 0, SHAPES);
    tcase_add_test(t, test_linear_of_patches_is_convolution);
    tcase_add_test(t, test_threads);
    t = op_tcase(s, "misuse");
    tcase_add_test_raise_signal(t, test_side_not_divisible, SIGABRT);
    tcase_add_test_raise_signal(t, test_not_square, SIGABRT);
    tcase_add_test_raise_signal(t, test_no_patch, SIGABRT);
    tcase_add_test_raise_signal(t, test_three_axes, SIGABRT);
    if (op_double()) tcase_add_loop_test(op_tcase(s, "gradient"), test_gradient, 0, SHAPES);
    return s;
}
