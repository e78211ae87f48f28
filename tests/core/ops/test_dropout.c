/* Dropout: which elements are kept depends on the global row alone. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

#include <math.h>
#include <stdlib.h>

typedef struct Options {
    double p;
    DropoutRows rows;
} Options;

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    const Options *o = options;
    return op_dropout(tape, input[0], o->p, o->rows);
}

static GradCase make_case(int64_t B, int64_t Q, int64_t C, const Options *o)
{
    GradCase c = {.build = build, .options = o, .training = true};
    op_input(&c, 0.5, 1.5, 3, (int64_t[]){B, Q, C}); /* never 0: a 0 means dropped */
    return c;
}

static const Options OPTIONS[] = {
    {0.1, {1, 5, 0}}, {0.5, {2, 9, 4}}, {0.9, {3, 5, 0}}, {0, {4, 5, 0}}};
enum { OPTION_COUNT = sizeof OPTIONS / sizeof *OPTIONS };

START_TEST(test_gradient)
{
    const GradCase c = make_case(2, 5, 7, &OPTIONS[_i]);
    grad_check(&c);
}
END_TEST

/* Every element is 0 or x / (1 - p), and its gradient goes the same way. */
START_TEST(test_value_and_gradient)
{
    const Options *o = &OPTIONS[_i];
    const GradCase c = make_case(2, 5, 7, o);
    OpRun r = op_run(&c);
    op_backward(&r);
    for (int64_t i = 0; i < 70; i++) {
        const double y = (double)r.y->data[i], x = (double)r.input[0]->data[i];
        const double scale = y == 0 ? 0 : 1 / (1 - o->p);
        ck_assert_msg(fabs(y - x * scale) <= 1e-6 * scale, "x %g, y %g", x, y);
        ck_assert_double_eq_tol((double)r.input[0]->grad[i], op_weight(i) * scale,
                                1e-6 * (1 + scale));
        ck_assert(o->p > 0 || y != 0);
    }
    op_run_free(&r);
}
END_TEST

START_TEST(test_not_in_training)
{
    GradCase c = make_case(2, 5, 7, &OPTIONS[1]);
    c.training = false;
    OpRun r = op_run(&c);
    ck_assert_ptr_eq(r.y, r.input[0]);
    op_run_free(&r);
}
END_TEST

static double keep_rate(const Tensor *y)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < tensor_len(y); i++) kept += y->data[i] != 0;
    return (double)kept / (double)tensor_len(y);
}

/* Within five standard deviations of 1 - p, for the whole and for every column. */
START_TEST(test_keep_rate)
{
    static const double rate[] = {0.05, 0.1, 0.5, 0.9};
    enum { Q = 997, C = 61 };
    const double p = rate[_i];
    const Options o = {p, {11, Q, 0}};
    const GradCase c = make_case(2, Q, C, &o);
    OpRun r = op_run(&c);
    const double sigma = sqrt(p * (1 - p));
    ck_assert_double_eq_tol(keep_rate(r.y), 1 - p, 5 * sigma / sqrt(2.0 * Q * C));
    for (int64_t col = 0; col < C; col++) {
        int64_t kept = 0;
        for (int64_t row = 0; row < 2 * Q; row++) kept += r.y->data[row * C + col] != 0;
        ck_assert_double_eq_tol((double)kept / (2.0 * Q), 1 - p, 5 * sigma / sqrt(2.0 * Q));
    }
    op_run_free(&r);
}
END_TEST

/* How often two rows agree: by chance p^2 + (1-p)^2. Equal rows would mean a repeated stream. */
START_TEST(test_rows_are_independent)
{
    enum { Q = 40, C = 500 };
    const Options o = {0.5, {12, Q, 0}};
    const GradCase c = make_case(2, Q, C, &o);
    OpRun r = op_run(&c);
    for (int64_t a = 0; a < 2 * Q; a++)
        for (int64_t b = 0; b < a; b++) {
            int64_t same = 0;
            for (int64_t i = 0; i < C; i++)
                same += (r.y->data[a * C + i] != 0) == (r.y->data[b * C + i] != 0);
            ck_assert_msg(llabs(same - C / 2) < 6 * sqrt(C * 0.25),
                          "rows %lld, %lld: %lld of %d", (long long)a, (long long)b,
                          (long long)same, C);
        }
    op_run_free(&r);
}
END_TEST

/* [2, 7, C] in one piece against its queries 0..2 and 3..6: the same masks, to the bit. */
static void expect_tile(const OpRun *whole, int64_t C, int64_t first, int64_t Q)
{
    Tensor *x = tape_tensor(whole->tape, 3, (int64_t[]){2, Q, C});
    const Tensor *all = whole->input[0];
    for (int64_t b = 0; b < 2; b++)
        for (int64_t i = 0; i < Q * C; i++)
            x->data[b * Q * C + i] = all->data[(b * 7 + first) * C + i];
    const Tensor *y = op_dropout(whole->tape, x, 0.5, (DropoutRows){21, 7, first});
    for (int64_t b = 0; b < 2; b++)
        for (int64_t i = 0; i < Q * C; i++)
            ck_assert(y->data[b * Q * C + i] == whole->y->data[(b * 7 + first) * C + i]);
}

START_TEST(test_tiles_do_not_matter)
{
    static const int64_t width[] = {1, 3, 4, 13, 64};
    const Options o = {0.5, {21, 7, 0}};
    const GradCase c = make_case(2, 7, width[_i], &o);
    OpRun r = op_run(&c);
    expect_tile(&r, width[_i], 0, 3);
    expect_tile(&r, width[_i], 3, 4);
    expect_tile(&r, width[_i], 6, 1);
    op_run_free(&r);
}
END_TEST

static bool mask_differs(const OpRun *r, DropoutRows rows, uint64_t seed, uint32_t step)
{
    tape_set_step(r->tape, seed, step);
    return !op_same_bits(r->y, op_dropout(r->tape, r->input[0], 0.5, rows));
}

/* Site, step and seed each name another stream; the same names give the same mask. */
START_TEST(test_streams)
{
    const Options o = {0.5, {1, 5, 0}};
    const GradCase c = make_case(2, 5, 13, &o);
    OpRun r = op_run(&c); /* with seed 7, step 3 */
    ck_assert(!mask_differs(&r, o.rows, 7, 3));
    ck_assert(mask_differs(&r, (DropoutRows){2, 5, 0}, 7, 3));
    ck_assert(mask_differs(&r, o.rows, 7, 4));
    ck_assert(mask_differs(&r, o.rows, 8, 3));
    op_run_free(&r);
}
END_TEST

START_TEST(test_threads)
{
    static const Options o = {0.1, {1, 501, 0}};
    const GradCase c = make_case(2, 501, 77, &o);
    op_expect_threads(&c);
}
END_TEST

static void misuse(int ndim, double p, DropoutRows rows)
{
    static const int64_t shape[4] = {2, 5, 3, 1};
    Tape *tape = tape_new();
    tape_set_training(tape, true);
    op_dropout(tape, tape_tensor(tape, ndim, shape), p, rows);
}

START_TEST(test_certain_drop) { misuse(3, 1, (DropoutRows){1, 5, 0}); }
END_TEST
START_TEST(test_negative_rate) { misuse(3, -0.1, (DropoutRows){1, 5, 0}); }
END_TEST
START_TEST(test_two_axes) { misuse(2, 0.1, (DropoutRows){1, 5, 0}); }
END_TEST
START_TEST(test_rows_beyond_stride) { misuse(3, 0.1, (DropoutRows){1, 6, 2}); }
END_TEST

Suite *test_dropout_suite(void);
Suite *test_dropout_suite(void)
{
    Suite *s = suite_create("dropout");
    TCase *t = op_tcase(s, "value");
    tcase_add_loop_test(t, test_value_and_gradient, 0, OPTION_COUNT);
    tcase_add_test(t, test_not_in_training);
    tcase_add_loop_test(t, test_keep_rate, 0, 4);
    tcase_add_test(t, test_rows_are_independent);
    tcase_add_loop_test(t, test_tiles_do_not_matter, 0, 5);
    tcase_add_test(t, test_streams);
    tcase_add_test(t, test_threads);
    t = op_tcase(s, "misuse");
    tcase_add_test_raise_signal(t, test_certain_drop, SIGABRT);
    tcase_add_test_raise_signal(t, test_negative_rate, SIGABRT);
    tcase_add_test_raise_signal(t, test_two_axes, SIGABRT);
    tcase_add_test_raise_signal(t, test_rows_beyond_stride, SIGABRT);
    if (op_double())
        tcase_add_loop_test(op_tcase(s, "gradient"), test_gradient, 0, OPTION_COUNT);
    return s;
}
