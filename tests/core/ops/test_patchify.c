/* SPDX-License-Identifier: Apache-2.0 */
/* Cutting square patches. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    return op_patchify(tape, input[0], ((const OpCase *)options)->n);
}

/* Visits pixels in image order and computes the destination of each: the inverse of a
 * gather. */
static void oracle(const GradCase *c, const double *const *x, double *y)
{
    const int64_t *s = c->input[0].shape, C = s[1], S = s[2];
    const int64_t p = ((const OpCase *)c->options)->n, grid = S / p;
    for (int64_t i = 0; i < op_len(c, 0); i++) {
        const int64_t b = i / (C * S * S), ch = i / (S * S) % C, row = i / S % S, col = i % S;
        const int64_t token = (row / p) * grid + col / p;
        const int64_t element = (ch * p + row % p) * p + col % p;
        y[(b * grid * grid + token) * C * p * p + element] = x[0][i];
    }
}

/* Patches times a flattened kernel equal the stored strided convolution of the reference. */
static double convolve(const Tensor *image, const Tensor *w, int64_t b, int64_t out, int64_t r,
                       int64_t s)
{
    const int64_t C = image->shape[1], S = image->shape[2], p = w->shape[2];
    double sum = 0;
    for (int64_t c = 0; c < C; c++)
        for (int64_t i = 0; i < p; i++)
            for (int64_t j = 0; j < p; j++)
                sum += (double)image->data[((b * C + c) * S + r * p + i) * S + s * p + j] *
                       (double)w->data[((out * C + c) * p + i) * p + j];
    return sum;
}

static void linear_of_patches_is_convolution(const OpRun *r)
{
    Tensor *w = tape_tensor(r->tape, 4, (int64_t[]){5, 3, 4, 4});
    test_fill(w, 9, -1, 1);
    const Tensor *y = op_linear(r->tape, r->y, w, NULL);
    for (int64_t token = 0; token < 9; token++)
        for (int64_t out = 0; out < 5; out++)
            ck_assert_double_eq_tol((double)y->data[token * 5 + out],
                                    convolve(r->input[0], w, 0, out, token / 3, token % 3),
                                    1e-5);
}

static const OpCase CASE[] = {
    {"image [2,3,6,6] -> [2,9,12]", .n = 2},
    {"image [1,1,5,5] -> [1,1,25]", .n = 5},
    {"image [2,2,3,3] -> [2,9,2]", .n = 1},
    {"image [1,3,12,12] -> [1,9,48]", .n = 4},
    {"image [1,3,12,12]", .n = 4, .property = linear_of_patches_is_convolution},
    {"image [3,3,96,96] -> [3,576,48]", .n = 4, .large = true},
    {"image [1,3,6,6]", .n = 4, .misuse = "side not divisible"},
    {"image [1,3,4,8]", .n = 4, .misuse = "not square"},
    {"image [1,3,4,4]", .n = 0, .misuse = "no patch"},
    {"image [3,4,4]", .n = 4, .misuse = "three axes"},
    {0},
};

static const OpTable TABLE = {"patchify", build, oracle, CASE, .value = 0, .gradient = 1e-6};

START_TEST(test_case) { op_check(&TABLE, _i); }
END_TEST

Suite *test_patchify_suite(void);
Suite *test_patchify_suite(void) { return op_suite(&TABLE, test_case); }
