/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of a label bank. */
#include "model/label_bank.h"

#include "core/math/bf16.h"
#include "core/rng.h"

#include <check.h>
#include <math.h>
#include <signal.h>
#include <string.h>

START_TEST(test_ragged)
{
    int64_t offset[4] = {0, 3, 4, 9};
    LabelBank *bank = label_bank_new(3, offset, 5);
    memset(offset, 0, sizeof offset); /* the bank has its own copy */
    ck_assert_int_eq(bank->tags, 3);
    ck_assert_int_eq(bank->dim, 5);
    ck_assert_int_eq(bank->offset[0], 0);
    ck_assert_int_eq(bank->offset[2], 4);
    ck_assert_int_eq(bank->offset[3], 9);
    for (int64_t i = 0; i < 45; i++) bank->rows[i] = (float)i; /* all of it can be written */
    ck_assert(bank->rows[44] == 44.0F);
    label_bank_free(bank);
}
END_TEST

START_TEST(test_uniform)
{
    LabelBank *bank = label_bank_uniform(7, 51, 4);
    ck_assert_int_eq(bank->tags, 7);
    for (int64_t k = 0; k <= 7; k++) ck_assert_int_eq(bank->offset[k], 51 * k);
    memset(bank->rows, 0, 7 * 51 * 4 * sizeof *bank->rows);
    label_bank_free(bank);
    label_bank_free(NULL);
}
END_TEST

/* The mean of unit vectors, scaled to unit length, by hand. */
START_TEST(test_ensemble)
{
    LabelBank *bank = label_bank_new(3, (int64_t[]){0, 2, 3, 6}, 2);
    const float rows[] = {1, 0, 0, 1, 0.6F, 0.8F, 1, 0, 1, 0, -0.6F, 0.8F};
    const double half = sqrt(0.5), x = 1.4 / sqrt(1.4 * 1.4 + 0.64),
                 y = 0.8 / sqrt(1.4 * 1.4 + 0.64);
    const double want[] = {half, half, 0.6, 0.8, x, y};
    float mean[4], first[6];
    memcpy(bank->rows, rows, sizeof rows);
    label_bank_mean(bank, 1, 2, mean);
    label_bank_first(bank, 0, 3, first);
    ck_assert_mem_eq(
        mean,
        ((float[]){0.6F, 0.8F, (float)((2 + (double)-0.6F) / 3), (float)((double)0.8F / 3)}),
        sizeof mean);
    ck_assert_mem_eq(first, ((float[]){1, 0, 0.6F, 0.8F, 1, 0}), sizeof first);
    ck_assert_int_eq(label_bank_ensemble(bank, NULL), 0);
    ck_assert_mem_eq(bank->offset, ((int64_t[]){0, 1, 2, 3}), 4 * sizeof(int64_t));
    for (int i = 0; i < 6; i++) ck_assert_double_eq_tol((double)bank->rows[i], want[i], 1e-7);
    label_bank_free(bank);
}
END_TEST

START_TEST(test_ensemble_of_nothing)
{
    Error err = {0};
    LabelBank *bank = label_bank_new(2, (int64_t[]){0, 1, 3}, 1);
    memcpy(bank->rows, ((float[]){1, 1, -1}), 3 * sizeof(float));
    ck_assert_int_eq(label_bank_ensemble(bank, &err), -1);
    ck_assert_int_eq(err.code, ERROR_DATA);
    ck_assert_ptr_nonnull(strstr(err.text, "tag 2: the vectors of its texts cancel out"));
    label_bank_free(bank);
}
END_TEST

/* Rows of a, then those of the picked tags of b. */
START_TEST(test_join)
{
    LabelBank *a = label_bank_new(2, (int64_t[]){0, 2, 3}, 2);
    LabelBank *b = label_bank_new(3, (int64_t[]){0, 1, 4, 6}, 2);
    for (int64_t i = 0; i < 6; i++) a->rows[i] = (float)i;
    for (int64_t i = 0; i < 12; i++) b->rows[i] = (float)(100 + i);
    LabelBank *both = label_bank_join(a, b, (int64_t[]){2, 0}, 2);
    const int64_t offset[] = {0, 2, 3, 5, 6};
    const float rows[] = {0, 1, 2, 3, 4, 5, 108, 109, 110, 111, 100, 101};
    ck_assert_int_eq(both->tags, 4);
    ck_assert_int_eq(both->dim, 2);
    ck_assert_mem_eq(both->offset, offset, sizeof offset);
    ck_assert_mem_eq(both->rows, rows, sizeof rows);
    label_bank_free(both);
    both = label_bank_join(a, b, NULL, 0);
    ck_assert_int_eq(both->tags, 2);
    ck_assert_mem_eq(both->rows, rows, 6 * sizeof *rows);
    label_bank_free(both);
    label_bank_free(b);
    label_bank_free(a);
}
END_TEST

/* In bfloat16, as if the joined bank had been rounded. */
START_TEST(test_halves)
{
    LabelBank *a = label_bank_new(2, (int64_t[]){0, 2, 3}, 2);
    LabelBank *b = label_bank_new(3, (int64_t[]){0, 1, 4, 6}, 2);
    for (int64_t i = 0; i < 6; i++) a->rows[i] = (float)i / 3;
    for (int64_t i = 0; i < 12; i++) b->rows[i] = -(float)i / 7;
    LabelBank *want = label_bank_join(a, b, (int64_t[]){2, 0}, 2);
    for (int twice = 0; twice < 2; twice++) {
        label_bank_halve(want);
        label_bank_halve(a);
        label_bank_halve(b);
    }
    LabelBank *have = label_bank_join(a, b, (int64_t[]){2, 0}, 2);
    ck_assert_ptr_null(have->rows);
    ck_assert_mem_eq(have->half, want->half, 12 * sizeof *want->half);
    for (int64_t i = 0; i < 6; i++) ck_assert_uint_eq(a->half[i], bf16_of((float)i / 3));
    label_bank_free(have);
    label_bank_free(want);
    label_bank_free(b);
    label_bank_free(a);
}
END_TEST

/* Of two precisions, in float32; the rounded numbers keep their values. */
START_TEST(test_join_precisions)
{
    const float third[] = {1.0F / 3, 2.0F / 3};
    for (int first = 0; first < 2; first++) {
        LabelBank *a = label_bank_uniform(1, 1, 2), *b = label_bank_uniform(2, 1, 2);
        memcpy(a->rows, third, sizeof third);
        for (int i = 0; i < 4; i++) b->rows[i] = third[i % 2] * (float)(i + 1);
        label_bank_halve(first ? a : b);
        LabelBank *both = label_bank_join(a, b, (int64_t[]){1}, 1);
        ck_assert_ptr_null(both->half);
        ck_assert_int_eq(label_bank_numbers(both), 4);
        for (int i = 0; i < 4; i++) {
            const float x = i < 2 ? third[i] : third[i % 2] * (float)(i + 1);
            const bool rounded = first ? i < 2 : i >= 2;
            ck_assert(both->rows[i] == (rounded ? bf16_number(bf16_of(x)) : x));
        }
        label_bank_free(both);
        label_bank_free(b);
        label_bank_free(a);
    }
}
END_TEST

START_TEST(test_not_finite)
{
    for (int half = 0; half < 2; half++) {
        LabelBank *b = label_bank_uniform(3, 1, 2);
        memcpy(b->rows, ((float[]){0, -3.3e38F, INFINITY, -INFINITY, NAN, 1e-42F}), 24);
        if (half) label_bank_halve(b);
        ck_assert_int_eq(label_bank_not_finite(b), 3);
        ck_assert_uint_eq(label_bank_bytes(b), half ? 12 : 24);
        ck_assert_str_eq(label_bank_dtype(b), half ? "bfloat16" : "float32");
        label_bank_free(b);
    }
}
END_TEST

/* Each number by at most 1/256 of itself, and cosines by at most 1/256. */
START_TEST(test_rounding)
{
    enum { N = 200, E = 64 };
    Rng rng = rng_new(3, 0, 0, RNG_TEST);
    LabelBank *full = label_bank_uniform(N, 1, E);
    for (int64_t i = 0; i < N * E; i++) full->rows[i] = (float)rng_range(&rng, -1, 1);
    for (int64_t k = 0; k < N; k++) label_bank_units(full, k, 1, full->rows + k * E);
    LabelBank *half = label_bank_halved(full);
    ck_assert_int_eq(label_bank_numbers(half), N * E);
    for (int64_t k = 1; k < N; k++) {
        double off = 0;
        for (int64_t e = 0; e < E; e++) {
            const double x = (double)full->rows[k * E + e],
                         y = (double)bf16_number(half->half[k * E + e]);
            ck_assert_double_le(fabs(x - y), fabs(x) / 256);
            off += (double)full->rows[e] * (x - y);
        }
        ck_assert_double_le(fabs(off), 1.0 / 256);
    }
    label_bank_halve(full);
    ck_assert_mem_eq(full->half, half->half, N * E * sizeof *half->half);
    label_bank_free(half);
    label_bank_free(full);
}
END_TEST

START_TEST(test_join_widths)
{
    label_bank_join(label_bank_uniform(1, 1, 2), label_bank_uniform(1, 1, 3), NULL, 0);
}
END_TEST

START_TEST(test_no_tags) { label_bank_new(0, (int64_t[]){0}, 5); }
END_TEST
START_TEST(test_no_width) { label_bank_new(1, (int64_t[]){0, 1}, 0); }
END_TEST
START_TEST(test_first_offset) { label_bank_new(1, (int64_t[]){1, 2}, 5); }
END_TEST
START_TEST(test_falling_offset) { label_bank_new(2, (int64_t[]){0, 4, 2}, 5); }
END_TEST
START_TEST(test_no_descriptions) { label_bank_uniform(3, 0, 5); }
END_TEST

Suite *test_label_bank_suite(void);
Suite *test_label_bank_suite(void)
{
    Suite *s = suite_create("label_bank");
    TCase *t = tcase_create("label_bank");
    tcase_add_test(t, test_ragged);
    tcase_add_test(t, test_uniform);
    tcase_add_test(t, test_join);
    tcase_add_test(t, test_halves);
    tcase_add_test(t, test_ensemble);
    tcase_add_test(t, test_ensemble_of_nothing);
    tcase_add_test(t, test_join_precisions);
    tcase_add_test(t, test_not_finite);
    tcase_add_test(t, test_rounding);
    tcase_add_test_raise_signal(t, test_join_widths, SIGABRT);
    tcase_add_test_raise_signal(t, test_no_tags, SIGABRT);
    tcase_add_test_raise_signal(t, test_no_width, SIGABRT);
    tcase_add_test_raise_signal(t, test_first_offset, SIGABRT);
    tcase_add_test_raise_signal(t, test_falling_offset, SIGABRT);
    tcase_add_test_raise_signal(t, test_no_descriptions, SIGABRT);
    suite_add_tcase(s, t);
    return s;
}
