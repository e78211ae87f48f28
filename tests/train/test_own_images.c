/* SPDX-License-Identifier: Apache-2.0 */
/* The README and docs/data.md on training with one's own images: the commands run as printed,
 * on small images. */
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

/* The same images in the README's other forms. */
static void put_other_forms(void)
{
    story_must("for i in $(seq 1 60); do grep \"^$i.png\" mine.csv | sed 's/[^;]*;//; s/\\r//' "
               "> photos/$i.txt; done");
    story_must("tr -d '\\r' < mine.csv | sed 1d | "
               "sed 's/\\(.*\\);\\(.*\\)/{\"file_name\": \"\\1\", \"tags\": \"\\2\"}/' "
               "> metadata.jsonl");
    story_must(
        "{ echo '{\"images\": ['; sed 's/.*\"\\([0-9]*\\).png.*/{\"id\": \\1, "
        "\"file_name\": \"\\1.png\"},/' metadata.jsonl | sed '$s/,$//'; "
        "echo '], \"categories\": [{\"id\": 1, \"name\": \"shape\"}], "
        "\"annotations\": ['; seq 1 60 | sed 's/.*/{\"image_id\": &, \"category_id\": 1}/' "
        "| sed '$!s/$/,/'; echo ']}'; } > instances.json");
    story_must("mkdir shards && cd photos && for s in '[1-3]' '[4-9]'; do "
               "tar cf ../shards/${s#??}.tar --transform 's/txt$/tags/' $s*.png $s*.txt; done");
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

/* Runs the commands of a section; after each `prepare` but the first a few steps of training.
 * Returns the number of commands. */
static int run_section(const char *file, const char *end_mark)
{
    char *text = tiny_read(file);
    const char *at = strstr(text, "## Your own images\n"),
               *end = at ? strstr(at + 1, end_mark) : NULL;
    ck_assert_msg(at && end, "%s has no such section", file);
    int commands = 0;
    story_must("rm -rf mine runs");
    for (char *command; (command = next_command(&at, end)); commands++) {
        story_must(command);
        if (commands > 0 && strstr(command, " prepare "))
            story_must("rm -rf runs && ramplus train -c configs/small.yaml data.root=mine "
                       "run=runs/few train.max_steps=2");
        mem_free(command);
    }
    mem_free(text);
    return commands;
}

START_TEST(the_documentation_works)
{
    ck_assert_int_eq(run_section("docs/data.md", "\n### "), 5);
    ck_assert(tiny_exists("@/report.html"));
    char *bad = tiny_read("@/mine/bad.txt");
    ck_assert_str_eq(bad, "mine.csv: record 62 (line 62): column 'Filename': '61.png': no such "
                          "image in photos\n");
    mem_free(bad);
}
END_TEST

START_TEST(the_readme_works)
{
    put_other_forms();
    ck_assert_int_eq(run_section("README.md", "\n## "), 9);
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
    tcase_add_test(t, the_readme_works);
    return s;
}
