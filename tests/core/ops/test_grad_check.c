/* SPDX-License-Identifier: Apache-2.0 */
/* The gradient check itself: it accepts a correct derivative and detects every kind of wrong
 * one. */
#include "tests/support/grad_check.h"

#include <check.h>

/* y = x0^2 x1, with a bug chosen by the options. */
enum Bug {
    RIGHT,
    WRONG_FACTOR,
    OVERWRITES,
    IGNORES_FREEZE,
    CHANGES_INPUT,
    NO_RECORD,
    NOT_A_NUMBER
};

typedef struct Saved {
    Tensor *a, *b, *y;
    enum Bug bug;
} Saved;

static void backward(Tape *tape, void *saved)
{
    Saved *s = saved;
    if (s->bug == IGNORES_FREEZE) s->b->needs_grad = true;
    const Real *dy = s->y->grad;
    Real *da = tape_grad(tape, s->a), *db = tape_grad(tape, s->b);
    for (int64_t i = 0; i < tensor_len(s->y); i++) {
        const Real a = s->a->data[i], b = s->b->data[i];
        if (da) da[i] += (s->bug == WRONG_FACTOR ? (Real)2.00002 : 2) * a * b * dy[i];
        if (db) db[i] = (s->bug == OVERWRITES ? 0 : db[i]) + a * a * dy[i];
        if (da && s->bug == NOT_A_NUMBER && i == 1) da[i] = (Real)NAN;
    }
}

static Tensor *square_times(Tape *tape, Tensor *const *input, const void *options)
{
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.a = input[0], .b = input[1], .bug = *(const enum Bug *)options};
    s->y = tape_output(tape, input[0]->ndim, input[0]->shape, 2, input);
    for (int64_t i = 0; i < tensor_len(s->y); i++)
        s->y->data[i] = input[0]->data[i] * input[0]->data[i] * input[1]->data[i];
    if (s->bug == CHANGES_INPUT) input[1]->data[2] += 1;
    if (s->bug != NO_RECORD) tape_record(tape, "bug", s->y, backward, s);
    return s->y;
}

static bool accepts(enum Bug bug, char text[static 256])
{
    GradCase c = {.inputs = 2, .build = square_times, .options = &bug};
    for (int i = 0; i < 2; i++) {
        c.input[i].ndim = 2;
        c.input[i].shape[0] = 2;
        c.input[i].shape[1] = 3;
        c.input[i].lo = 0.5;
        c.input[i].hi = 2;
    }
    return grad_compare(&c, text);
}

START_TEST(test_accepts)
{
    char text[256];
    ck_assert_msg(accepts(RIGHT, text), "%s", text);
}
END_TEST

START_TEST(test_detects)
{
    char text[256];
    ck_assert_msg(!accepts((enum Bug)_i, text), "bug %d passes", _i);
    ck_assert_msg(text[0] != '\0', "bug %d: no reason given", _i);
}
END_TEST

static Tensor *twice_through_views(Tape *tape, Tensor *const *input, const void *options)
{
    Tensor *flat = tape_reshape(tape, input[0], 1, (int64_t[]){6});
    Tensor *again = tape_reshape(tape, input[0], 1, (int64_t[]){6});
    return square_times(tape, (Tensor *[]){flat, again}, options);
}

START_TEST(test_input_used_twice_through_views)
{
    const enum Bug bug = RIGHT;
    GradCase c = {.inputs = 1, .build = twice_through_views, .options = &bug};
    c.input[0].ndim = 2;
    c.input[0].shape[0] = 2;
    c.input[0].shape[1] = 3;
    c.input[0].lo = -1;
    c.input[0].hi = 1;
    grad_check(&c);
}
END_TEST

START_TEST(test_kinks_are_avoided)
{
    GradCase c = {.inputs = 1};
    c.input[0].ndim = 1;
    c.input[0].shape[0] = 1000;
    c.input[0].lo = -2;
    c.input[0].hi = 2;
    c.input[0].kink = 0.5;
    c.input[0].away = 0.125;
    Tensor *x = grad_case_input(&c, 0);
    for (int64_t i = 0; i < 1000; i++) {
        const double v = (double)x->data[i], d = fabs(v - 0.5 * round(v / 0.5));
        ck_assert_msg(d >= 0.125, "%g is %g from a kink", v, d);
    }
    test_tensor_free(x);
}
END_TEST

START_TEST(test_overrun_is_detected)
{
    Tensor *x = test_tensor(1, (int64_t[]){3}, true);
    ck_assert(test_tensor_intact(x));
    for (int i = 0; i < 2; i++) {
        Real *end = (i ? x->grad : x->data) + 3, kept = *end;
        *end = 0;
        ck_assert(!test_tensor_intact(x));
        *end = kept;
    }
    test_tensor_free(x);
}
END_TEST

Suite *test_grad_check_suite(void);
Suite *test_grad_check_suite(void)
{
    Suite *s = suite_create("grad_check");
    TCase *t = tcase_create("tensors");
    tcase_add_test(t, test_kinks_are_avoided);
    tcase_add_test(t, test_overrun_is_detected);
    suite_add_tcase(s, t);
    if (sizeof(Real) != sizeof(double)) return s;
    t = tcase_create("gradients");
    tcase_add_test(t, test_accepts);
    tcase_add_loop_test(t, test_detects, WRONG_FACTOR, NOT_A_NUMBER + 1);
    tcase_add_test(t, test_input_used_twice_through_views);
    suite_add_tcase(s, t);
    return s;
}
