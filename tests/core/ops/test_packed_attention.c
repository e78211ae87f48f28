/* Packed attention against plain loops over sequences, heads and positions. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

#include <math.h>
#include <string.h>

enum { MOST = 6 };

typedef struct Shape {
    int64_t R, heads, D;
    bool causal;
    int64_t count, offset[MOST + 1], row[24], first[MOST], end[MOST];
} Shape;

static const Shape SHAPE[] = {
    /* three texts one after the other, all positions ask */
    {9, 2, 3, true, 3, {0, 4, 5, 9}, {0, 1, 2, 3, 4, 5, 6, 7, 8}, {0, 0, 0}, {4, 1, 4}},
    /* the same, everything seen */
    {9, 2, 3, false, 3, {0, 4, 5, 9}, {0, 1, 2, 3, 4, 5, 6, 7, 8}, {0, 0, 0}, {4, 1, 4}},
    /* texts that start alike: rows 0 to 2 and 0 to 1 have more than one owner */
    {8,
     1,
     4,
     true,
     3,
     {0, 4, 9, 12},
     {0, 1, 2, 3, 0, 1, 2, 4, 5, 0, 6, 7},
     {0, 3, 1},
     {4, 5, 3}},
    /* only the last position asks */
    {7, 3, 2, true, 2, {0, 3, 7}, {0, 1, 2, 3, 4, 5, 6}, {2, 3}, {3, 4}},
    /* only the first asks and sees everything, as the class token of an image does */
    {6, 1, 5, false, 2, {0, 3, 6}, {0, 1, 2, 3, 4, 5}, {0, 0}, {1, 1}},
    /* some rows stand nowhere, some order of one's own */
    {10, 2, 1, true, 2, {0, 3, 5}, {9, 2, 4, 7, 0}, {1, 0}, {3, 2}},
    {1, 1, 1, true, 1, {0, 1}, {0}, {0}, {1}},
};
enum { SHAPES = sizeof SHAPE / sizeof *SHAPE };

static PackedSequences sequences(const Shape *s)
{
    return (PackedSequences){s->count, s->offset, s->row, s->first, s->end};
}

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    const Shape *s = options;
    return op_packed_attention(tape, input[0], sequences(s), s->heads, s->causal);
}

/* ---- the oracle ---- */

static const double *part(const Shape *s, const double *qkv, int64_t n, int64_t i, int which,
                          int64_t head)
{
    const int64_t C = s->heads * s->D;
    return qkv + s->row[s->offset[n] + i] * 3 * C + which * C + head * s->D;
}

static void answer(const Shape *s, const double *qkv, int64_t n, int64_t i, int64_t head,
                   double *y)
{
    const int64_t T = s->causal ? i + 1 : s->offset[n + 1] - s->offset[n];
    double p[24];
    for (int64_t j = 0; j < T; j++) {
        p[j] = 0;
        for (int64_t d = 0; d < s->D; d++)
            p[j] += part(s, qkv, n, i, 0, head)[d] * part(s, qkv, n, j, 1, head)[d];
        p[j] /= sqrt((double)s->D);
    }
    op_softmax(T, p);
    for (int64_t d = 0; d < s->D; d++) {
        y[d] = 0;
        for (int64_t j = 0; j < T; j++) y[d] += p[j] * part(s, qkv, n, j, 2, head)[d];
    }
}

static void oracle(const GradCase *c, const double *const *x, double *y)
{
    const Shape *s = c->options;
    for (int64_t n = 0; n < s->count; n++)
        for (int64_t i = s->first[n]; i < s->end[n]; i++)
            for (int64_t head = 0; head < s->heads; head++, y += s->D)
                answer(s, x[0], n, i, head, y);
}

static GradCase make_case(const Shape *s)
{
    GradCase c = {.build = build, .options = s};
    op_input(&c, -1.5, 1.5, 2, (int64_t[]){s->R, 3 * s->heads * s->D});
    return c;
}

/* ---- tests ---- */

START_TEST(test_value)
{
    const GradCase c = make_case(&SHAPE[_i]);
    op_expect_value(&c, oracle, 2e-6);
    op_expect_gradient(&c, oracle, 1e-5);
}
END_TEST

START_TEST(test_gradient)
{
    const GradCase c = make_case(&SHAPE[_i]);
    grad_check(&c);
}
END_TEST

/* Rows of the softmax sum to 1: constant values come out unchanged. */
START_TEST(test_weights_sum_to_one)
{
    const Shape *s = &SHAPE[_i];
    const int64_t C = s->heads * s->D;
    const GradCase c = make_case(s);
    OpRun r = op_run(&c);
    for (int64_t i = 0; i < s->R; i++)
        for (int64_t k = 0; k < C; k++) r.input[0]->data[i * 3 * C + 2 * C + k] = (Real)(1 + k);
    const Tensor *y =
        op_packed_attention(r.tape, r.input[0], sequences(s), s->heads, s->causal);
    for (int64_t i = 0; i < tensor_len(y); i++)
        ck_assert_double_eq_tol((double)y->data[i], (double)(1 + i % C), 1e-5);
    op_run_free(&r);
}
END_TEST

/* The future and other sequences cannot be seen: changing row 2 of text 0 leaves everything before it
 * and all of the other texts alone, to the bit. */
START_TEST(test_causal_and_separate)
{
    const Shape *s = &SHAPE[0];
    const GradCase c = make_case(s);
    OpRun r = op_run(&c);
    for (int64_t i = 0; i < 18; i++) r.input[0]->data[2 * 18 + i] += 1;
    const Tensor *y = op_packed_attention(r.tape, r.input[0], sequences(s), s->heads, true);
    for (int64_t row = 0; row < 9; row++) {
        const bool same = memcmp(y->data + row * 6, r.y->data + row * 6, 6 * sizeof(Real)) == 0;
        ck_assert_int_eq(same, row != 2 && row != 3);
    }
    op_run_free(&r);
}
END_TEST

/* Shared rows give what copies of them give. */
START_TEST(test_sharing_is_copying)
{
    static const Shape apart = {
        12,        1,        4, true, 3, {0, 4, 9, 12}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11},
        {0, 3, 1}, {4, 5, 3}};
    const Shape *s = &SHAPE[2];
    const GradCase c = make_case(s);
    OpRun r = op_run(&c);
    Tensor *copy = tape_tensor(r.tape, 2, (int64_t[]){12, 12});
    for (int64_t i = 0; i < 12; i++)
        memcpy(copy->data + i * 12, r.input[0]->data + s->row[i] * 12, 12 * sizeof(Real));
    ck_assert(op_same_bits(r.y, op_packed_attention(r.tape, copy, sequences(&apart), 1, true)));
    op_run_free(&r);
}
END_TEST

START_TEST(test_large_scores)
{
    GradCase c = make_case(&SHAPE[0]);
    c.input[0].lo = -60;
    c.input[0].hi = 60;
    op_expect_value(&c, oracle, 1e-3);
}
END_TEST

START_TEST(test_threads)
{
    static Shape shape = {.R = 24, .heads = 5, .D = 40, .causal = true, .count = 6};
    for (int64_t i = 0; i < 24; i++) shape.row[i] = i % 19;
    for (int64_t n = 0; n < 6; n++) {
        shape.offset[n + 1] = n == 5 ? 24 : shape.offset[n] + 1 + n;
        shape.end[n] = shape.offset[n + 1] - shape.offset[n];
    }
    const GradCase c = make_case(&shape);
    op_expect_threads(&c);
}
END_TEST

/* ---- misuse ---- */

static void misuse(int64_t width, int64_t first, int64_t end, int64_t row, int64_t count)
{
    Tape *tape = tape_new();
    const int64_t offset[] = {0, 3}, rows[] = {0, 1, row};
    const PackedSequences in = {count, offset, rows, &first, &end};
    op_packed_attention(tape, tape_tensor(tape, 2, (int64_t[]){4, width}), in, 2, true);
}

START_TEST(test_heads_do_not_divide) { misuse(9, 0, 3, 2, 1); }
END_TEST
START_TEST(test_nobody_asks) { misuse(12, 2, 2, 2, 1); }
END_TEST
START_TEST(test_asks_behind_the_end) { misuse(12, 0, 4, 2, 1); }
END_TEST
START_TEST(test_asks_before_the_start) { misuse(12, -1, 3, 2, 1); }
END_TEST
START_TEST(test_row_out_of_range) { misuse(12, 0, 3, 4, 1); }
END_TEST
START_TEST(test_negative_row) { misuse(12, 0, 3, -1, 1); }
END_TEST
START_TEST(test_no_sequence) { misuse(12, 0, 3, 2, 0); }
END_TEST

Suite *test_packed_attention_suite(void);
Suite *test_packed_attention_suite(void)
{
    Suite *s = suite_create("packed_attention");
    TCase *t = op_tcase(s, "value");
    tcase_add_loop_test(t, test_value, 0, SHAPES);
    tcase_add_loop_test(t, test_weights_sum_to_one, 0, SHAPES);
    tcase_add_test(t, test_causal_and_separate);
    tcase_add_test(t, test_sharing_is_copying);
    tcase_add_test(t, test_large_scores);
    tcase_add_test(t, test_threads);
    t = op_tcase(s, "misuse");
    tcase_add_test_raise_signal(t, test_heads_do_not_divide, SIGABRT);
    tcase_add_test_raise_signal(t, test_nobody_asks, SIGABRT);
    tcase_add_test_raise_signal(t, test_asks_behind_the_end, SIGABRT);
    tcase_add_test_raise_signal(t, test_asks_before_the_start, SIGABRT);
    tcase_add_test_raise_signal(t, test_row_out_of_range, SIGABRT);
    tcase_add_test_raise_signal(t, test_negative_row, SIGABRT);
    tcase_add_test_raise_signal(t, test_no_sequence, SIGABRT);
    if (op_double()) tcase_add_loop_test(op_tcase(s, "gradient"), test_gradient, 0, SHAPES);
    return s;
}
