/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens before the patches, and positions. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

enum { BOTH, NO_POSITION, NO_TOKEN };

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    const int64_t kind = ((const OpCase *)options)->n;
    return op_embed_patches(tape, input[0], kind == NO_TOKEN ? NULL : input[1],
                            kind == NO_POSITION ? NULL : input[kind == NO_TOKEN ? 1 : 2]);
}

static void oracle(const GradCase *c, const double *const *x, double *y)
{
    const int64_t kind = ((const OpCase *)c->options)->n;
    const int64_t *s = c->input[0].shape, B = s[0], N = s[1], C = s[2];
    const int64_t T = kind == NO_TOKEN ? 0 : c->input[1].ndim == 1 ? 1 : c->input[1].shape[1];
    const double *position = kind == NO_POSITION ? NULL : x[kind == NO_TOKEN ? 1 : 2];
    for (int64_t b = 0; b < B; b++)
        for (int64_t n = 0; n < T + N; n++)
            for (int64_t k = 0; k < C; k++)
                y[(b * (T + N) + n) * C + k] =
                    (n < T ? x[1][n * C + k] : x[0][(b * N + n - T) * C + k]) +
                    (position ? position[n * C + k] : 0);
}

/* Without positions the first token of every image is the class token. */
static void first_token_is_the_class_token(const OpRun *r)
{
    const int64_t B = r->y->shape[0], N = r->y->shape[1], C = r->y->shape[2];
    if (r->inputs < 3 || r->input[1]->ndim > 1) return;
    for (int64_t i = 0; i < tensor_len(r->input[2]); i++) r->input[2]->data[i] = 0;
    const Tensor *y = op_again(r);
    for (int64_t i = 0; i < B * C; i++)
        ck_assert(y->data[i / C * N * C + i % C] == r->input[1]->data[i % C]);
}

static const OpCase CASE[] = {
    {.shapes = "x [2,4,3]  token [3]  position [5,3] -> [2,5,3]"},
    {.shapes = "x [1,1,5]  token [5]  position [2,5] -> [1,2,5]"},
    {.shapes = "x [3,9,1]  token [1]  position [10,1] -> [3,10,1]"},
    {"x [2,4,3]  tokens [1,2,3]  position [1,6,3] -> [2,6,3]", .n = BOTH},
    {"x [3,2,5]  tokens [1,3,5] -> [3,5,5]", .n = NO_POSITION},
    {"x [2,3,2]  token [2] -> [2,4,2]", .n = NO_POSITION},
    {"x [2,3,2]  position [1,3,2] -> [2,3,2]", .n = NO_TOKEN},
    {"x [3,49,300]  token [300]  position [50,300] -> [3,50,300]", .large = true},
    {"x [2,4,3]  token [4]  position [5,3]", .misuse = "other token"},
    {"x [2,4,3]  token [3]  position [4,3]", .misuse = "other positions"},
    {"x [2,4,3]  token [3]  position [5,4]", .misuse = "other width"},
    {"x [4,3]  token [3]  position [5,3]", .misuse = "two axes"},
    {0},
};

static const OpTable TABLE = {"embed_patches",
                              build,
                              oracle,
                              CASE,
                              .value = 1e-7,
                              .gradient = 1e-6,
                              .always = first_token_is_the_class_token};

START_TEST(test_case) { op_check(&TABLE, _i); }
END_TEST

Suite *test_embed_patches_suite(void);
Suite *test_embed_patches_suite(void) { return op_suite(&TABLE, test_case); }
