/* SPDX-License-Identifier: Apache-2.0 */
/* Shape arithmetic and conversion to float32. */
#include "core/autograd/tensor.h"

#include <check.h>
#include <signal.h>
#include <string.h>

static Tensor make(int ndim, const int64_t *shape)
{
    Tensor x = {.ndim = ndim};
    for (int i = 0; i < ndim; i++) x.shape[i] = shape[i];
    return x;
}

START_TEST(test_sizes)
{
    const Tensor x = make(3, (int64_t[]){2, 5, 3}), v = make(1, (int64_t[]){7}),
                 s = make(0, NULL);
    ck_assert_int_eq(tensor_len(&x), 30);
    ck_assert_int_eq(tensor_rows(&x), 10);
    ck_assert_int_eq(tensor_len(&v), 7);
    ck_assert_int_eq(tensor_rows(&v), 1);
    ck_assert_int_eq(tensor_len(&s), 1);
    ck_assert_int_eq(tensor_rows(&s), 1);
    ck_assert_int_eq(tensor_axis(&x, 0), 2);
    ck_assert_int_eq(tensor_axis(&x, 2), 3);
    ck_assert_int_eq(tensor_axis(&x, -1), 3);
    ck_assert_int_eq(tensor_axis(&x, -3), 2);
}
END_TEST

/* The label bank has 4,585 x 51 x 512 elements; larger ones pass 2^31. */
START_TEST(test_large_sizes)
{
    const Tensor x = make(3, (int64_t[]){100000, 51, 512});
    ck_assert_int_eq(tensor_len(&x), INT64_C(2611200000));
}
END_TEST

START_TEST(test_same_shape)
{
    const Tensor a = make(2, (int64_t[]){2, 3}), b = make(2, (int64_t[]){2, 3});
    const Tensor turned = make(2, (int64_t[]){3, 2}), flat = make(1, (int64_t[]){6});
    const Tensor more = make(3, (int64_t[]){2, 3, 1});
    ck_assert(tensor_same_shape(&a, &b));
    ck_assert(!tensor_same_shape(&a, &turned));
    ck_assert(!tensor_same_shape(&a, &flat));
    ck_assert(!tensor_same_shape(&a, &more));
    ck_assert(!tensor_same_shape(&more, &a));
}
END_TEST

START_TEST(test_shape_text)
{
    char text[96];
    Tensor x = make(2, (int64_t[]){2, 3});
    ck_assert_str_eq(tensor_shape_text(&x, text), "[2, 3]");
    x = make(0, NULL);
    ck_assert_str_eq(tensor_shape_text(&x, text), "[]");
    const int64_t huge[5] = {INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX};
    x = make(5, huge);
    ck_assert_ptr_eq(tensor_shape_text(&x, text), text);
    ck_assert_uint_lt(strlen(text), 96);
    ck_assert_int_eq(strncmp(text, "[9223372036854775807, ", 22), 0);
}
END_TEST

START_TEST(test_read_and_write)
{
    Real data[5] = {0, 0, 0, 0, 77};
    Tensor x = make(2, (int64_t[]){2, 2});
    x.data = data;
    const float in[4] = {1, -2.5f, 1e-30f, 3e38f};
    float out[4];
    tensor_write(&x, in);
    tensor_read(&x, out);
    ck_assert_int_eq(memcmp(in, out, sizeof in), 0);
    ck_assert_double_eq((double)data[4], 77);
    Tensor one = make(2, (int64_t[]){1, 1});
    one.data = data + 1;
    ck_assert_double_eq((double)tensor_item(&one), -2.5);
}
END_TEST

static void axis(int i)
{
    const Tensor x = make(2, (int64_t[]){2, 3});
    tensor_axis(&x, i);
}

START_TEST(test_axis_too_high) { axis(2); }
END_TEST
START_TEST(test_axis_too_low) { axis(-3); }
END_TEST
START_TEST(test_item_of_many)
{
    Real data[2] = {0};
    Tensor x = make(1, (int64_t[]){2});
    x.data = data;
    tensor_item(&x);
}
END_TEST

Suite *test_tensor_suite(void);
Suite *test_tensor_suite(void)
{
    Suite *s = suite_create("tensor");
    TCase *t = tcase_create("tensor");
    tcase_add_test(t, test_sizes);
    tcase_add_test(t, test_large_sizes);
    tcase_add_test(t, test_same_shape);
    tcase_add_test(t, test_shape_text);
    tcase_add_test(t, test_read_and_write);
    tcase_add_test_raise_signal(t, test_axis_too_high, SIGABRT);
    tcase_add_test_raise_signal(t, test_axis_too_low, SIGABRT);
    tcase_add_test_raise_signal(t, test_item_of_many, SIGABRT);
    suite_add_tcase(s, t);
    return s;
}
