/* SPDX-License-Identifier: Apache-2.0 */
/* Dropout: which elements are kept depends on the global row alone. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

#include <math.h>
#include <stdlib.h>

/* p is the rate, the DropoutRows are the options. */
static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    const OpCase *row = options;
    return op_dropout(tape, input[0], row->p, *(const DropoutRows *)row->options);
}

/* Every element is 0 or x / (1 - p), and its gradient has the same factor. */
static void zero_or_scaled(const OpRun *r)
{
    const double p = ((const OpCase *)r->c->options)->p;
    op_backward(r);
    for (int64_t i = 0; i < tensor_len(r->y); i++) {
        const double y = (double)r->y->data[i], x = (double)r->input[0]->data[i];
        const double scale = y == 0 ? 0 : 1 / (1 - p);
        ck_assert_msg(fabs(y - x * scale) <= 1e-6 * scale, "x %g, y %g", x, y);
        ck_assert_double_eq_tol((double)r->input[0]->grad[i], op_weight(i) * scale,
                                1e-6 * (1 + scale));
        ck_assert(p > 0 || y != 0);
    }
}

static void not_in_training(const OpRun *r) { ck_assert_ptr_eq(r->y, r->input[0]); }

/* Within five standard deviations of 1 - p, for the whole and for every column. */
static void keep_rate(const OpRun *r)
{
    enum { Q = 997, C = 61 };
    const double p = ((const OpCase *)r->c->options)->p, sigma = sqrt(p * (1 - p));
    int64_t all = 0;
    for (int64_t col = 0; col < C; col++) {
        int64_t kept = 0;
        for (int64_t row = 0; row < 2 * Q; row++) kept += r->y->data[row * C + col] != 0;
        ck_assert_double_eq_tol((double)kept / (2.0 * Q), 1 - p, 5 * sigma / sqrt(2.0 * Q));
        all += kept;
    }
    ck_assert_double_eq_tol((double)all / (2.0 * Q * C), 1 - p, 5 * sigma / sqrt(2.0 * Q * C));
}

/* How often two rows agree: by chance p^2 + (1-p)^2. Equal rows would mean a repeated
 * stream. */
static void rows_are_independent(const OpRun *r)
{
    enum { Q = 40, C = 500 };
    for (int64_t a = 0; a < 2 * Q; a++)
        for (int64_t b = 0; b < a; b++) {
            int64_t same = 0;
            for (int64_t i = 0; i < C; i++)
                same += (r->y->data[a * C + i] != 0) == (r->y->data[b * C + i] != 0);
            ck_assert_msg(llabs(same - C / 2) < 6 * sqrt(C * 0.25), "rows %ld, %ld: %ld of %d",
                          a, b, same, C);
        }
}

/* [2, 7, C] in one piece has exactly the same masks as its queries 0..2 and 3..6. */
static void expect_tile(const OpRun *whole, int64_t first, int64_t Q)
{
    const int64_t C = whole->y->shape[2];
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

static void tiles_do_not_matter(const OpRun *r)
{
    expect_tile(r, 0, 3);
    expect_tile(r, 3, 4);
    expect_tile(r, 6, 1);
}

static bool mask_differs(const OpRun *r, DropoutRows rows, uint64_t seed, uint32_t step)
{
    tape_set_step(r->tape, seed, step);
    return !op_same_bits(r->y, op_dropout(r->tape, r->input[0], 0.5, rows));
}

/* Site, step and seed each select another stream; equal ones give the same mask. */
static void streams(const OpRun *r) /* seed 7, step 3 */
{
    ck_assert(!mask_differs(r, (DropoutRows){1, 5, 0}, 7, 3));
    ck_assert(mask_differs(r, (DropoutRows){2, 5, 0}, 7, 3));
    ck_assert(mask_differs(r, (DropoutRows){1, 5, 0}, 7, 4));
    ck_assert(mask_differs(r, (DropoutRows){1, 5, 0}, 8, 3));
}

/* site, queries of an image, first query */
static const DropoutRows A = {1, 5, 0}, B = {2, 9, 4}, C = {3, 5, 0}, D = {4, 5, 0},
                         LONG = {11, 997, 0}, FORTY = {12, 40, 0}, SEVEN = {21, 7, 0},
                         MANY = {1, 501, 0}, BEYOND = {1, 6, 2};

static const OpCase CASE[] = {
    {"x [2,5,7] -> [2,5,7]", 0, 0.1, &A, .training = true},
    {"x [2,5,7] -> [2,5,7]", 0, 0.5, &B, .training = true},
    {"x [2,5,7] -> [2,5,7]", 0, 0.9, &C, .training = true},
    {"x [2,5,7] -> [2,5,7]", 0, 0, &D, .training = true},
    {"x [2,5,7]", 0, 0.5, &B, .property = not_in_training},
    {"x [2,997,61]", 0, 0.05, &LONG, .training = true, .property = keep_rate},
    {"x [2,997,61]", 0, 0.1, &LONG, .training = true, .property = keep_rate},
    {"x [2,997,61]", 0, 0.5, &LONG, .training = true, .property = keep_rate},
    {"x [2,997,61]", 0, 0.9, &LONG, .training = true, .property = keep_rate},
    {"x [2,40,500]", 0, 0.5, &FORTY, .training = true, .property = rows_are_independent},
    {"x [2,7,1]", 0, 0.5, &SEVEN, .training = true, .property = tiles_do_not_matter},
    {"x [2,7,3]", 0, 0.5, &SEVEN, .training = true, .property = tiles_do_not_matter},
    {"x [2,7,4]", 0, 0.5, &SEVEN, .training = true, .property = tiles_do_not_matter},
    {"x [2,7,13]", 0, 0.5, &SEVEN, .training = true, .property = tiles_do_not_matter},
    {"x [2,7,64]", 0, 0.5, &SEVEN, .training = true, .property = tiles_do_not_matter},
    {"x [2,5,13]", 0, 0.5, &A, .training = true, .property = streams},
    {"x [2,501,77] -> [2,501,77]", 0, 0.1, &MANY, .training = true, .large = true},
    {"x [2,5,3]", 0, 1, &A, .training = true, .misuse = "certain drop"},
    {"x [2,5,3]", 0, -0.1, &A, .training = true, .misuse = "negative rate"},
    {"x [2,5]", 0, 0.1, &A, .training = true, .misuse = "two axes"},
    {"x [2,5,3]", 0, 0.1, &BEYOND, .training = true, .misuse = "rows beyond the stride"},
    {0},
};

/* Values are never 0: a 0 means dropped. */
static const OpTable TABLE = {
    "dropout", build, NULL, CASE, .range = {{0.5, 1.5}}, .always = zero_or_scaled};

START_TEST(test_case) { op_check(&TABLE, _i); }
END_TEST

Suite *test_dropout_suite(void);
Suite *test_dropout_suite(void) { return op_suite(&TABLE, test_case); }
