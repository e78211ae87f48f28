/* SPDX-License-Identifier: Apache-2.0 */
/* Some rows of a matrix. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

/* n rows, their indices in `options`. */
static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    const OpCase *row = options;
    return op_select_rows(tape, input[0], row->n, row->options);
}

static void oracle(const GradCase *c, const double *const *x, double *y)
{
    const OpCase *row = c->options;
    const int64_t *index = row->options, C = c->input[0].shape[c->input[0].ndim - 1];
    for (int64_t i = 0; i < row->n * C; i++) y[i] = x[0][index[i / C] * C + i % C];
}

/* After op_pool_prepend the first row of every image is the mean: every token gets 1 / N of the
 * gradient. */
static void mean_after_pool(const OpRun *r)
{
    Tensor *x = op_pool_prepend(r->tape, r->input[0]); /* [2, 6, 3] */
    const OpRun pooled = {.tape = r->tape,
                          .y = op_select_rows(r->tape, x, 2, (const int64_t[]){0, 6})};
    op_backward(&pooled);
    for (int64_t b = 0; b < 2; b++)
        for (int64_t i = 0; i < 15; i++)
            ck_assert_double_eq_tol((double)r->input[0]->grad[b * 15 + i],
                                    op_weight(b * 3 + i % 3) / 5, 1e-7);
}

static const OpCase CASE[] = {
    {"x [7,3] -> [4,3]", 4, .options = (const int64_t[]){0, 2, 3, 6}},
    {"x [1,5] -> [1,5]", 1, .options = (const int64_t[]){0}},
    {"x [4,1] -> [4,1]", 4, .options = (const int64_t[]){0, 1, 2, 3}},
    {"x [9,20] -> [2,20]", 2, .options = (const int64_t[]){7, 8}},
    /* all axes except the last are rows: here the first tokens of images */
    {"x [3,4,5] -> [3,5]", 3, .options = (const int64_t[]){0, 4, 8}},
    {"x [1,1,4] -> [1,4]", 1, .options = (const int64_t[]){0}},
    {"x [2,5,3]", 2, .options = (const int64_t[]){0, 5}, .property = mean_after_pool},
    {"x [9,145,130] -> [3,130]", 3, .options = (const int64_t[]){0, 145, 290}, .large = true},
    {"x [5,30000] -> [3,30000]", 3, .options = (const int64_t[]){0, 1, 4}, .large = true},
    {"x [5,3]", 2, .options = (const int64_t[]){0, 5}, .misuse = "past the end"},
    {"x [5,3]", 1, .options = (const int64_t[]){-1}, .misuse = "negative"},
    {"x [5,3]", 2, .options = (const int64_t[]){1, 1}, .misuse = "twice"},
    {"x [5,3]", 2, .options = (const int64_t[]){2, 1}, .misuse = "falling"},
    {"x [5,3]", 0, .misuse = "none"},
    {0},
};

static const OpTable TABLE = {"select_rows", build, oracle, CASE, .value = 0, .gradient = 1e-6};

START_TEST(test_case) { op_check(&TABLE, _i); }
END_TEST

Suite *test_select_rows_suite(void);
Suite *test_select_rows_suite(void) { return op_suite(&TABLE, test_case); }
