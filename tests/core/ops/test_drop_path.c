/* Stochastic depth: whole samples are dropped. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

#include <math.h>

typedef struct Options {
    double p;
    uint64_t site;
} Options;

static const Options OPTIONS[] = {{0.1, 1}, {0.5, 2}, {0.9, 3}, {0, 4}};
enum { OPTION_COUNT = sizeof OPTIONS / sizeof *OPTIONS, LEN = 15 };

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    const Options *o = options;
    return op_drop_path(tape, input[0], o->p, o->site);
}

static GradCase make_case(int64_t B, const Options *o)
{
    GradCase c = {.build = build, .options = o, .training = true};
    op_input(&c, 0.5, 1.5, 3, (int64_t[]){B, 3, 5}); /* never 0: a 0 means dropped */
    return c;
}

START_TEST(test_gradient)
{
    const GradCase c = make_case(9, &OPTIONS[_i]);
    grad_check(&c);
}
END_TEST

/* A sample is dropped as a whole or scaled as a whole, and so is its gradient. */
START_TEST(test_whole_samples)
{
    const Options *o = &OPTIONS[_i];
    const GradCase c = make_case(33, o);
    OpRun r = op_run(&c);
    op_backward(&r);
    for (int64_t b = 0; b < 33; b++) {
        const double scale = r.y->data[b * LEN] == 0 ? 0 : 1 / (1 - o->p);
        ck_assert(o->p > 0 || scale > 0);
        for (int64_t i = b * LEN; i < (b + 1) * LEN; i++) {
            const double want = (double)r.input[0]->data[i] * scale;
            ck_assert_double_eq_tol((double)r.y->data[i], want, 1e-6 * (1 + scale));
            ck_assert_double_eq_tol((double)r.input[0]->grad[i], op_weight(i) * scale,
                                    1e-6 * (1 + scale));
        }
    }
    op_run_free(&r);
}
END_TEST

START_TEST(test_not_in_training)
{
    GradCase c = make_case(3, &OPTIONS[1]);
    c.training = false;
    OpRun r = op_run(&c);
    ck_assert_ptr_eq(r.y, r.input[0]);
    op_run_free(&r);
}
END_TEST

/* Batches of 5 over many sites and steps, as in training: the rate within five deviations of 1 - p, and
 * each sample of the batch dropped on its own. */
START_TEST(test_keep_rate)
{
    enum { B = 5, DRAWS = 4000 };
    const Options o = OPTIONS[_i];
    const GradCase c = make_case(B, &o);
    OpRun r = op_run(&c);
    int64_t kept[B] = {0}, pairs = 0;
    for (int d = 0; d < DRAWS; d++) {
        const TapeMark mark = tape_mark(r.tape);
        tape_set_step(r.tape, 1, (uint32_t)(d / 48));
        const Tensor *y = op_drop_path(r.tape, r.input[0], o.p, (uint64_t)(d % 48));
        for (int b = 0; b < B; b++) kept[b] += y->data[b * LEN] != 0;
        pairs += y->data[0] != 0 && y->data[LEN] != 0;
        tape_rewind(r.tape, mark);
    }
    const double q = 1 - o.p, q2 = q * q;
    for (int b = 0; b < B; b++)
        ck_assert_double_eq_tol((double)kept[b] / DRAWS, q, 5 * sqrt(q * o.p / DRAWS) + 1e-12);
    ck_assert_double_eq_tol((double)pairs / DRAWS, q2, 5 * sqrt(q2 * (1 - q2) / DRAWS) + 1e-12);
    op_run_free(&r);
}
END_TEST

/* Site and step name the stream. */
START_TEST(test_streams)
{
    const GradCase c = make_case(64, &OPTIONS[1]);
    OpRun r = op_run(&c); /* seed 7, step 3 */
    ck_assert(op_same_bits(r.y, op_drop_path(r.tape, r.input[0], 0.5, 2)));
    ck_assert(!op_same_bits(r.y, op_drop_path(r.tape, r.input[0], 0.5, 3)));
    tape_set_step(r.tape, 7, 4);
    ck_assert(!op_same_bits(r.y, op_drop_path(r.tape, r.input[0], 0.5, 2)));
    op_run_free(&r);
}
END_TEST

START_TEST(test_threads)
{
    const GradCase c = make_case(3001, &OPTIONS[1]);
    op_expect_threads(&c);
}
END_TEST

static void misuse(int ndim, double p)
{
    static const int64_t shape[2] = {2, 5};
    Tape *tape = tape_new();
    tape_set_training(tape, true);
    op_drop_path(tape, tape_tensor(tape, ndim, shape), p, 1);
}

START_TEST(test_certain_drop) { misuse(2, 1); }
END_TEST
START_TEST(test_negative_rate) { misuse(2, -0.1); }
END_TEST
START_TEST(test_no_axis) { misuse(0, 0.1); }
END_TEST

Suite *test_drop_path_suite(void);
Suite *test_drop_path_suite(void)
{
    Suite *s = suite_create("drop_path");
    TCase *t = op_tcase(s, "value");
    tcase_add_loop_test(t, test_whole_samples, 0, OPTION_COUNT);
    tcase_add_test(t, test_not_in_training);
    tcase_add_loop_test(t, test_keep_rate, 0, OPTION_COUNT);
    tcase_add_test(t, test_streams);
    tcase_add_test(t, test_threads);
    t = op_tcase(s, "misuse");
    tcase_add_test_raise_signal(t, test_certain_drop, SIGABRT);
    tcase_add_test_raise_signal(t, test_negative_rate, SIGABRT);
    tcase_add_test_raise_signal(t, test_no_axis, SIGABRT);
    if (op_double())
        tcase_add_loop_test(op_tcase(s, "gradient"), test_gradient, 0, OPTION_COUNT);
    return s;
}
