/* SPDX-License-Identifier: Apache-2.0 */
/* `prepare csv`: its options, the folder of images, counts, exit codes. */
#include "core/io/file.h"
#include "core/io/text.h"
#include "core/mem.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <jansson.h>
#include <string.h>

static Scratch scratch;
static char *out, *messages;

static void setup(void)
{
    scratch_new(&scratch);
    scratch_text(&scratch, "a.csv",
                 "pic\twords\tmore\tsays\tpart\n"
                 "1.jpg\tcat/dog\tbird\tA cat\ttrain\n"
                 "2.jpg\tcat\t\t\tdev\n"
                 "3.jpg\tdog\tbird\t\ttrain\n");
    scratch_text(&scratch, "photos/1.jpg", "x");
    scratch_text(&scratch, "photos/2.jpg", "x");
    scratch_text(&scratch, "2.jpg", "x");
}

static void teardown(void)
{
    mem_free(out);
    mem_free(messages);
    out = messages = NULL;
    scratch_free(&scratch);
}

/* Runs the program; every @ in the arguments is the folder. */
static int run(const char *arguments)
{
    Text line = {0};
    mem_free(out);
    mem_free(messages);
    for (const char *p = arguments; *p; p++)
        text_put_bytes(&line, *p == '@' ? scratch.dir : p, *p == '@' ? strlen(scratch.dir) : 1);
    const int status = run_program(&scratch, line.data, &out, &messages);
    text_free(&line);
    return status;
}

static void expect_message(const char *text)
{
    ck_assert_msg(strstr(messages, text) != NULL, "%s", messages);
}

#define TABLE "prepare csv @/out @/a.csv --image pic --tags-column words --tags-column more "
#define REST  "--caption says --split-column PART --tag-separator / "

START_TEST(named_columns)
{
    ck_assert_int_eq(run(TABLE REST "--unchecked"), 0);
    expect_message(
        "columns end at tab; image: 'pic'; tags: 'words', 'more' (separated by '/'); "
        "captions: 'says'; training or test: 'part'\n");
    scratch_contains(
        &scratch, "out/train.json",
        "[{\"image_path\": \"1.jpg\", \"union_label_id\": [0, 1, 2], \"caption\": [\"A cat\"]},"
        "\n{\"image_path\": \"3.jpg\", \"union_label_id\": [0, 2], \"caption\": []}]\n");
    scratch_contains(&scratch, "out/test/annotations.txt", "2.jpg,cat\n");
}
END_TEST

/* Images that are not in the folder are listed; without --images it is that of the table. */
START_TEST(images_are_looked_for)
{
    ck_assert_int_eq(run(TABLE REST "--images @/photos --json"), 0);
    json_t *json = json_loads(out, 0, NULL);
    ck_assert_int_eq(json_integer_value(json_object_get(json, "rows")), 2);
    ck_assert_int_eq(json_integer_value(json_object_get(json, "bad_records")), 1);
    ck_assert_int_eq(json_integer_value(json_object_get(json, "missing_images")), 1);
    ck_assert_int_eq(json_integer_value(json_object_get(json, "train_images")), 1);
    ck_assert_int_eq(json_integer_value(json_object_get(json, "test_images")), 1);
    json_decref(json);
    expect_message("record 4 (line 4): column 'pic': '3.jpg': no such image in ");
    expect_message("1 images are not in ");
    ck_assert_int_eq(run(TABLE REST "--images @/photos --strict"), ERROR_DATA);
    expect_message("1 records are bad: see ");
    ck_assert_int_eq(run(TABLE "--test 0"), 0);
    expect_message("2 images are not in ");
    char *train = scratch_read(&scratch, "out/train.json");
    ck_assert_ptr_nonnull(strstr(train, "2.jpg"));
    mem_free(train);
    ck_assert_int_eq(run(TABLE "--images @/a.csv"), ERROR_DATA);
    expect_message("a.csv: no such folder");
}
END_TEST

/* The folder trains: its settings name the images. */
START_TEST(settings)
{
    ck_assert_int_eq(run(TABLE REST "--images @/photos"), 0);
    ck_assert_int_eq(run("config data.root=@/out"), 0);
    char *root = mem_format("data.root: \"%s/photos\"\n", scratch.dir);
    ck_assert_msg(strstr(out, root) != NULL, "%s", out);
    mem_free(root);
}
END_TEST

static const struct {
    const char *options, *tags; /* of 1.jpg and 2.jpg, with `a` and `b` */
} flags[] = {
    {"--minus-one absent", "[0], \"caption\": []},\n{\"image_path\": \"2.jpg\", "
                           "\"union_label_id\": [1], \"unknown_label_id\": [0]"},
    {"--minus-one absent --empty absent", "[0], \"caption\": []},\n{\"image_path\": \"2.jpg\", "
                                          "\"union_label_id\": [1], \"caption\""},
    {"--minus-one unknown --empty unknown --wide",
     "[0], \"unknown_label_id\": [1], \"caption\": []},\n{\"image_path\": \"2.jpg\", "
     "\"union_label_id\": [1], \"unknown_label_id\": [0]"},
};

START_TEST(meaning_of_flags)
{
    char *line =
        mem_format("prepare csv @/out @/b.csv --unchecked --test 0 %s", flags[_i].options);
    scratch_text(&scratch, "b.csv", "image;a;b\n1.jpg;1;-1\n2.jpg;;1\n");
    ck_assert_int_eq(run(line), 0);
    char *train = scratch_read(&scratch, "out/train.json");
    ck_assert_msg(strstr(train, flags[_i].tags) != NULL, "%s", train);
    mem_free(train);
    mem_free(line);
}
END_TEST

START_TEST(warns_of_similar_tags)
{
    scratch_text(&scratch, "b.csv", "image,tags\n1.jpg,Cat\n2.jpg,cat\n");
    ck_assert_int_eq(run("prepare csv @/out @/b.csv --unchecked --test 0"), 0);
    expect_message("alone count as different tags: 'Cat' and 'cat'\n");
    scratch_contains(&scratch, "out/train_tags.txt", "Cat\ncat\n");
}
END_TEST

START_TEST(no_header)
{
    scratch_text(&scratch, "b.csv", "1.jpg,cat;dog,A cat\n2.jpg,cat,Two\n");
    ck_assert_int_eq(run("prepare csv @/out @/b.csv --unchecked --test 0 --no-header "
                         "--separator comma --tags-column 2 --caption 3"),
                     0);
    scratch_contains(&scratch, "out/train_tags.txt", "cat\ndog\n");
    char *train = scratch_read(&scratch, "out/train.json");
    ck_assert_ptr_nonnull(strstr(train, "\"A cat\""));
    mem_free(train);
}
END_TEST

Suite *test_prepare_csv_suite(void);
Suite *test_prepare_csv_suite(void)
{
    Suite *s = suite_create("prepare_csv");
    TCase *t = tcase_create("prepare_csv");
    tcase_add_checked_fixture(t, setup, teardown);
    suite_add_tcase(s, t);
    tcase_add_test(t, named_columns);
    tcase_add_test(t, images_are_looked_for);
    tcase_add_test(t, settings);
    tcase_add_loop_test(t, meaning_of_flags, 0, sizeof flags / sizeof *flags);
    tcase_add_test(t, warns_of_similar_tags);
    tcase_add_test(t, no_header);
    return s;
}
