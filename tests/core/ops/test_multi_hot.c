/* SPDX-License-Identifier: Apache-2.0 */
/* Targets from sets of ids. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

enum { B = 4, TAGS = 7 };

/* The second set is empty, the last one has all ids, the third is not in order. */
static const int64_t offset[B + 1] = {0, 2, 2, 5, 5 + TAGS};
static const int32_t id[] = {0, 4, 6, 1, 3, 0, 1, 2, 3, 4, 5, 6};
static const double want[B][TAGS] = {
    {1, 0, 0, 0, 1, 0, 0}, {0}, {0, 1, 0, 1, 0, 0, 1}, {1, 1, 1, 1, 1, 1, 1}};

static void expect_tile(Tape *tape, int64_t first, int64_t K)
{
    const Tensor *y = op_multi_hot(tape, B, (IdSets){offset, id}, first, K);
    ck_assert_int_eq(y->ndim, 2);
    ck_assert_int_eq(y->shape[0], B);
    ck_assert_int_eq(y->shape[1], K);
    ck_assert(!y->needs_grad);
    for (int64_t b = 0; b < B; b++)
        for (int64_t k = 0; k < K; k++)
            ck_assert_double_eq((double)y->data[b * K + k], want[b][first + k]);
}

/* Every tile of columns, in arena memory that held other numbers before. */
START_TEST(test_value)
{
    Tape *tape = tape_new();
    Tensor *dirt = tape_tensor(tape, 2, (int64_t[]){100, 100});
    for (int64_t i = 0; i < 10000; i++) dirt->data[i] = (Real)7;
    for (int64_t first = 0; first < TAGS; first++)
        for (int64_t K = 1; first + K <= TAGS; K++) {
            tape_reset(tape);
            expect_tile(tape, first, K);
        }
    tape_free(tape);
}
END_TEST

/* The sets may be a part of longer arrays, which begin with the sets of other images. */
START_TEST(test_offsets_from_the_middle)
{
    Tape *tape = tape_new();
    const Tensor *y = op_multi_hot(tape, 2, (IdSets){offset + 2, id}, 0, TAGS);
    for (int64_t k = 0; k < 2 * TAGS; k++)
        ck_assert_double_eq((double)y->data[k], want[2 + k / TAGS][k % TAGS]);
    tape_free(tape);
}
END_TEST

/* Every tile, with unknown ids in some sets. */
START_TEST(test_unknown)
{
    static const int64_t unknown_offset[B + 1] = {0, 1, 3, 3, 4};
    static const int32_t unknown_id[] = {5, 0, 6, 2};
    static const double marked[B][TAGS] = {{1, 0, 0, 0, 1, -1, 0},
                                           {-1, 0, 0, 0, 0, 0, -1},
                                           {0, 1, 0, 1, 0, 0, 1},
                                           {1, 1, -1, 1, 1, 1, 1}};
    Tape *tape = tape_new();
    for (int64_t first = 0; first < TAGS; first++)
        for (int64_t K = 1; first + K <= TAGS; K++) {
            Tensor *y = op_multi_hot(tape, B, (IdSets){offset, id}, first, K);
            op_multi_hot_unknown(y, (IdSets){unknown_offset, unknown_id}, first);
            for (int64_t i = 0; i < B * K; i++)
                ck_assert_double_eq((double)y->data[i], marked[i / K][first + i % K]);
            tape_reset(tape);
        }
    Tensor *y = op_multi_hot(tape, B, (IdSets){offset, id}, 0, TAGS);
    op_multi_hot_unknown(y, (IdSets){NULL, NULL}, 0);
    for (int64_t i = 0; i < B * TAGS; i++)
        ck_assert_double_eq((double)y->data[i], want[i / TAGS][i % TAGS]);
    tape_free(tape);
}
END_TEST

static void misuse(const int64_t *wrong, int64_t K)
{
    Tape *tape = tape_new();
    op_multi_hot(tape, 2, (IdSets){wrong, id}, 0, K);
}

START_TEST(test_falling_offsets) { misuse((int64_t[]){0, 3, 2}, 3); }
END_TEST
START_TEST(test_negative_offset) { misuse((int64_t[]){-1, 3, 4}, 3); }
END_TEST
START_TEST(test_no_columns) { misuse((int64_t[]){0, 3, 4}, 0); }
END_TEST

Suite *test_multi_hot_suite(void);
Suite *test_multi_hot_suite(void)
{
    Suite *s = suite_create("multi_hot");
    TCase *t = op_tcase(s, "multi_hot");
    tcase_add_test(t, test_value);
    tcase_add_test(t, test_offsets_from_the_middle);
    tcase_add_test(t, test_unknown);
    tcase_add_test_raise_signal(t, test_falling_offsets, SIGABRT);
    tcase_add_test_raise_signal(t, test_negative_offset, SIGABRT);
    tcase_add_test_raise_signal(t, test_no_columns, SIGABRT);
    return s;
}
