/* SPDX-License-Identifier: Apache-2.0 */
/* docs/data.md on training with one's own images: the commands run as printed, on a small table
 * and small images. */
#include "core/mem.h"
#include "tests/support/story.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* photos/ with drawn shapes, and mine.csv with their tags, as a spreadsheet writes it. */
static void setup(void)
{
    tiny_new();
    story_put_program();
    char *configs = realpath("configs", NULL), *link = mem_format("ln -s '%s' .", configs);
    story_must(link);
    mem_free(link);
    free(configs);
    story_must("ramplus prepare synth shapes --objects 1 --train 1 --test 120 --size 64 && "
               "mkdir photos && for i in $(seq 1 60); do "
               "cp shapes/images/test/$(printf %06d $i).png photos/$i.png; done");
    story_must("{ echo 'Filename;Labels'; for i in $(seq 1 60); do "
               "grep \"$(printf %06d.png $i)\" shapes/seen/annotations.txt | "
               "sed \"s/^[^,]*,/$i.png;/\"; done; echo '61.png;red'; } | "
               "sed 's/$/\\r/' > mine.csv");
}

/* The next command of the section, owned, without its indentation; NULL after the last. */
static char *next_command(const char **at, const char *end)
{
    static const char indent[] = "    ramplus ";
    while (*at < end) {
        const char *line = *at;
        const size_t n = strcspn(line, "\n");
        *at += n + 1;
        if (strncmp(line, indent, strlen(indent)) == 0)
            return mem_format("%.*s", (int)n - 4, line + 4);
    }
    return NULL;
}

START_TEST(the_documentation_works)
{
    char *text = tiny_read("docs/data.md");
    const char *at = strstr(text, "## Your own images\n"),
               *end = at ? strstr(at, "\n### ") : NULL;
    ck_assert(at && end);
    int commands = 0;
    for (char *command; (command = next_command(&at, end)); commands++) {
        story_must(command);
        mem_free(command);
    }
    ck_assert_int_eq(commands, 5);
    ck_assert(tiny_exists("@/report.html"));
    char *bad = tiny_read("@/mine/bad.txt");
    ck_assert_str_eq(bad, "mine.csv: record 62 (line 62): column 'Filename': '61.png': no such "
                          "image in photos\n");
    mem_free(bad);
    mem_free(text);
}
END_TEST

Suite *test_own_images_suite(void);
Suite *test_own_images_suite(void)
{
    Suite *s = suite_create("own_images");
    TCase *t = tcase_create("own_images");
    tcase_add_unchecked_fixture(t, setup, tiny_free);
    tcase_set_timeout(t, 900);
    suite_add_tcase(s, t);
    tcase_add_test(t, the_documentation_works);
    return s;
}
