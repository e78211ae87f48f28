/* SPDX-License-Identifier: Apache-2.0 */
/* Several checkpoints on several sets give one table, of the numbers that each has alone. */
#include "core/mem.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <string.h>

static void setup(void)
{
    tiny_new();
    mem_free(tiny_train(0, "m", "train.max_steps=7"));
    mem_free(tiny_train(0, "n", "train.max_steps=9"));
}

static double number(const json_t *cell, const char *definition, const char *key)
{
    const json_t *value = json_object_get(json_object_get(cell, definition), key);
    ck_assert_msg(json_is_number(value), "no %s", key);
    return json_number_value(value);
}

static double alone(const char *model, const char *set)
{
    char *line =
        mem_format("eval --checkpoint @/%s --data @/data/%s --json -o @/alone", model, set);
    json_t *json = tiny_json(line);
    const double map = json_number_value(json_object_get(json, "mAP"));
    json_decref(json);
    mem_free(line);
    return map;
}

START_TEST(one_table)
{
    static const char *const model[] = {"m", "n"}, *const set[] = {"seen", "unseen"};
    json_t *json = tiny_json("eval --checkpoint @/m --checkpoint @/n --data @/data/seen "
                             "--data @/data/unseen --bootstrap 20 --json -o @/out");
    const json_t *models = json_object_get(json, "models");
    ck_assert_uint_eq(json_array_size(models), 2);
    for (size_t i = 0; i < 2; i++) {
        const json_t *row = json_array_get(models, i), *sets = json_object_get(row, "sets");
        ck_assert_str_eq(json_string_value(json_object_get(row, "model")), model[i]);
        for (size_t s = 0; s < 2; s++) {
            const json_t *cell = json_array_get(sets, s);
            ck_assert_str_eq(json_string_value(json_object_get(cell, "set")), set[s]);
            ck_assert_double_eq_tol(number(cell, "reference", "mAP"), alone(model[i], set[s]),
                                    1e-12);
            const json_t *strict = json_object_get(cell, "strict");
            ck_assert(!json_object_get(strict, "mAP_difference_over_images") == (i == 0));
        }
    }
    json_decref(json);
    ck_assert(tiny_exists("@/out/table.csv"));
    ck_assert(tiny_exists("@/out/n/unseen/scores.h5"));
}
END_TEST

/* One checkpoint, and a wish for more than the usual numbers. */
START_TEST(more_of_one)
{
    char *text =
        tiny_out(0, "eval --checkpoint @/m --data @/data/seen -o @/one --bootstrap 10");
    ck_assert_ptr_nonnull(strstr(text, "95% over images"));
    mem_free(text);
    char *again = tiny_out(0, "eval --scores @/one/scores.h5 --bootstrap 10");
    text = tiny_out(0, "eval --checkpoint @/m --data @/data/seen -o @/one --bootstrap 10");
    ck_assert_str_eq(text, again);
    mem_free(again);
    mem_free(text);
}
END_TEST

Suite *test_eval_grid_suite(void);
Suite *test_eval_grid_suite(void)
{
    Suite *suite = suite_create("eval_grid");
    TCase *c = tcase_create("eval_grid");
    tcase_add_unchecked_fixture(c, setup, tiny_free);
    tcase_add_test(c, one_table);
    tcase_add_test(c, more_of_one);
    suite_add_tcase(suite, c);
    return suite;
}
