/* SPDX-License-Identifier: Apache-2.0 */
/* Values of grids: lists, quotes, brackets, ranges. */
#include "core/mem.h"
#include "train/ablate/grid.h"
#include "train/ablate/range.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The values of the text, joined by blanks. */
static char *values(const char *text)
{
    OptionStrings list = {0};
    Error err = {0};
    if (range_read("lr", text, &list, &err) != 0) return mem_strdup(err.text);
    char *all = mem_strdup("");
    for (int64_t i = 0; i < list.count; i++) {
        char *more = mem_format("%s%s%s", all, i ? " " : "", list.value[i]);
        mem_free(all);
        all = more;
    }
    option_strings_free(&list);
    return all;
}

static const struct {
    const char *text, *values;
} good[] = {
    {"a", "a"},
    {"a,b", "a b"},
    {"[1,2],[3]", "[1,2] [3]"},
    {"\"x, y\",z", "\"x, y\" z"},
    {"1..3:3", "1 2 3"},
    {"0..1:5lin", "0 0.25 0.5 0.75 1"},
    {"1e-4..1e-2:3log", "0.0001 0.001 0.01"},
    {"1e-4..1e-2:5log", "0.0001 0.000316 0.001 0.00316 0.01"},
    {"8..1:4log", "8 4 2 1"},
    {"1..1.0001:3", "1 1.00005 1.0001"},
    {"-1..-4:3log", "-1 -2 -4"},
    {"5,1..2:2,7", "5 1 2 7"},
    {"../data,b..c", "../data b..c"}, /* no range */
    {"1..3", "1..3"},
    {"", "ablate: --lr: : an empty value"},
    {"1,,2", "ablate: --lr: 1,,2: an empty value"},
    {"1..2:1", "ablate: --lr: 1..2:1: expected 2 to 256 values"},
    {"1..2:257", "ablate: --lr: 1..2:257: expected 2 to 256 values"},
    {"1..1:3", "ablate: --lr: 1..1:3: the ends are equal"},
    {"inf..1:3", "ablate: --lr: inf..1:3: the ends must be finite"},
    {"0..1:3log", "ablate: --lr: 0..1:3log: equal factors need ends of the same sign, and "
                  "neither may be 0"},
    {"-1..1:3log", "ablate: --lr: -1..1:3log: equal factors need ends of the same sign, and "
                   "neither may be 0"},
    {"1..1.0000001:3", "ablate: --lr: 1..1.0000001:3: the values differ too little"},
};
enum { GOOD = sizeof good / sizeof *good };

START_TEST(reads_values)
{
    char *all = values(good[_i].text);
    ck_assert_str_eq(all, good[_i].values);
    mem_free(all);
}
END_TEST

static Grid grid_of(const char *a, const char *b)
{
    Grid g;
    char *text[] = {(char *)(intptr_t)a, (char *)(intptr_t)b};
    const OptionStrings list = {b ? 2 : 1, text};
    ck_assert_int_eq(grid_read(&list, &g, NULL), 0);
    return g;
}

/* The five losses of the paper, each with each. */
START_TEST(losses_are_25_cells)
{
    Grid g = grid_of("losses", NULL);
    ck_assert_int_eq(g.cells, 25);
    const int64_t at = grid_find(&g, "splc+ce");
    ck_assert_int_ge(at, 0);
    ck_assert_int_eq(g.cell[at].setting.count, 2);
    ck_assert_str_eq(g.cell[at].setting.value[0], "loss.tag=splc");
    ck_assert_str_eq(g.cell[at].setting.value[1], "loss.align=ce");
    ck_assert_int_eq(grid_find(&g, "gr+asl"), -1); /* gr has no alignment */
    grid_free(&g);
    g = grid_of("losses:tag", NULL);
    ck_assert_int_ge(grid_find(&g, "gr"), 0);
    ck_assert_int_eq(grid_find(&g, "sigmoid"), -1);
    grid_free(&g);
    g = grid_of("losses:align", NULL);
    ck_assert_int_ge(grid_find(&g, "sigmoid"), 0);
    grid_free(&g);
}
END_TEST

START_TEST(products_keep_all_settings)
{
    Grid g = grid_of("losses", "optim.lr=1e-4..1e-2:3log");
    ck_assert_int_eq(g.cells, 75);
    const int64_t at = grid_find(&g, "asl+bce+optim.lr=0.001");
    ck_assert_int_ge(at, 0);
    ck_assert_int_eq(g.cell[at].setting.count, 3);
    ck_assert_str_eq(g.cell[at].setting.value[2], "optim.lr=0.001");
    grid_free(&g);
}
END_TEST

Suite *test_ablate_range_suite(void);
Suite *test_ablate_range_suite(void)
{
    Suite *suite = suite_create("ablate_range");
    TCase *c = tcase_create("ablate_range");
    tcase_add_loop_test(c, reads_values, 0, GOOD);
    tcase_add_test(c, losses_are_25_cells);
    tcase_add_test(c, products_keep_all_settings);
    suite_add_tcase(suite, c);
    return suite;
}
