/* SPDX-License-Identifier: Apache-2.0 */
/* Patches of a map of tokens. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

/* n is the side of the map, p that of a patch. */
static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    const OpCase *c = options;
    return op_patchify_map(tape, input[0], c->n, (int64_t)c->p);
}

static void oracle(const GradCase *c, const double *const *x, double *y)
{
    const OpCase *row = c->options;
    const int64_t B = c->input[0].shape[0], C = c->input[0].shape[2], G = row->n;
    const int64_t P = (int64_t)row->p;
    for (int64_t b = 0; b < B; b++)
        for (int64_t r = 0; r < G; r += P)
            for (int64_t q = 0; q < G; q += P)
                for (int64_t k = 0; k < C; k++)
                    for (int64_t i = 0; i < P; i++)
                        for (int64_t j = 0; j < P; j++)
                            *y++ = x[0][((b * G + r + i) * G + q + j) * C + k];
}

static const OpCase CASE[] = {
    {"x [2,36,3] -> [2,9,12]", .n = 6, .p = 2},
    {"x [1,9,2] -> [1,1,18]", .n = 3, .p = 3},
    {"x [3,4,5] -> [3,4,5]", .n = 2, .p = 1},
    {"x [3,144,33] -> [3,36,132]", .n = 12, .p = 2, .large = true},
    {"x [1,9,2]", .n = 3, .p = 2, .misuse = "odd map"},
    {"x [1,16,2]", .n = 2, .p = 2, .misuse = "other map"},
    {"x [16,2]", .n = 4, .p = 2, .misuse = "two axes"},
    {0},
};

static const OpTable TABLE = {"patchify_map", build,      oracle,
                              CASE,           .value = 0, .gradient = 1e-6};

START_TEST(test_case) { op_check(&TABLE, _i); }
END_TEST

Suite *test_patchify_map_suite(void);
Suite *test_patchify_map_suite(void) { return op_suite(&TABLE, test_case); }
