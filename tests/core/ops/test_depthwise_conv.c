/* SPDX-License-Identifier: Apache-2.0 */
/* Depthwise convolution over a map of tokens. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

/* n is the side of the map; two inputs: no bias. */
static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    const OpCase *c = options;
    return op_depthwise_conv(tape, input[0], input[1], c->p != 0 ? NULL : input[2], c->n);
}

static void oracle(const GradCase *c, const double *const *x, double *y)
{
    const OpCase *row = c->options;
    const int64_t *s = c->input[0].shape, B = s[0], G = row->n, C = s[2];
    const int64_t K = c->input[1].shape[3], R = K / 2;
    for (int64_t b = 0; b < B; b++)
        for (int64_t i = 0; i < G * G; i++)
            for (int64_t k = 0; k < C; k++) {
                double sum = row->p != 0 ? 0 : x[2][k];
                for (int64_t u = 0; u < K; u++)
                    for (int64_t v = 0; v < K; v++) {
                        const int64_t r = i / G + u - R, q = i % G + v - R;
                        if (r < 0 || q < 0 || r >= G || q >= G) continue;
                        sum += x[1][(k * K + u) * K + v] * x[0][((b * G + r) * G + q) * C + k];
                    }
                y[(b * G * G + i) * C + k] = sum;
            }
}

/* A kernel that is 1 in the middle changes nothing. */
static void the_middle_alone_copies(const OpRun *r)
{
    Tensor *w = r->input[1];
    const int64_t taps = w->shape[2] * w->shape[3];
    for (int64_t i = 0; i < tensor_len(w); i++) w->data[i] = i % taps == taps / 2;
    if (r->inputs > 2)
        for (int64_t i = 0; i < tensor_len(r->input[2]); i++) r->input[2]->data[i] = 0;
    const Tensor *y = op_again(r);
    for (int64_t i = 0; i < tensor_len(y); i++) ck_assert(y->data[i] == r->input[0]->data[i]);
}

static const OpCase CASE[] = {
    {"x [2,9,3]  w [3,1,3,3]  b [3] -> [2,9,3]", .n = 3},
    {"x [1,4,2]  w [2,1,7,7]  b [2] -> [1,4,2]", .n = 2},
    {"x [2,16,1]  w [1,1,5,5] -> [2,16,1]", .n = 4, .p = 1},
    {"x [1,1,5]  w [5,1,1,1]  b [5] -> [1,1,5]", .n = 1},
    {"x [2,81,19]  w [19,1,7,7]  b [19] -> [2,81,19]", .n = 9, .large = true},
    {"x [2,8,3]  w [3,1,3,3]  b [3]", .n = 3, .misuse = "other map"},
    {"x [2,9,3]  w [2,1,3,3]  b [3]", .n = 3, .misuse = "other channels"},
    {"x [2,9,3]  w [3,1,2,2]  b [3]", .n = 3, .misuse = "even kernel"},
    {"x [2,9,3]  w [3,1,3,3]  b [2]", .n = 3, .misuse = "other bias"},
    {0},
};

static const OpTable TABLE = {"depthwise_conv",
                              build,
                              oracle,
                              CASE,
                              .value = 1e-5,
                              .gradient = 1e-4,
                              .always = the_middle_alone_copies};

START_TEST(test_case) { op_check(&TABLE, _i); }
END_TEST

Suite *test_depthwise_conv_suite(void);
Suite *test_depthwise_conv_suite(void) { return op_suite(&TABLE, test_case); }
