/* SPDX-License-Identifier: Apache-2.0 */
/* The program is linked and compiled as a program that reads foreign bytes should be. */
#include "core/mem.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

/* Whether a line of what readelf says about the program matches. */
static void expect_line(const char *about, const char *pattern)
{
    const char *named = getenv("RAMPLUS");
    char *command = mem_format("readelf %s '%s' | grep -Eq '%s'", about,
                               named ? named : "build/fast/ramplus", pattern);
    ck_assert_msg(system(command) == 0, "no %s in readelf %s", pattern, about);
    mem_free(command);
}

START_TEST(addresses_are_random) { expect_line("-hW", "Type: +DYN"); }
END_TEST

START_TEST(tables_of_addresses_are_constant)
{
    expect_line("-lW", "GNU_RELRO");
    expect_line("-dW", "BIND_NOW");
}
END_TEST

START_TEST(the_stack_holds_only_data) { expect_line("-lW", "GNU_STACK.* RW  "); }
END_TEST

START_TEST(stacks_are_watched) { expect_line("--dyn-syms -W", "__stack_chk_fail"); }
END_TEST

#ifdef _FORTIFY_SOURCE
#define FORTIFIED " __(mem|str|v?s?n?printf|v?f?printf|f?read)[a-z]*_chk(@| |$)"
#else
#define FORTIFIED "." /* sanitizers watch these functions */
#endif

START_TEST(lengths_are_checked) { expect_line("--dyn-syms -W", FORTIFIED); }
END_TEST

Suite *test_hardened_suite(void);
Suite *test_hardened_suite(void)
{
    Suite *s = suite_create("hardened");
    TCase *t = tcase_create("hardened");
    tcase_add_test(t, addresses_are_random);
    tcase_add_test(t, tables_of_addresses_are_constant);
    tcase_add_test(t, the_stack_holds_only_data);
    tcase_add_test(t, stacks_are_watched);
    tcase_add_test(t, lengths_are_checked);
    suite_add_tcase(s, t);
    return s;
}
