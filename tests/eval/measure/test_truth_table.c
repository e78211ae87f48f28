/* SPDX-License-Identifier: Apache-2.0 */
/* Labels come back as they were set. */
#include "eval/measure/truth_table.h"

#include "core/rng.h"

#include <check.h>
#include <signal.h>

enum { IMAGES = 21, TAGS = 5 };

START_TEST(labels_come_back)
{
    TruthTable t = truth_table_new(IMAGES, TAGS);
    int8_t want[IMAGES][TAGS], column[IMAGES], rows[IMAGES * TAGS];
    Rng rng = rng_new(4, 0, 0, RNG_TEST);
    int64_t unknown = 0;
    for (int i = 0; i < IMAGES; i++)
        for (int k = 0; k < TAGS; k++) {
            want[i][k] = (int8_t)(rng_below(&rng, 3) - 1);
            unknown += want[i][k] < 0;
            truth_table_set(&t, i, k, want[i][k]);
        }
    ck_assert_int_eq(t.unknown, unknown);
    truth_table_rows(&t, 3, IMAGES - 3, rows);
    for (int k = 0; k < TAGS; k++) {
        truth_table_column(&t, k, column);
        for (int i = 0; i < IMAGES; i++) {
            ck_assert_int_eq(truth_table_get(&t, i, k), want[i][k]);
            ck_assert_int_eq(column[i], want[i][k]);
            if (i >= 3) ck_assert_int_eq(rows[(i - 3) * TAGS + k], want[i][k]);
        }
    }
    truth_table_free(&t);
    truth_table_free(&t);
}
END_TEST

START_TEST(outside)
{
    TruthTable t = truth_table_new(IMAGES, TAGS);
    truth_table_set(&t, IMAGES, 0, 1);
}
END_TEST

START_TEST(no_label)
{
    TruthTable t = truth_table_new(IMAGES, TAGS);
    truth_table_set(&t, 0, 0, 2);
}
END_TEST

Suite *test_truth_table_suite(void);
Suite *test_truth_table_suite(void)
{
    Suite *s = suite_create("truth_table");
    TCase *t = tcase_create("truth_table");
    tcase_add_test(t, labels_come_back);
    tcase_add_test_raise_signal(t, outside, SIGABRT);
    tcase_add_test_raise_signal(t, no_label, SIGABRT);
    suite_add_tcase(s, t);
    return s;
}
