/* SPDX-License-Identifier: Apache-2.0 */
/* The committed man page is the one that the rows of the options give. */
#include "core/file.h"
#include "core/mem.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <string.h>

START_TEST(docs_has_the_page_of_this_program)
{
    Scratch scratch;
    Bytes page;
    char *out;
    scratch_new(&scratch);
    ck_assert_int_eq(run_program(&scratch, "--man", &out, NULL), 0);
    ck_assert_int_eq(file_read("docs/ramplus.1", &page, NULL), 0);
    ck_assert_msg(page.len == strlen(out) && memcmp(page.data, out, page.len) == 0,
                  "docs/ramplus.1 is out of date: run `make man`");
    bytes_free(&page);
    mem_free(out);
    scratch_free(&scratch);
}
END_TEST

Suite *test_man_page_suite(void);
Suite *test_man_page_suite(void)
{
    Suite *s = suite_create("man_page");
    TCase *tc = tcase_create("man_page");
    tcase_add_test(tc, docs_has_the_page_of_this_program);
    suite_add_tcase(s, tc);
    return s;
}
