/* SPDX-License-Identifier: Apache-2.0 */
/* The watch names the first operation with values or gradients that are not finite, and changes
 * nothing. */
#include "core/autograd/nan_watch.h"
#include "tests/core/autograd/tape_case.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { N = TAPE_CASE_LEN };
static const int64_t SHAPE[1] = {N};

typedef struct Rig {
    ParamSet *params;
    Tensor *scale, *shift;
    NanWatch *watch;
    Tape *tape;
} Rig;

static Rig rig;

static void set_up(void)
{
    rig.params = param_set_new();
    rig.scale = param_add(rig.params, (ParamInit){PARAM_CONSTANT, 2}, 1, SHAPE, "block.scale");
    rig.shift = param_add(rig.params, (ParamInit){PARAM_CONSTANT, 3}, 1, SHAPE, "block.shift");
    param_set_build(rig.params);
    param_set_init(rig.params, 1);
    rig.watch = nan_watch_new(rig.params);
    rig.tape = tape_new();
    tape_set_watch(rig.tape, rig.watch);
}

static void tear_down(void)
{
    tape_free(rig.tape);
    nan_watch_free(rig.watch);
    param_set_free(rig.params);
}

/* sum of x scale shift x. */
static Tensor *forward(double x)
{
    Tensor *in = tape_case_constant(rig.tape, x);
    Tensor *y = tape_case_mul(rig.tape, in, rig.scale, NULL);
    y = tape_case_mul(rig.tape, y, tape_reshape(rig.tape, rig.shift, 1, SHAPE), NULL);
    return tape_case_sum(rig.tape, tape_case_mul(rig.tape, y, in, NULL));
}

START_TEST(test_finite)
{
    tape_seed(rig.tape, forward(1), 1);
    tape_backward(rig.tape);
    ck_assert_ptr_null(nan_watch_found(rig.watch));
}
END_TEST

START_TEST(test_bad_parameter_forward)
{
    rig.shift->data[4] = (Real)NAN; /* used through a view */
    forward(1);
    ck_assert_str_eq(nan_watch_found(rig.watch),
                     "forward of mul: output [6] (1 of 6 not finite), inputs [6], block.shift "
                     "(1 of 6 not finite); newest parameter: block.shift");
}
END_TEST

/* Neither earlier nor later operations are reported. */
START_TEST(test_overflow_forward)
{
    rig.scale->data[0] = (Real)1e30;
    forward(1e30);
    ck_assert_str_eq(nan_watch_found(rig.watch),
                     "forward of mul: output [6] (1 of 6 not finite), inputs [6], block.scale; "
                     "newest parameter: block.scale");
}
END_TEST

/* What exists in bfloat16 alone is looked at as well. */
START_TEST(test_bad_half)
{
    Tensor *in = tape_case_constant(rig.tape, 1);
    uint16_t half[N] = {0x3f80, 0x3f80, 0x7fc0, 0x3f80, 0xff80, 0x3f80}; /* NaN, -infinity */
    Tensor *y = tape_output_of(rig.tape, NULL, 1, SHAPE, 1, &in);
    y->half = half;
    tape_record(rig.tape, "round", y, NULL, NULL);
    ck_assert_str_eq(nan_watch_found(rig.watch),
                     "forward of round: output [6] (2 of 6 not finite), inputs [6]");
}
END_TEST

START_TEST(test_operation_without_parameters)
{
    rig.shift->data[2] = rig.scale->data[2] = (Real)1e10;
    forward(1e10);
    ck_assert_str_eq(nan_watch_found(rig.watch),
                     "forward of mul: output [6] (1 of 6 not finite), inputs [6], [6]; "
                     "newest parameter: block.shift");
}
END_TEST

/* Outputs are checked without recording, too. */
START_TEST(test_inference)
{
    tape_set_recording(rig.tape, false);
    rig.scale->data[0] = (Real)INFINITY;
    forward(1);
    ck_assert_ptr_nonnull(
        strstr(nan_watch_found(rig.watch), "block.scale (1 of 6 not finite)"));
}
END_TEST

/* d y / d scale = x shift x dy overflows because of the seed, although all outputs are
 * finite. */
START_TEST(test_backward)
{
    tape_seed(rig.tape, forward(1e3), 1e35);
    ck_assert_ptr_null(nan_watch_found(rig.watch));
    tape_backward(rig.tape);
    ck_assert_str_eq(
        nan_watch_found(rig.watch),
        "backward of mul: gradients of output [6], inputs [6], block.shift (6 of 6 not "
        "finite); newest parameter: block.shift");
}
END_TEST

START_TEST(test_first_wins_until_clear)
{
    rig.scale->data[0] = (Real)NAN;
    forward(1);
    char first[256];
    snprintf(first, sizeof first, "%s", nan_watch_found(rig.watch));
    rig.shift->data[0] = (Real)NAN;
    forward(1);
    ck_assert_str_eq(nan_watch_found(rig.watch), first);
    nan_watch_clear(rig.watch);
    ck_assert_ptr_null(nan_watch_found(rig.watch));
    rig.scale->data[0] = 1;
    forward(1);
    ck_assert_ptr_nonnull(strstr(nan_watch_found(rig.watch), "block.shift"));
}
END_TEST

START_TEST(test_not_watched)
{
    tape_set_watch(rig.tape, NULL);
    rig.scale->data[0] = (Real)NAN;
    tape_seed(rig.tape, forward(1), 1);
    tape_backward(rig.tape);
    ck_assert_ptr_null(nan_watch_found(rig.watch));
}
END_TEST

Suite *test_nan_watch_suite(void);
Suite *test_nan_watch_suite(void)
{
    Suite *s = suite_create("nan_watch");
    TCase *t = tape_case_new(s, set_up, tear_down, "nan_watch");
    tcase_add_test(t, test_finite);
    tcase_add_test(t, test_bad_parameter_forward);
    tcase_add_test(t, test_overflow_forward);
    tcase_add_test(t, test_bad_half);
    tcase_add_test(t, test_operation_without_parameters);
    tcase_add_test(t, test_inference);
    tcase_add_test(t, test_backward);
    tcase_add_test(t, test_first_wins_until_clear);
    tcase_add_test(t, test_not_watched);
    return s;
}
