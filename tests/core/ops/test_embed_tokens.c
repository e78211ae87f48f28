/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of two tables, added. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

typedef struct Tokens {
    int32_t id[6], at[6];
} Tokens;

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    const OpCase *row = options;
    const Tokens *t = row->options;
    return op_embed_tokens(tape, input[0], input[1], row->n, t->id, t->at);
}

static void oracle(const GradCase *c, const double *const *x, double *y)
{
    const OpCase *row = c->options;
    const Tokens *t = row->options;
    const int64_t C = c->input[0].shape[1];
    for (int64_t i = 0; i < row->n; i++)
        for (int64_t k = 0; k < C; k++)
            y[i * C + k] = x[0][t->id[i] * C + k] + x[1][t->at[i] * C + k];
}

/* A token that does not occur gets no gradient; one that occurs twice gets both. */
static void gradient_goes_where_tokens_stand(const OpRun *r)
{
    op_backward(r);
    for (int64_t k = 0; k < 3; k++) {
        ck_assert_double_eq((double)r->input[0]->grad[1 * 3 + k], 0);
        ck_assert_double_eq_tol((double)r->input[0]->grad[0 * 3 + k],
                                op_weight(1 * 3 + k) + op_weight(5 * 3 + k), 1e-6);
    }
}

/* Tokens and positions repeat. */
static const Tokens SIX = {{4, 0, 4, 4, 2, 0}, {0, 1, 2, 0, 1, 3}};
static const Tokens ONE = {{0}, {0}}, TWO = {{1, 2}, {1, 0}};
static const Tokens FIFTH = {{5}, {0}}, BEFORE = {{-1}, {0}}, AFTER = {{0}, {4}};

static const OpCase CASE[] = {
    {"table [5,3]  position [4,3] -> [6,3]", 6, .options = &SIX},
    {"table [1,7]  position [1,7] -> [1,7]", 1, .options = &ONE},
    {"table [3,1]  position [2,1] -> [2,1]", 2, .options = &TWO},
    {"table [5,3]  position [4,3]", 6, .options = &SIX,
     .property = gradient_goes_where_tokens_stand},
    {"table [5,20001]  position [4,20001] -> [6,20001]", 6, .options = &SIX, .large = true},
    {"table [5,3]  position [4,3]", 1, .options = &FIFTH, .misuse = "token too large"},
    {"table [5,3]  position [4,3]", 1, .options = &BEFORE, .misuse = "negative token"},
    {"table [5,3]  position [4,3]", 1, .options = &AFTER, .misuse = "position too large"},
    {"table [5,3]  position [4,2]", 1, .options = &ONE, .misuse = "other width"},
    {"table [5,3]  position [4,3]", 0, .options = &ONE, .misuse = "no token"},
    {0},
};

static const OpTable TABLE = {"embed_tokens", build,         oracle,
                              CASE,           .value = 1e-7, .gradient = 1e-6};

START_TEST(test_case) { op_check(&TABLE, _i); }
END_TEST

Suite *test_embed_tokens_suite(void);
Suite *test_embed_tokens_suite(void) { return op_suite(&TABLE, test_case); }
