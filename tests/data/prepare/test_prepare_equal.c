/* SPDX-License-Identifier: Apache-2.0 */
/* One set as tables, as a tree and in COCO's form: the data folders are equal, byte by byte. */
#include "core/io/file.h"
#include "core/io/text.h"
#include "core/mem.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <string.h>

enum { IMAGES = 40 };

static Scratch scratch;

static const char *tag_of(int i)
{
    static const char *const tags[] = {"cat", "dog", "hot dog"};
    return tags[i % 7 % 3];
}

/* tree/TAG/i.png with the same image, and the lists. */
static void setup(void)
{
    Text rows = {0}, flags = {0}, images = {0}, labels = {0};
    scratch_new(&scratch);
    Bytes b;
    ck_assert_int_eq(file_read("tests/golden/images/rgb.png", &b, NULL), 0);
    text_put(&rows, "label,file name\n");
    text_put(&flags, "path;hot dog;dog;cat\r\n");
    for (int i = IMAGES - 1; i >= 0; i--) {
        const char *tag = tag_of(i);
        char *name = mem_format("tree/%s/%d.png", tag, i);
        scratch_write(&scratch, name, b.data, b.len);
        mem_free(name);
        text_add(&rows, "%s,%s/%d.png\n", tag, tag, i);
        text_add(&flags, "%s\\%d.png;%d;%d;%d\r\n", tag, i, !strcmp(tag, "hot dog"),
                 !strcmp(tag, "dog"), !strcmp(tag, "cat"));
        text_add(&images, "%s{\"id\": %d, \"file_name\": \"%s/%d.png\"}", images.len ? "," : "",
                 i, tag, i);
        text_add(&labels, "%s{\"image_id\": %d, \"category_id\": %d}", labels.len ? "," : "", i,
                 i % 7 % 3);
    }
    scratch_text(&scratch, "rows.csv", rows.data);
    scratch_text(&scratch, "flags.csv", flags.data);
    char *coco =
        mem_format("{\"images\": [%s], \"annotations\": [%s], \"categories\": [{\"id\": "
                   "2, \"name\": \"hot dog\"}, {\"id\": 0, \"name\": \"cat\"}, "
                   "{\"id\": 1, \"name\": \"dog\"}]}",
                   images.data, labels.data);
    scratch_text(&scratch, "coco.json", coco);
    mem_free(coco);
    text_free(&rows);
    text_free(&flags);
    text_free(&images);
    text_free(&labels);
    bytes_free(&b);
}

static void teardown(void) { scratch_free(&scratch); }

/* The files of the folder that a command makes, as one text, owned; every @ in the arguments is
 * the folder of this test. */
static char *made_by(const char *arguments)
{
    static const char *const names[] = {
        "train.json",    "train_tags.txt",       "descriptions.json", "tag_counts.csv",
        "test/tags.txt", "test/annotations.txt", "dataset.yaml",      "bad.txt"};
    Text line = {0}, all = {0};
    char *messages;
    for (const char *p = arguments; *p; p++)
        text_put_bytes(&line, *p == '@' ? scratch.dir : p, *p == '@' ? strlen(scratch.dir) : 1);
    ck_assert_msg(run_program(&scratch, line.data, NULL, &messages) == 0, "%s", messages);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *path = file_join("out", names[i]), *text = scratch_read(&scratch, path);
        text_add(&all, "%s:\n%s", names[i], text);
        mem_free(text);
        mem_free(path);
    }
    mem_free(messages);
    text_free(&line);
    return all.data;
}

START_TEST(equal_folders)
{
    static const char *const others[] = {
        "prepare csv @/out @/flags.csv --images @/tree",
        "prepare folder @/out @/tree",
        "prepare coco @/out --instances @/coco.json --images @/tree",
    };
    char *first = made_by("prepare csv @/out @/rows.csv --images @/tree");
    ck_assert_ptr_nonnull(strstr(first, "test/annotations.txt:\ncat/"));
    ck_assert_ptr_nonnull(strstr(first, "{\"image_path\": \"hot dog/"));
    for (int i = 0; i < 3; i++) {
        char *other = made_by(others[i]);
        ck_assert_str_eq(first, other);
        text_free(&(Text){.data = other});
    }
    text_free(&(Text){.data = first});
}
END_TEST

Suite *test_prepare_equal_suite(void);
Suite *test_prepare_equal_suite(void)
{
    Suite *s = suite_create("prepare_equal");
    TCase *t = tcase_create("prepare_equal");
    tcase_add_checked_fixture(t, setup, teardown);
    suite_add_tcase(s, t);
    tcase_add_test(t, equal_folders);
    return s;
}
