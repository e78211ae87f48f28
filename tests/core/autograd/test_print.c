/* SPDX-License-Identifier: Apache-2.0 */
/* The debug output of tensor_print and tape_print on stderr. */
#include "tests/core/autograd/tape_case.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Captures stderr of the process in a file while something is printed. */
typedef struct Capture {
    FILE *file;
    int stderr_was;
    char text[2048];
} Capture;

static void capture_begin(Capture *c)
{
    memset(c, 0, sizeof *c);
    c->file = tmpfile();
    ck_assert_ptr_nonnull(c->file);
    fflush(stderr);
    c->stderr_was = dup(2);
    dup2(fileno(c->file), 2);
}

static void capture_end(Capture *c)
{
    fflush(stderr);
    dup2(c->stderr_was, 2);
    close(c->stderr_was);
    rewind(c->file);
    c->text[fread(c->text, 1, sizeof c->text - 1, c->file)] = 0;
    fclose(c->file);
}

/* Replaces runs of spaces by one, so that columns do not matter. */
static void squeeze(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++)
        if (from[0] != ' ' || from[1] != ' ') *to++ = *from;
    *to = 0;
}

START_TEST(test_small_tensor)
{
    Real data[6] = {1, 2, 3, 4, 5, -3}, grad[6] = {0.5, 0, 0, 0, 0, (Real)NAN};
    const Tensor x = {.data = data, .ndim = 2, .shape = {2, 3}};
    Tensor y = x;
    y.grad = grad;
    y.needs_grad = true;
    Capture c;
    capture_begin(&c);
    tensor_print(&x, "x");
    tensor_print(&y, "y");
    capture_end(&c);
    ck_assert_str_eq(c.text, "x [2, 3]\n"
                             "  values: min -3, mean 2, max 5, 0 of 6 not finite\n"
                             "  [0] 1 2 3\n"
                             "  [1] 4 5 -3\n"
                             "y [2, 3] needs_grad\n"
                             "  values: min -3, mean 2, max 5, 0 of 6 not finite\n"
                             "  gradient: min 0, mean 0.1, max 0.5, 1 of 6 not finite\n"
                             "  [0] 1 2 3\n"
                             "  [1] 4 5 -3\n");
}
END_TEST

START_TEST(test_large_tensor_is_cut)
{
    Real data[5 * 9];
    for (int i = 0; i < 5 * 9; i++) data[i] = (Real)i;
    const Tensor x = {.data = data, .ndim = 3, .shape = {5, 1, 9}};
    Capture c;
    capture_begin(&c);
    tensor_print(&x, "x");
    capture_end(&c);
    ck_assert_ptr_nonnull(strstr(c.text, "  [0] 0 1 2 3 4 5 6 7 ...\n"));
    ck_assert_ptr_nonnull(strstr(c.text, "  [3] 27 28 29 30 31 32 33 34 ...\n  ...\n"));
    ck_assert_ptr_null(strstr(c.text, "[4]"));
}
END_TEST

START_TEST(test_single_number)
{
    Real data[1] = {7};
    const Tensor x = {.data = data};
    Capture c;
    capture_begin(&c);
    tensor_print(&x, "loss");
    capture_end(&c);
    ck_assert_str_eq(c.text,
                     "loss []\n  values: min 7, mean 7, max 7, 0 of 1 not finite\n  [0] 7\n");
}
END_TEST

/* Names in order, shapes and bytes; an operation on constants is not listed. */
START_TEST(test_tape)
{
    Tape *tape = tape_new();
    Tensor *x = tape_case_leaf(1);
    tape_case_sum(tape, tape_case_constant(tape, 1));
    tape_seed(tape, tape_case_sum(tape, tape_case_mul(tape, x, x, NULL)), 1);
    Capture c;
    capture_begin(&c);
    tape_print(tape);
    capture_end(&c);
    char want[256];
    squeeze(c.text);
    snprintf(want, sizeof want,
             "tape: 2 operations\n"
             " 0 mul [6] %zu bytes needs_grad\n"
             " 1 sum [] %zu bytes needs_grad grad\n",
             6 * sizeof(Real), sizeof(Real));
    ck_assert_str_eq(c.text, want);
    tape_free(tape);
    test_tensor_free(x);
}
END_TEST

Suite *test_print_suite(void);
Suite *test_print_suite(void)
{
    Suite *s = suite_create("print");
    TCase *t = tape_case_new(s, NULL, NULL, "tensor");
    tcase_add_test(t, test_small_tensor);
    tcase_add_test(t, test_large_tensor_is_cut);
    tcase_add_test(t, test_single_number);
    t = tape_case_new(s, NULL, NULL, "tape");
    tcase_add_test(t, test_tape);
    return s;
}
