/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from data.root. */
#include "configs/config.h"
#include "core/io/file.h"
#include "core/io/text.h"
#include "core/mem.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <string.h>

static Scratch scratch;

static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

enum { SETTINGS = 5 };

/* Settings and the options that result; @ stands for the folder, a comma for the next of a
 * list. */
static const struct {
    bool is_data; /* the folder holds data */
    const char *setting[SETTINGS];
    const char *root, *tags, *descriptions, *train, *eval;
} row[] = {
    {true,
     {"data.root=@"},
     "@",
     "@/train_tags.txt",
     "@/seen/descriptions.json",
     "@/train.json",
     "@/seen,@/unseen"},
    {true,
     {"data.root=@", "model.bank=bank.h5"},
     "@",
     "@/train_tags.txt",
     "",
     "@/train.json",
     "@/seen,@/unseen"},
    {true,
     {"data.root=@", "model.tags=mine.txt", "data.train=x.json,y.json", "data.eval=elsewhere",
      "model.descriptions=d.json"},
     "@",
     "mine.txt",
     "d.json",
     "x.json,y.json",
     "elsewhere"},
    {true,
     {"data.root=@", "data.eval="},
     "@",
     "@/train_tags.txt",
     "@/seen/descriptions.json",
     "@/train.json",
     ""},
    {false, {"image_path_root=@"}, "@", "", "", "", ""},
    {true, {NULL}, "", "", "", "", ""},
};
enum { ROWS = sizeof row / sizeof *row };

static void make_data_folder(void)
{
    ck_assert_int_eq(file_mkdirs(scratch_path(&scratch, "seen"), NULL), 0);
    ck_assert_int_eq(file_mkdirs(scratch_path(&scratch, "unseen"), NULL), 0);
    scratch_write(&scratch, "train.json", "[]", 2);
    scratch_write(&scratch, "train_tags.txt", "a", 1);
    scratch_write(&scratch, "seen/descriptions.json", "[]", 2);
}

static char *expand(const char *text)
{
    Text t = {0};
    text_put(&t, "");
    for (; *text; text++)
        text_add(&t, "%.*s", *text == '@' ? 1000 : 1, *text == '@' ? scratch.dir : text);
    return t.data;
}

static void expect(const char *have, const char *want)
{
    char *text = expand(want);
    ck_assert_str_eq(have, text);
    mem_free(text);
}

static void expect_list(const OptionStrings *have, const char *want)
{
    Text t = {0};
    text_put(&t, "");
    for (int64_t i = 0; i < have->count; i++)
        text_add(&t, "%s%s", i ? "," : "", have->value[i]);
    expect(t.data, want);
    text_free(&t);
}

START_TEST(completes)
{
    char *setting[SETTINGS];
    int64_t n = 0;
    Config c;
    Error err = {0};
    if (row[_i].is_data) make_data_folder();
    for (; n < SETTINGS && row[_i].setting[n]; n++) setting[n] = expand(row[_i].setting[n]);
    ck_assert_msg(config_load(NULL, 0, setting, n, &c, &err) == 0, "%s", err.text);
    for (int twice = 0; twice < 2; twice++) { /* the second time changes nothing */
        ck_assert_int_eq(config_complete(&c, &err), 0);
        expect(c.data.root, row[_i].root);
        expect(c.model.tags, row[_i].tags);
        expect(c.model.descriptions, row[_i].descriptions);
        expect_list(&c.data.train, row[_i].train);
        expect_list(&c.data.eval, row[_i].eval);
    }
    config_free(&c);
    while (n > 0) mem_free(setting[--n]);
}
END_TEST

/* dataset.yaml names the folder of the images, and can set little else. */
START_TEST(reads_the_settings_of_the_folder)
{
    static const char settings[] = "run: theirs\n"
                                   "data: {root: /images, eval: [/other]}\n"
                                   "eval: {root: /tests}\n"
                                   "loss: {weight: {align: 0}}\n";
    char *assignment = expand("data.root=@");
    Config c;
    Error err = {0};
    make_data_folder();
    scratch_write(&scratch, "dataset.yaml", settings, sizeof settings - 1);
    scratch_write(&scratch, "descriptions.json", "[]", 2);
    ck_assert_int_eq(file_mkdirs(scratch_path(&scratch, "test"), NULL), 0);
    scratch_write(&scratch, "test/annotations.txt", "a", 1);
    for (int twice = 0; twice < 2; twice++) {
        ck_assert_int_eq(config_load(NULL, 0, &assignment, 1, &c, &err), 0);
        ck_assert_int_eq(config_complete(&c, &err), 0);
        expect(c.data.root, "/images");
        expect(c.eval.root, "/tests");
        expect(c.model.tags, "@/train_tags.txt");
        expect_list(&c.data.train, "@/train.json");
        expect_list(&c.data.eval, "@/seen,@/unseen,@/test");
        ck_assert_str_ne(c.run.folder, "theirs");
        ck_assert(c.loss.weight_align == 0 && c.loss.weight_tag == 1);
        config_free(&c);
    }
    mem_free(assignment);
}
END_TEST

/* A folder of images may hold a dataset.yaml of another program. */
START_TEST(leaves_other_settings_alone)
{
    char *assignment = expand("data.root=@");
    Config c;
    Error err = {0};
    scratch_write(&scratch, "dataset.yaml", "nc: 80\n", 7);
    ck_assert_int_eq(config_load(NULL, 0, &assignment, 1, &c, &err), 0);
    ck_assert_int_eq(config_complete(&c, &err), 0);
    expect(c.data.root, "@");
    make_data_folder();
    ck_assert_int_eq(config_complete(&c, &err), -1);
    expect_error(&err, ERROR_USAGE, "dataset.yaml:1: nc: unknown option");
    config_free(&c);
    mem_free(assignment);
}
END_TEST

Suite *test_config_folder_suite(void);
Suite *test_config_folder_suite(void)
{
    Suite *suite = suite_create("config_folder");
    TCase *c = tcase_create("config_folder");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_loop_test(c, completes, 0, ROWS);
    tcase_add_test(c, reads_the_settings_of_the_folder);
    tcase_add_test(c, leaves_other_settings_alone);
    suite_add_tcase(suite, c);
    return suite;
}
