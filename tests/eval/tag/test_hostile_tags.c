/* SPDX-License-Identifier: Apache-2.0 */
/* Tags whose names are commands of terminals or formulas of spreadsheets. */
#include "core/io/text.h"
#include "core/mem.h"
#include "core/printable.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <string.h>

#define TAG "tag --checkpoint @/m --tags @/hostile.txt --top 99 "
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

static void setup(void)
{
    tiny_new();
    mem_free(tiny_train(0, "m", "swin.depths=1,1,1,1 model.layers=1 train.max_steps=1"));
    Text lines = {0};
    for (int i = 0; i < HOSTILE; i++) text_add(&lines, "%s\n", hostile[i]);
    tiny_write("@/hostile.txt", lines.data);
    text_free(&lines);
}

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
    ck_assert_ptr_nonnull(strstr(messages, "hostile.txt: line 1: tag '?]0;pwned?' holds"));
    ck_assert_ptr_nonnull(strstr(messages, "so do others"));
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
    tcase_add_loop_test(t, terminals_receive_no_commands, 0, 4);
    tcase_add_test(t, json_keeps_all_names);
    tcase_add_test(t, spreadsheets_receive_no_formulas);
    suite_add_tcase(s, t);
    return s;
}
