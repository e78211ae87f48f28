/* SPDX-License-Identifier: Apache-2.0 */
/* One layer of the alignment decoder against plain loops. */
#include "model/decoder.h"
#include "tests/model/decoder_oracle.h"
#include "tests/support/grad_check.h"

#include <check.h>
#include <string.h>

#define LAYER "tagging_head.encoder.layer.0."

enum { B = 2, Q = 5, N = 3, E = 6, C = 8, HEADS = 2, FFN = 12 };

static const DecoderConfig CONFIG = {E, C, HEADS, FFN, 1, 0.1, false};

static void scale(ParamSet *ps, const char *name, double factor)
{
    Param *p = param_find(ps, name);
    ck_assert_msg(p != NULL, "no parameter %s", name);
    for (int64_t i = 0; i < p->len; i++) p->tensor.data[i] *= (Real)factor;
}

static void doubles(int64_t n, const Real *x, double *out)
{
    for (int64_t i = 0; i < n; i++) out[i] = (double)x[i];
}

static void expect_oracle(Tape *tape, const ParamSet *ps, const DecoderLayer *m, Tensor *x,
                          Tensor *embeds, double tolerance)
{
    Tensor *keys = decoder_keys(tape, m, &CONFIG, embeds);
    Tensor *values = decoder_values(tape, m, &CONFIG, embeds);
    const Tensor *y = decoder_layer(tape, m, &CONFIG, x, keys, values, (DropoutRows){0, Q, 0});
    for (int b = 0; b < B; b++) {
        double in[Q * C], e[N * E], want[Q * C];
        doubles(Q * C, x->data + b * Q * C, in);
        doubles(N * E, embeds->data + b * N * E, e);
        decoder_oracle(ps, &CONFIG, 0, Q, N, in, e, want, NULL);
        for (int i = 0; i < Q * C; i++)
            ck_assert_double_eq_tol((double)y->data[b * Q * C + i], want[i], tolerance);
    }
}

/* shrink: factor of the residual path in front of both norms. */
static void run(double shrink, double tolerance)
{
    Tape *tape = tape_new();
    ParamSet *ps = param_set_new();
    const DecoderLayer m = decoder_layer_new(ps, &CONFIG, 0);
    param_set_build(ps);
    test_fill_params(ps, 90);
    Tensor *x = test_tensor(3, (int64_t[]){B, Q, C}, false);
    Tensor *embeds = test_tensor(3, (int64_t[]){B, N, E}, false);
    test_fill(x, 1, -shrink, shrink);
    test_fill(embeds, 2, -1, 1);
    static const char *const on_path[] = {"crossattention.output.dense.weight",
                                          "crossattention.output.dense.bias",
                                          "crossattention.output.LayerNorm.weight",
                                          "crossattention.output.LayerNorm.bias",
                                          "output.dense.weight",
                                          "output.dense.bias"};
    for (size_t i = 0; i < sizeof on_path / sizeof *on_path; i++) {
        char name[128] = LAYER;
        strncat(name, on_path[i], 64);
        scale(ps, name, shrink);
    }
    expect_oracle(tape, ps, &m, x, embeds, tolerance);
    test_tensor_free(x);
    test_tensor_free(embeds);
    param_set_free(ps);
    tape_free(tape);
}

START_TEST(test_value) { run(1, 2e-5); }
END_TEST

/* Rows of variance near 1e-12, so that eps matters about as much as the variance, in both
 * norms. */
START_TEST(test_eps_is_1e_12) { run(1e-6, 1e-3); }
END_TEST

Suite *test_decoder_suite(void);
Suite *test_decoder_suite(void)
{
    Suite *s = suite_create("decoder");
    TCase *t = tcase_create("decoder");
    tcase_add_test(t, test_value);
    tcase_add_test(t, test_eps_is_1e_12);
    suite_add_tcase(s, t);
    return s;
}
