/* SPDX-License-Identifier: Apache-2.0 */
/* Initial values from weight files: names, shapes, and tables of another window. */
#include "core/formats/safetensors.h"
#include "model/backbone/position_bias.h"
#include "model/layers/nn.h"
#include "model/weights/model_file.h"
#include "model/weights/weight_set.h"
#include "tests/support/scratch.h"

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
    ck_assert_int_eq(st_write(path, NULL, 0, &t, 1, &err), 0);
    ParamSet *ps = params_new();
    ck_assert_int_eq(model_file_init_params(path, ps, &err), 0);
    const Param *table = param_find(ps, table_name), *bias = param_find(ps, "fc.bias");
    for (int i = 0; i < TO * HEADS; i++)
        ck_assert_double_eq((double)table->tensor.data[i], (double)want[i]);
    ck_assert_double_eq((double)bias->tensor.data[0], 7); /* not in the file: unchanged */
    param_set_free(ps);
}
END_TEST

START_TEST(any_other_shape_is_an_error_that_names_both)
{
    const float four[4] = {1, 2, 3, 4};
    Error err = {0};
    const char *path = scratch_path(&scratch, "w.safetensors");
    const StWrite t = {"fc.bias", 1, {4}, four};
    ck_assert_int_eq(st_write(path, NULL, 0, &t, 1, &err), 0);
    ParamSet *ps = params_new();
    ck_assert_int_eq(model_file_init_params(path, ps, &err), -1);
    expect_error(&err, ERROR_CHECKPOINT, "fc.bias: shape [4], the model has [3]");
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
    ck_assert_int_eq(st_write(path, NULL, 0, &t, 1, &err), 0);
    ParamSet *ps = params_new();
    ck_assert_int_eq(model_file_init_params(path, ps, &err), -1);
    expect_error(&err, ERROR_CHECKPOINT, "shape [25, 3], the model has [81, 2]");
    param_set_free(ps);
}
END_TEST

/* A file in half precision, in PyTorch's format, with the reference's older names. */
START_TEST(pytorch_files_of_older_names)
{
    static const char path[] = "tests/golden/weights/ram_plus_tiny_half_oldnames.pth";
    static const char name[] = "tagging_head.encoder.layer.0.output.dense.bias";
    Error err = {0};
    StFile *f = NULL;
    ck_assert_int_eq(st_open("tests/golden/model_tiny.safetensors", &f, &err), 0);
    const StEntry *e = st_find(f, "param.tagging_head.encoder.layer.0.output.dense.bias");
    ParamSet *ps = param_set_new();
    param_add(ps, (ParamInit){PARAM_CONSTANT, 7}, e->ndim, e->shape, "%s", name);
    param_set_build(ps);
    ck_assert_msg(model_file_init_params(path, ps, &err) == 0, "%s", err.text);
    float *want = malloc((size_t)e->len * sizeof *want);
    ck_assert_int_eq(st_read_f32(f, e, want, &err), 0);
    for (int64_t i = 0; i < e->len; i++)
        ck_assert_double_eq_tol((double)param_find(ps, name)->tensor.data[i], (double)want[i],
                                1e-5);
    free(want);
    param_set_free(ps);
    st_close(f);
}
END_TEST

/* Microsoft's file of a Swin alone, with a smaller window than the model. */
START_TEST(pytorch_files_of_a_swin)
{
    static const char path[] = "tests/golden/weights/swin_tiny_window3.pth";
    static const char name[] =
        "visual_encoder.layers.0.blocks.1.attn.relative_position_bias_table";
    float table[25], want[81];
    Error err = {0};
    TensorSet set;
    ck_assert_int_eq(weight_set_open(path, "param/", &set, NULL, &err), 0);
    ck_assert_int_eq(set.read(set.store, tensor_set_find(&set, name), table, &err), 0);
    tensor_set_close(&set);
    ck_assert_int_eq(position_bias_resize(3, table, 1, 5, want, &err), 0);
    ParamSet *ps = param_set_new();
    param_add(ps, (ParamInit){PARAM_CONSTANT, 7}, 2, (int64_t[]){81, 1}, "%s", name);
    param_set_build(ps);
    ck_assert_msg(model_file_init_params(path, ps, &err) == 0, "%s", err.text);
    for (int i = 0; i < 81; i++)
        ck_assert_double_eq((double)ps->param[0]->tensor.data[i], (double)want[i]);
    param_set_free(ps);
}
END_TEST

START_TEST(files_that_do_not_fit)
{
    static const struct {
        const char *path;
        int code;
        const char *message;
    } rows[] = {
        {"README.md", ERROR_DATA,
         "README.md: not a file of weights (.pth, .safetensors or .h5): plain text"},
        {"/nonexistent/x.pth", ERROR_DATA, "/nonexistent/x.pth: cannot open: No such file"},
        {"tests/golden/weights/views.pth", ERROR_CHECKPOINT,
         "tensors is a parameter of this model: the file has 'a', the model has "
         "'layers.0."},
        {"tests/golden/weights/ram_plus_tiny.pth", ERROR_CHECKPOINT,
         "ram_plus_tiny.pth: fc.bias: shape [1], the model has [3]"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Error err = {0};
        ParamSet *ps = params_new();
        ck_assert_int_eq(model_file_init_params(rows[i].path, ps, &err), -1);
        expect_error(&err, rows[i].code, rows[i].message);
        param_set_free(ps);
    }
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
        {INIT_SWIN, 0.02, 0},
        {INIT_BERT, 0.02, 0},
        {INIT_UNIFORM, 0.0721687836, 1},
        {INIT_FAN_IN, 0.125, 0},
        {INIT_UNIT_VARIANCE, 1, 0},
        {INIT_SMALL_RESIDUAL, 0.0375, 0},
        {INIT_RARE_PRIOR, 0.125, 3},
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
    tcase_add_test(tc, pytorch_files_of_older_names);
    tcase_add_test(tc, pytorch_files_of_a_swin);
    tcase_add_test(tc, files_that_do_not_fit);
    tcase_add_test(tc, start_weights_have_the_deviation_they_name);
    suite_add_tcase(s, tc);
    return s;
}
