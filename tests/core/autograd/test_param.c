/* SPDX-License-Identifier: Apache-2.0 */
/* The parameter store: layout, initial values, patterns. */
#include "core/autograd/param.h"

#include <check.h>
#include <math.h>
#include <string.h>

static ParamSet *ps;
static Tensor *weight, *bias, *scale;

static void setup(void)
{
    ps = param_set_new();
    weight = param_add(ps, (ParamInit){PARAM_TRUNC_NORMAL, 0.02}, 2, (int64_t[]){37, 41},
                       "%s.weight", "encoder.fc");
    bias = param_add(ps, (ParamInit){PARAM_UNIFORM, 0.5}, 1, (int64_t[]){1001}, "encoder.bias");
    scale = param_add(ps, (ParamInit){PARAM_CONSTANT, 2.5}, 0, NULL, "scale");
}

static void teardown(void) { param_set_free(ps); }

START_TEST(layout)
{
    ck_assert_ptr_null(weight->data);
    param_set_build(ps);
    ck_assert_int_eq(ps->count, 3);
    for (int64_t i = 0; i < 3; i++) {
        const Param *p = ps->param[i];
        ck_assert_int_eq(p->offset % 16, 0);
        ck_assert_ptr_eq(p->tensor.data, ps->data + p->offset);
        ck_assert_ptr_eq(p->tensor.grad, ps->grad + p->offset);
        ck_assert_int_le(p->offset + p->len, i < 2 ? ps->param[i + 1]->offset : ps->len);
    }
    ck_assert_ptr_eq(param_find(ps, "encoder.fc.weight")->tensor.data, weight->data);
    ck_assert_int_eq(param_find(ps, "scale")->len, 1);
    ck_assert_ptr_null(param_find(ps, "encoder"));
}
END_TEST

START_TEST(initial_values)
{
    double sum = 0, square = 0;
    param_set_build(ps);
    param_set_init(ps, 1);
    for (int64_t i = 0; i < 37 * 41; i++) {
        sum += (double)weight->data[i];
        square += (double)weight->data[i] * (double)weight->data[i];
    }
    ck_assert_double_eq_tol(sum / 1517, 0, 0.002);
    ck_assert_double_eq_tol(sqrt(square / 1517), 0.02, 0.002);
    double lo = 1, hi = -1;
    for (int i = 0; i < 1001; i++) {
        lo = fmin(lo, (double)bias->data[i]);
        hi = fmax(hi, (double)bias->data[i]);
    }
    ck_assert(lo >= -0.5 && lo < -0.49 && hi <= 0.5 && hi > 0.49);
    ck_assert_double_eq((double)scale->data[0], 2.5);
    for (int64_t i = 37 * 41; i < ps->param[1]->offset; i++)
        ck_assert_double_eq((double)ps->data[i], 0); /* padding */
}
END_TEST

/* The truncation at +-2 is absolute, which a large std makes visible. */
START_TEST(truncation)
{
    double most = 0;
    Tensor *wide =
        param_add(ps, (ParamInit){PARAM_TRUNC_NORMAL, 3}, 1, (int64_t[]){999}, "wide");
    Tensor *free = param_add(ps, (ParamInit){PARAM_NORMAL, 3}, 1, (int64_t[]){999}, "free");
    param_set_build(ps);
    param_set_init(ps, 1);
    for (int i = 0; i < 999; i++) {
        ck_assert_double_le(fabs((double)wide->data[i]), 2);
        most = fmax(most, fabs((double)free->data[i]));
    }
    ck_assert_double_gt(most, 6);
}
END_TEST

/* Values depend on seed and name, not on other parameters of the set. */
START_TEST(independent_of_other_parameters)
{
    ParamSet *other = param_set_new();
    Tensor *b =
        param_add(other, (ParamInit){PARAM_UNIFORM, 0.5}, 1, (int64_t[]){1001}, "encoder.bias");
    Tensor *c = param_add(other, (ParamInit){PARAM_UNIFORM, 0.5}, 1, (int64_t[]){1001}, "c");
    param_set_build(ps);
    param_set_build(other);
    param_set_init(ps, 5);
    param_set_init(other, 5);
    ck_assert_mem_eq(b->data, bias->data, 1001 * sizeof(Real));
    ck_assert_mem_ne(b->data, c->data, 1001 * sizeof(Real));
    param_set_init(other, 6);
    ck_assert_mem_ne(b->data, bias->data, 1001 * sizeof(Real));
    param_set_free(other);
}
END_TEST

START_TEST(patterns)
{
    ck_assert_int_eq(param_set_no_decay(ps, "*.bias,scale"), 2);
    ck_assert_int_eq(param_set_freeze(ps, "nothing encoder.fc.*"), 1);
    ck_assert_int_eq(param_set_freeze(ps, ""), 0);
    param_set_build(ps);
    ck_assert(!weight->needs_grad && !weight->grad);
    ck_assert(bias->needs_grad && bias->grad);
    ck_assert(param_find(ps, "scale")->no_decay && !ps->param[0]->no_decay);
}
END_TEST

START_TEST(rates)
{
    for (int64_t i = 0; i < ps->count; i++) ck_assert_double_eq(ps->param[i]->lr_scale, 1);
    ck_assert_int_eq(param_set_lr_scale(ps, "encoder.*", 0.5), 2);
    ck_assert_int_eq(param_set_lr_scale(ps, "*.bias", 3), 1);
    ck_assert_int_eq(param_set_lr_scale(ps, "decoder.*", 3), 0);
    param_set_lr_width(ps, 82); /* the matrix has 41 inputs, the others are no matrices */
    ck_assert_double_eq(param_find(ps, "encoder.fc.weight")->lr_scale, 1);
    ck_assert_double_eq(param_find(ps, "encoder.bias")->lr_scale, 1.5);
    ck_assert_double_eq(param_find(ps, "scale")->lr_scale, 1);
}
END_TEST

START_TEST(zero_grad)
{
    param_set_build(ps);
    for (int64_t i = 0; i < ps->len; i++) ps->grad[i] = 1;
    param_set_zero_grad(ps);
    for (int64_t i = 0; i < ps->len; i++) ck_assert_double_eq((double)ps->grad[i], 0);
}
END_TEST

Suite *test_param_suite(void);
Suite *test_param_suite(void)
{
    Suite *s = suite_create("param");
    TCase *c = tcase_create("param");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, layout);
    tcase_add_test(c, initial_values);
    tcase_add_test(c, truncation);
    tcase_add_test(c, independent_of_other_parameters);
    tcase_add_test(c, patterns);
    tcase_add_test(c, rates);
    tcase_add_test(c, zero_grad);
    suite_add_tcase(s, c);
    return s;
}
