/* Concatenation of 2x2 neighbours. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

typedef struct Shape {
    int64_t B, grid, C;
} Shape;

static const Shape SHAPE[] = {{2, 6, 3}, {1, 2, 5}, {3, 4, 1}};
enum { SHAPES = sizeof SHAPE / sizeof *SHAPE };

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    return op_patch_merge(tape, input[0], ((const Shape *)options)->grid);
}

/* As the reference slices: x0 = x[0::2, 0::2], x1 = x[1::2, 0::2], x2 = x[0::2, 1::2], x3 = x[1::2, 1::2]. */
static void oracle(const GradCase *c, const double *const *x, double *y)
{
    static const int64_t first_row[4] = {0, 1, 0, 1}, first_col[4] = {0, 0, 1, 1};
    const Shape s = *(const Shape *)c->options;
    for (int64_t b = 0; b < s.B; b++)
        for (int part = 0; part < 4; part++)
            for (int64_t row = first_row[part]; row < s.grid; row += 2)
                for (int64_t col = first_col[part]; col < s.grid; col += 2)
                    for (int64_t i = 0; i < s.C; i++) {
                        const int64_t token = (row / 2) * (s.grid / 2) + col / 2;
                        y[((b * s.grid * s.grid / 4 + token) * 4 + part) * s.C + i] =
                            x[0][((b * s.grid + row) * s.grid + col) * s.C + i];
                    }
}

static GradCase make_case(const Shape *s)
{
    GradCase c = {.build = build, .options = s};
    op_input(&c, -1, 1, 3, (int64_t[]){s->B, s->grid * s->grid, s->C});
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

START_TEST(test_order_of_neighbours)
{
    static const double x[4] = {0, 1, 10, 11}; /* 10 row + col */
    GradCase c = make_case(&(Shape){1, 2, 1});
    c.options = &(Shape){1, 2, 1};
    c.input[0].values = x;
    OpRun r = op_run(&c);
    ck_assert_int_eq(r.y->ndim, 3);
    ck_assert_int_eq(r.y->shape[1], 1);
    ck_assert_int_eq(r.y->shape[2], 4);
    const double want[4] = {0, 10, 1, 11};
    op_expect(r.y, want, 0);
    op_run_free(&r);
}
END_TEST

START_TEST(test_threads)
{
    static const Shape shape = {3, 24, 33};
    const GradCase c = make_case(&shape);
    op_expect_threads(&c);
}
END_TEST

static void misuse(int ndim, const int64_t *shape, int64_t grid)
{
    Tape *tape = tape_new();
    op_patch_merge(tape, tape_tensor(tape, ndim, shape), grid);
}

START_TEST(test_odd_grid) { misuse(3, (int64_t[]){1, 9, 2}, 3); }
END_TEST
START_TEST(test_other_grid) { misuse(3, (int64_t[]){1, 16, 2}, 2); }
END_TEST
START_TEST(test_two_axes) { misuse(2, (int64_t[]){16, 2}, 4); }
END_TEST

Suite *test_patch_merge_suite(void);
Suite *test_patch_merge_suite(void)
{
    Suite *s = suite_create("patch_merge");
    TCase *t = op_tcase(s, "value");
    tcase_add_loop_test(t, test_value, 0, SHAPES);
    tcase_add_test(t, test_order_of_neighbours);
    tcase_add_test(t, test_threads);
    t = op_tcase(s, "misuse");
    tcase_add_test_raise_signal(t, test_odd_grid, SIGABRT);
    tcase_add_test_raise_signal(t, test_other_grid, SIGABRT);
    tcase_add_test_raise_signal(t, test_two_axes, SIGABRT);
    if (op_double()) tcase_add_loop_test(op_tcase(s, "gradient"), test_gradient, 0, SHAPES);
    return s;
}
