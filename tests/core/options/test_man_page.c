/* SPDX-License-Identifier: Apache-2.0 */
/* The generated texts of the program: help of every command, the committed man page. */
#include "core/io/file.h"
#include "core/mem.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static const char *const commands[] = {"prepare",
                                       "prepare synth",
                                       "prepare openclipart",
                                       "prepare emoji",
                                       "prepare stamps",
                                       "prepare triplets",
                                       "prepare csv",
                                       "prepare coco",
                                       "prepare folder",
                                       "prepare jsonl",
                                       "prepare voc",
                                       "prepare nuswide",
                                       "prepare captions",
                                       "prepare stats",
                                       "describe",
                                       "train",
                                       "eval",
                                       "tag",
                                       "retrieve",
                                       "embed",
                                       "ablate",
                                       "threshold",
                                       "report",
                                       "convert",
                                       "info",
                                       "verify",
                                       "config"};
enum { COMMANDS = sizeof commands / sizeof *commands, WIDTH = 96 };

/* Help that needs nothing else, with an example and in lines that fit. */
START_TEST(every_command_has_help)
{
    Scratch scratch;
    char *out, *messages, line[64], usage[64];
    scratch_new(&scratch);
    snprintf(line, sizeof line, "%s --help", commands[_i]);
    snprintf(usage, sizeof usage, "usage: ramplus %s ", commands[_i]);
    ck_assert_int_eq(run_program(&scratch, line, &out, &messages), 0);
    ck_assert_str_eq(messages, "");
    ck_assert_msg(strncmp(out, usage, strlen(usage)) == 0, "%s", out);
    ck_assert_ptr_nonnull(strstr(out, "\nexample: "));
    for (const char *p = out; *p; p += strcspn(p, "\n") + 1) {
        const size_t width = strcspn(p, "\n");
        ck_assert_msg(width <= WIDTH, "%zu columns: %.*s", width, (int)width, p);
        ck_assert_msg(width == 0 || p[width - 1] != ' ', "blank at the end: %.*s", (int)width,
                      p);
    }
    mem_free(out);
    mem_free(messages);
    scratch_free(&scratch);
}
END_TEST

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
    tcase_add_loop_test(tc, every_command_has_help, 0, COMMANDS);
    tcase_add_test(tc, docs_has_the_page_of_this_program);
    suite_add_tcase(s, tc);
    return s;
}
