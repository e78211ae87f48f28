/* SPDX-License-Identifier: Apache-2.0 */
/* Tags whose names are commands of terminals or formulas of spreadsheets. */
#include "core/io/file.h"
#include "core/io/text.h"
#include "core/mem.h"
#include "core/printable.h"
#include "model/labels/bank_file.h"
#include "tests/support/bank_make.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <string.h>

#define TAG "tag --checkpoint @/m --bank @/hostile.h5 --top 99 "
#define ONE "@/data/images/test/000000.png"

static const char *const hostile[] = {"\x1b]0;pwned\a",
                                      "\x1b[2J\x1b[31mred",
                                      "a\xe2\x80\xaegnp.exe",
                                      "c1\xc2\x9b[31m",
                                      "a\rb",
                                      "=HYPERLINK(\"http://x\",\"y\")",
                                      "+1+1",
                                      "-2+3",
                                      "@SUM(1)",
                                      "\xd7\xa9\xd7\x9c"};
enum { HOSTILE = sizeof hostile / sizeof *hostile };

/* A bank with these names: lists with some of them are refused, but files store them. */
static void write_bank(const char *lines)
{
    Text plain = {0};
    for (int i = 0; i < HOSTILE; i++) text_add(&plain, "tag%d\n", i);
    tiny_write("@/plain.txt", plain.data);
    text_free(&plain);
    mem_free(tiny_out(0, "embed --encoder hash model.text_width=64 --tags @/plain.txt "
                         "-o @/plain.h5"));
    Labels bank = bank_read("@/plain.h5");
    char *path = tiny_path("@/hostile.h5");
    tags_free(&bank.tags);
    ck_assert_int_eq(tags_parse("tags", lines, &bank.tags, NULL), 0);
    ck_assert_int_eq(bank_file_write(path, &bank, NULL), 0);
    labels_free(&bank);
    mem_free(path);
}

static void setup(void)
{
    tiny_new();
    mem_free(tiny_train(0, "m", "swin.depths=1,1,1,1 model.layers=1 train.max_steps=1"));
    Text lines = {0};
    for (int i = 0; i < HOSTILE; i++) text_add(&lines, "%s\n", hostile[i]);
    tiny_write("@/hostile.txt", lines.data);
    write_bank(lines.data);
    text_free(&lines);
}

START_TEST(new_lists_are_refused)
{
    tiny_refused(3, "tag --checkpoint @/m --tags @/hostile.txt " ONE,
                 "hostile.txt: line 1: tag '?]0;pwned?' holds U+001B, a control or "
                 "bidirectional character: remove it\n");
}
END_TEST

/* A run that was started with such a list is not stopped by it; the changed list is reported as
 * any other. */
START_TEST(a_run_goes_on_with_its_list)
{
    char *list = tiny_read("@/data/train_tags.txt"),
         *escaped = mem_format("%s\x1b[31m\n", list);
    mem_free(tiny_train(0, "old", "swin.depths=1,1,1,1 model.layers=1 train.max_steps=1"));
    tiny_write("@/data/train_tags.txt", escaped);
    mem_free(escaped);
    char *old = tiny_train(3, "old", "swin.depths=1,1,1,1 model.layers=1 train.max_steps=2");
    char *new = tiny_train(3, "new", "swin.depths=1,1,1,1 model.layers=1 train.max_steps=2");
    ck_assert_ptr_nonnull(strstr(old, "bidirectional character, printed as '?'"));
    ck_assert_ptr_nonnull(strstr(new, "bidirectional character: remove it"));
    tiny_write("@/data/train_tags.txt", list);
    mem_free(new);
    mem_free(old);
    mem_free(list);
}
END_TEST

static int64_t lines_of(const char *text)
{
    int64_t n = 0;
    for (; *text; text++) n += *text == '\n';
    return n;
}

/* The name of a file is no line of the output, and no message of the program. */
START_TEST(names_do_not_pass_for_lines)
{
    char *from = tiny_path(ONE), *to = tiny_path("@/odd/a\nerror: b.png"), *out, *messages;
    char *folder = tiny_path("@/odd");
    Bytes image;
    ck_assert_int_eq(file_mkdirs(folder, NULL), 0);
    ck_assert_int_eq(file_read(from, &image, NULL), 0);
    ck_assert_int_eq(file_write(to, image.data, image.len, NULL), 0);
    tiny_write("@/odd/no\nerror: image.png", "no image");
    ck_assert_int_eq(tiny_run("tag --checkpoint @/m --top 1 @/odd", &out, &messages), 3);
    ck_assert_int_eq(lines_of(out), 1);
    ck_assert_ptr_nonnull(strstr(out, "/odd/a?error: b.png: "));
    ck_assert_ptr_null(strstr(messages, "\nerror: image"));
    mem_free(messages);
    mem_free(out);
    out = tiny_out(3, "retrieve --checkpoint @/m --text red --top 1 @/odd");
    ck_assert_int_eq(lines_of(out), 2);
    mem_free(out);
    out = tiny_out(0, "verify @/m");
    const int64_t files = lines_of(out);
    mem_free(out);
    tiny_write("@/m/x\nerror: y", "z");
    out = tiny_out(0, "info @/m");
    ck_assert_ptr_null(strstr(out, "\nerror: y"));
    mem_free(out);
    out = tiny_out(0, "verify @/m");
    ck_assert_int_eq(lines_of(out), files);
    mem_free(out);
    bytes_free(&image);
    mem_free(folder);
    mem_free(to);
    mem_free(from);
}
END_TEST

static const char *tag_at(const json_t *json, size_t k)
{
    const json_t *tags = json_object_get(json_array_get(json, 0), "tags");
    return json_string_value(json_object_get(json_array_get(tags, k), "tag"));
}

/* Whatever a list of tags holds, a terminal receives lines of text; JSON keeps the names. */
START_TEST(terminals_receive_no_commands)
{
    static const char *const form[] = {"", "--csv ", "--csv-spreadsheet ", "--json "};
    char *arguments = mem_format(TAG "%s" ONE, form[_i]);
    char *out, *messages;
    ck_assert_int_eq(tiny_run(arguments, &out, &messages), 0);
    ck_assert_ptr_nonnull(strstr(messages, "tags: line 1: tag '?]0;pwned?' holds U+001B, a "
                                           "control or bidirectional character, printed"));
    for (char *p = out; *p; p++)
        if (*p == '\n') *p = ' ';
    for (char *p = messages; *p; p++)
        if (*p == '\n') *p = ' ';
    ck_assert_ptr_null(printable_find_fault(out));
    ck_assert_ptr_null(printable_find_fault(messages));
    ck_assert_ptr_nonnull(strstr(out, hostile[HOSTILE - 1]));
    mem_free(arguments);
    mem_free(out);
    mem_free(messages);
}
END_TEST

START_TEST(json_keeps_all_names)
{
    json_t *json = tiny_json(TAG "--json " ONE);
    int found = 0;
    for (int i = 0; i < HOSTILE; i++)
        for (size_t k = 0; k < HOSTILE; k++) found += strcmp(tag_at(json, k), hostile[i]) == 0;
    ck_assert_int_eq(found, HOSTILE);
    json_decref(json);
}
END_TEST

START_TEST(spreadsheets_receive_no_formulas)
{
    char *plain = tiny_out(0, TAG "--csv " ONE);
    char *guarded = tiny_out(0, TAG "--csv-spreadsheet " ONE);
    static const char *const want[] = {",\"=HYPERLINK(\"\"http", ",+1+1,", ",-2+3,",
                                       ",@SUM(1),"};
    static const char *const safe[] = {",\"'=HYPERLINK(\"\"http", ",'+1+1,", ",'-2+3,",
                                       ",'@SUM(1),"};
    for (int i = 0; i < 4; i++) {
        ck_assert_ptr_nonnull(strstr(plain, want[i]));
        ck_assert_ptr_nonnull(strstr(guarded, safe[i]));
    }
    mem_free(plain);
    mem_free(guarded);
    guarded = tiny_out(0, "retrieve --checkpoint @/m --text =1+1 --csv-spreadsheet " ONE);
    ck_assert_ptr_nonnull(strstr(guarded, "\n'=1+1,"));
    mem_free(guarded);
    tiny_refused(2, TAG "--json --csv-spreadsheet " ONE, "either --csv or --json");
}
END_TEST

Suite *test_hostile_tags_suite(void);
Suite *test_hostile_tags_suite(void)
{
    Suite *s = suite_create("hostile_tags");
    TCase *t = tcase_create("hostile_tags");
    tcase_add_unchecked_fixture(t, setup, tiny_free);
    tcase_add_test(t, new_lists_are_refused);
    tcase_add_test(t, a_run_goes_on_with_its_list);
    tcase_add_test(t, names_do_not_pass_for_lines);
    tcase_add_loop_test(t, terminals_receive_no_commands, 0, 4);
    tcase_add_test(t, json_keeps_all_names);
    tcase_add_test(t, spreadsheets_receive_no_formulas);
    suite_add_tcase(s, t);
    return s;
}
