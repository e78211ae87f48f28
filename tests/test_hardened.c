/* SPDX-License-Identifier: Apache-2.0 */
/* The program is linked and compiled as a program that reads foreign bytes should be. */
#include "core/mem.h"
#include "tests/support/sanitized.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

/* Whether a command succeeds; in it, $program is the program and $library is its code. */
static void expect(const char *command)
{
    const char *named = getenv("RAMPLUS");
    char *line = mem_format("program='%s'; library=$(dirname \"$program\")/lib.a; %s",
                            named ? named : "build/fast/ramplus", command);
    ck_assert_msg(system(line) == 0, "not so: %s", line);
    mem_free(line);
}

static void expect_symbol(const char *pattern)
{
    char *command = mem_format("readelf -W --dyn-syms $program | grep -Eq '%s'", pattern);
    expect(command);
    mem_free(command);
}

START_TEST(addresses_are_random) { expect("readelf -hW $program | grep -Eq 'Type: +DYN'"); }
END_TEST

START_TEST(tables_of_addresses_are_constant)
{
    expect("readelf -lW $program | grep -q GNU_RELRO");
    expect("readelf -dW $program | grep -q BIND_NOW");
}
END_TEST

START_TEST(the_stack_holds_only_data)
{
    expect("readelf -lW $program | grep -q 'GNU_STACK.* RW  '");
}
END_TEST

START_TEST(stacks_are_watched) { expect_symbol(" __stack_chk_fail(@| |$)"); }
END_TEST

#ifndef __clang__
/* gcc notes in every object with what it was compiled; clang does not. */
START_TEST(large_frames_touch_every_page)
{
    expect("readelf -W --debug-dump=info $library | grep DW_AT_producer > /dev/null && "
           "! readelf -W --debug-dump=info $library | grep DW_AT_producer | "
           "grep -vq -e -fstack-clash-protection");
}
END_TEST
#endif

#ifdef __x86_64__
/* Every object, for the linker takes the weakest. */
START_TEST(jumps_and_returns_are_marked)
{
    expect("test $(readelf -nW $library | grep -c 'IBT, SHSTK') = $(ar t $library | wc -l)");
}
END_TEST
#endif

/* Sanitizers watch these functions themselves, and -O0 has none. */
#if defined __OPTIMIZE__
static const bool FORTIFIED = !SANITIZED_MEMORY;
#else
static const bool FORTIFIED = false;
#endif

#ifndef _FORTIFY_SOURCE
#define _FORTIFY_SOURCE 0
#endif

START_TEST(lengths_are_checked)
{
    if (!FORTIFIED) {
        fputs("skipped under sanitizers and -O0: fortified functions\n", stderr);
        return;
    }
    ck_assert_int_eq(_FORTIFY_SOURCE, 3);
    expect_symbol(" __(mem|str|v?s?n?printf|v?f?printf|f?read)[a-z]*_chk(@| |$)");
}
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
#ifndef __clang__
    tcase_add_test(t, large_frames_touch_every_page);
#endif
#ifdef __x86_64__
    tcase_add_test(t, jumps_and_returns_are_marked);
#endif
    tcase_add_test(t, lengths_are_checked);
    suite_add_tcase(s, t);
    return s;
}
