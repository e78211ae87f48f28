/* SPDX-License-Identifier: Apache-2.0 */
/* What cells of tables say. */
#include "data/folder/csv_cells.h"

#include "core/io/text.h"
#include "core/mem.h"

#include <check.h>
#include <string.h>

static const struct {
    const char *cell;
    enum CsvFlag flag;
} flags[] = {
    {"1", CSV_FLAG_PRESENT},    {"1.0", CSV_FLAG_PRESENT},  {"True", CSV_FLAG_PRESENT},
    {"YES", CSV_FLAG_PRESENT},  {"x", CSV_FLAG_PRESENT},    {"0", CSV_FLAG_ABSENT},
    {"0.0", CSV_FLAG_ABSENT},   {"false", CSV_FLAG_ABSENT}, {"-1", CSV_FLAG_UNKNOWN},
    {"-1.0", CSV_FLAG_UNKNOWN}, {"", CSV_FLAG_EMPTY},       {" ", CSV_FLAG_EMPTY},
    {"nan", CSV_FLAG_EMPTY},    {"NaN", CSV_FLAG_EMPTY},    {"<NA>", CSV_FLAG_EMPTY},
    {"None", CSV_FLAG_EMPTY},   {"NULL", CSV_FLAG_EMPTY},   {"2", CSV_FLAG_NONE},
    {"0.5", CSV_FLAG_NONE},     {"10", CSV_FLAG_NONE},      {"1 0", CSV_FLAG_NONE},
    {"maybe", CSV_FLAG_NONE},   {"tru", CSV_FLAG_NONE},     {"1.0 true", CSV_FLAG_NONE},
};

START_TEST(test_flags) { ck_assert_int_eq(csv_cell_flag(flags[_i].cell), flags[_i].flag); }
END_TEST

START_TEST(test_roles)
{
    ck_assert_int_eq(csv_cell_role("train"), OWN_ROLE_TRAIN);
    ck_assert_int_eq(csv_cell_role("Training"), OWN_ROLE_TRAIN);
    ck_assert_int_eq(csv_cell_role("val"), OWN_ROLE_TEST);
    ck_assert_int_eq(csv_cell_role("VALID"), OWN_ROLE_TEST);
    ck_assert_int_eq(csv_cell_role("validation"), OWN_ROLE_TEST);
    ck_assert_int_eq(csv_cell_role("test"), OWN_ROLE_TEST);
    ck_assert_int_eq(csv_cell_role("dev"), OWN_ROLE_TEST);
    ck_assert_int_eq(csv_cell_role("nan"), OWN_ROLE_DRAWN);
    ck_assert_int_eq(csv_cell_role(""), OWN_ROLE_DRAWN);
    ck_assert_int_eq(csv_cell_role("tr"), -1);
    ck_assert_int_eq(csv_cell_role("0"), -1);
}
END_TEST

static const struct {
    const char *cell;
    char separator;
    const char *tags; /* each followed by a | */
} lists[] = {
    {"cat", ',', "cat|"},
    {" cat ,  hot dog,", ',', "cat|hot dog|"},
    {",,", ',', ""},
    {"cat; dog, big", ';', "cat|dog, big|"},
    {"cat, dog", 0, "cat, dog|"},
    {"cat dog", ' ', "cat|dog|"},
    {"cat\ndog\r\n bird", 0, "cat|dog|bird|"},
    {"['cat', 'hot dog, big']", ';', "cat|hot dog, big|"},
    {"[\"it's\", \"a \\\" b\"]", 0, "it's|a \" b|"},
    {"[cat, dog]", 0, "cat|dog|"},
    {"[]", ',', ""},
    {" [ ] ", ',', ""},
    {"['']", ',', ""},
    {"['open", ',', "['open|"},
    {"['open]", ',', "open|"},
    {"['a' b, c]", ',', "a|c|"},
    {"[", ',', "[|"},
    {"\"cat\"", ',', "\"cat\"|"},
    {"[\"a\\", ',', "[\"a\\|"},
    {"[\"a\\]", ',', "a\\|"},
};

START_TEST(test_lists)
{
    char *cell = mem_strdup(lists[_i].cell);
    Text have = {0};
    text_put(&have, "");
    CsvTags t = csv_tags(cell, lists[_i].separator);
    for (char *tag; (tag = csv_tags_next(&t));) text_add(&have, "%s|", tag);
    ck_assert_str_eq(have.data, lists[_i].tags);
    text_free(&have);
    mem_free(cell);
}
END_TEST

Suite *test_csv_cells_suite(void);
Suite *test_csv_cells_suite(void)
{
    Suite *s = suite_create("csv_cells");
    TCase *t = tcase_create("csv_cells");
    suite_add_tcase(s, t);
    tcase_add_loop_test(t, test_flags, 0, sizeof flags / sizeof *flags);
    tcase_add_test(t, test_roles);
    tcase_add_loop_test(t, test_lists, 0, sizeof lists / sizeof *lists);
    return s;
}
