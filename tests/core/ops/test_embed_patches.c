/* The class token before the patches, and positions. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

typedef struct Shape {
    int64_t B, N, C;
} Shape;

static const Shape SHAPE[] = {{2, 4, 3}, {1, 1, 5}, {3, 9, 1}};
enum { SHAPES = sizeof SHAPE / sizeof *SHAPE };

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    (void)options;
    return op_embed_patches(tape, input[0], input[1], input[2]);
}

static void oracle(const GradCase *c, const double *const *x, double *y)
{
    const Shape s = *(const Shape *)c->options;
    for (int64_t b = 0; b < s.B; b++)
        for (int64_t n = 0; n <= s.N; n++)
            for (int64_t k = 0; k < s.C; k++)
                y[(b * (s.N + 1) + n) * s.C + k] =
                    x[2][n * s.C + k] + (n == 0 ? x[1][k] : x[0][(b * s.N + n - 1) * s.C + k]);
}

static GradCase make_case(const Shape *s)
{
    GradCase c = {.build = build, .options = s};
    op_input(&c, -1, 1, 3, (int64_t[]){s->B, s->N, s->C});
    op_input(&c, -1, 1, 1, (int64_t[]){s->C});
    op_input(&c, -1, 1, 2, (int64_t[]){s->N + 1, s->C});
    return c;
}

START_TEST(test_value)
{
    const GradCase c = make_case(&SHAPE[_i]);
    op_expect_value(&c, oracle, 1e-7);
    op_expect_gradient(&c, oracle, 1e-6);
}
END_TEST

START_TEST(test_gradient)
{
    const GradCase c = make_case(&SHAPE[_i]);
    grad_check(&c);
}
END_TEST

/* Without positions the first token of every image is the class token. */
START_TEST(test_first_token_is_the_class_token)
{
    const Shape *s = &SHAPE[_i];
    const GradCase c = make_case(s);
    OpRun r = op_run(&c);
    for (int64_t i = 0; i < tensor_len(r.input[2]); i++) r.input[2]->data[i] = 0;
    const Tensor *y =
        op_first_token(r.tape, op_embed_patches(r.tape, r.input[0], r.input[1], r.input[2]));
    for (int64_t i = 0; i < s->B * s->C; i++)
        ck_assert(y->data[i] == r.input[1]->data[i % s->C]);
    op_run_free(&r);
}
END_TEST

START_TEST(test_threads)
{
    static const Shape shape = {3, 49, 300};
    const GradCase c = make_case(&shape);
    op_expect_threads(&c);
}
END_TEST

static void misuse(int64_t token, int64_t rows, int64_t columns)
{
    Tape *tape = tape_new();
    op_embed_patches(tape, tape_tensor(tape, 3, (int64_t[]){2, 4, 3}),
                     tape_tensor(tape, 1, &token),
                     tape_tensor(tape, 2, (int64_t[]){rows, columns}));
}

START_TEST(test_other_token) { misuse(4, 5, 3); }
END_TEST
START_TEST(test_other_positions) { misuse(3, 4, 3); }
END_TEST
START_TEST(test_other_width) { misuse(3, 5, 4); }
END_TEST
START_TEST(test_two_axes)
{
    Tape *tape = tape_new();
    op_embed_patches(tape, tape_tensor(tape, 2, (int64_t[]){4, 3}),
                     tape_tensor(tape, 1, (int64_t[]){3}),
                     tape_tensor(tape, 2, (int64_t[]){5, 3}));
}
END_TEST

Suite *test_embed_patches_suite(void);
Suite *test_embed_patches_suite(void)
{
    Suite *s = suite_create("embed_patches");
    TCase *t = op_tcase(s, "value");
    tcase_add_loop_test(t, test_value, 0, SHAPES);
    tcase_add_loop_test(t, test_first_token_is_the_class_token, 0, SHAPES);
    tcase_add_test(t, test_threads);
    t = op_tcase(s, "misuse");
    tcase_add_test_raise_signal(t, test_other_token, SIGABRT);
    tcase_add_test_raise_signal(t, test_other_positions, SIGABRT);
    tcase_add_test_raise_signal(t, test_other_width, SIGABRT);
    tcase_add_test_raise_signal(t, test_two_axes, SIGABRT);
    if (op_double()) tcase_add_loop_test(op_tcase(s, "gradient"), test_gradient, 0, SHAPES);
    return s;
}
