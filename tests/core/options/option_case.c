/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/core/options/option_case.h"

Scratch option_case_scratch;
OptionCase option_case;

static void setup(void)
{
    scratch_new(&option_case_scratch);
    option_defaults(&option_case_table, &option_case);
}

static void teardown(void)
{
    option_free(&option_case_table, &option_case);
    scratch_free(&option_case_scratch);
}

void option_case_set(const char *assignment)
{
    Error err = {0};
    ck_assert_msg(option_set(&option_case_table, &option_case, assignment, &err) == 0, "%s",
                  err.text);
}

void option_case_load(const char *text)
{
    Error err = {0};
    ck_assert_msg(
        option_load_yaml_text(&option_case_table, &option_case, "x.yaml", text, &err) == 0,
        "%s", err.text);
}

TCase *option_case_new(Suite *s)
{
    TCase *c = tcase_create("option");
    tcase_add_checked_fixture(c, setup, teardown);
    suite_add_tcase(s, c);
    return c;
}
