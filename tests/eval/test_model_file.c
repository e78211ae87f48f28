/* Start values from weight files: names, shapes, and tables of another window. */
#include "core/safetensors.h"
#include "eval/model_file.h"
#include "model/nn.h"
#include "model/position_bias.h"
#include "tests/scratch.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    A = 3,
    B = 5,
    HEADS = 2,
    FROM = (2 * A - 1) * (2 * A - 1),
    TO = (2 * B - 1) * (2 * B - 1)
};

static const char table_name[] = "layers.0.attn.relative_position_bias_table";
static Scratch scratch;

static void setup(void) { scratch_new(&scratch); }

static void teardown(void) { scratch_free(&scratch); }

static ParamSet *params_new(void)
{
    ParamSet *ps = param_set_new();
    param_add(ps, (ParamInit){PARAM_CONSTANT, 7}, 2, (int64_t[]){TO, HEADS}, "%s", table_name);
    param_add(ps, (ParamInit){PARAM_CONSTANT, 7}, 1, (int64_t[]){3}, "fc.bias");
    param_set_build(ps);
    param_set_init(ps, 1);
    return ps;
}

static void fill(float *x, int n)
{
    for (int i = 0; i < n; i++) x[i] = (float)sin(0.37 * i);
}

START_TEST(a_table_of_another_window_is_resampled)
{
    float small[FROM * HEADS], want[TO * HEADS];
    Error err = {0};
    fill(small, FROM * HEADS);
    ck_assert_int_eq(position_bias_resize(A, small, HEADS, B, want, &err), 0);
    const char *path = scratch_path(&scratch, "w.safetensors");
    const StWrite t = {table_name, 2, {FROM, HEADS}, small};
    ck_assert_int_eq(st_write(path, &t, 1, &err), 0);
    ParamSet *ps = params_new();
    ck_assert_int_eq(model_file_init_params(path, ps, &err), 0);
    const Param *table = param_find(ps, table_name), *bias = param_find(ps, "fc.bias");
    for (int i = 0; i < TO * HEADS; i++)
        ck_assert_double_eq((double)table->tensor.data[i], (double)want[i]);
    ck_assert_double_eq((double)bias->tensor.data[0], 7); /* not in the file: kept */
    param_set_free(ps);
}
END_TEST

START_TEST(any_other_shape_is_an_error_that_names_both)
{
    const float four[4] = {1, 2, 3, 4};
    Error err = {0};
    const char *path = scratch_path(&scratch, "w.safetensors");
    const StWrite t = {"fc.bias", 1, {4}, four};
    ck_assert_int_eq(st_write(path, &t, 1, &err), 0);
    ParamSet *ps = params_new();
    ck_assert_int_eq(model_file_init_params(path, ps, &err), -1);
    expect_error(&err, EXIT_CHECKPOINT, "fc.bias: shape [4], the model has [3]");
    param_set_free(ps);
}
END_TEST

START_TEST(a_table_with_other_heads_is_an_error)
{
    float table[FROM * (HEADS + 1)];
    Error err = {0};
    fill(table, FROM * (HEADS + 1));
    const char *path = scratch_path(&scratch, "w.safetensors");
    const StWrite t = {table_name, 2, {FROM, HEADS + 1}, table};
    ck_assert_int_eq(st_write(path, &t, 1, &err), 0);
    ParamSet *ps = params_new();
    ck_assert_int_eq(model_file_init_params(path, ps, &err), -1);
    expect_error(&err, EXIT_CHECKPOINT, "shape [25, 3], the model has [81, 2]");
    param_set_free(ps);
}
END_TEST

static double deviation(const Tensor *w)
{
    const int64_t n = tensor_len(w);
    double square = 0;
    for (int64_t i = 0; i < n; i++) square += (double)w->data[i] * (double)w->data[i];
    return sqrt(square / (double)n);
}

START_TEST(start_weights_have_the_deviation_they_name)
{
    static const struct {
        enum NnInit init;
        double weight, bias;
    } rows[] = {
        {NN_SWIN, 0.02, 0},      {NN_BERT, 0.02, 0}, {NN_UNIFORM, 0.0721687836, 1},
        {NN_BALANCED, 0.125, 0}, {NN_LIFTED, 1, 0},  {NN_QUIET, 0.0375, 0},
        {NN_RARE, 0.125, 3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ParamSet *ps = param_set_new();
        const Linear m = nn_linear_new(ps, rows[i].init, 64, 256, true, "x");
        param_set_build(ps);
        param_set_init(ps, 3);
        ck_assert_double_eq_tol(deviation(m.weight) / rows[i].weight, 1, 0.03);
        ck_assert_int_eq(deviation(m.bias) > 0, rows[i].bias > 0);
        param_set_free(ps);
    }
}
END_TEST

Suite *test_model_file_suite(void);

Suite *test_model_file_suite(void)
{
    Suite *s = suite_create("model_file");
    TCase *tc = tcase_create("start");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_table_of_another_window_is_resampled);
    tcase_add_test(tc, any_other_shape_is_an_error_that_names_both);
    tcase_add_test(tc, a_table_with_other_heads_is_an_error);
    tcase_add_test(tc, start_weights_have_the_deviation_they_name);
    suite_add_tcase(s, tc);
    return s;
}
