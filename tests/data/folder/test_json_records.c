/* SPDX-License-Identifier: Apache-2.0 */
/* Files of records: where their images are, what is wrong, and the way back of what this
 * program writes. */
#include "core/io/file.h"
#include "core/io/text.h"
#include "core/json/json.h"
#include "core/mem.h"
#include "data/folder/json_records.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <string.h>

static Scratch scratch;

static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

static char *path_of(const char *name) { return mem_format("%s/%s", scratch.dir, name); }

static void text(const char *name, const char *content)
{
    scratch_text(&scratch, name, content);
}

/* Prepares out/ from one or two files. */
static int prepare(const char *a, const char *b, JsonRecordsConfig c, JsonRecordsCounts *counts,
                   Error *err)
{
    char *out = path_of("out"), *file[2] = {path_of(a), b ? path_of(b) : NULL};
    char *images = c.rules.images ? path_of(c.rules.images) : NULL;
    char *tags = c.rules.tags ? path_of(c.rules.tags) : NULL;
    char *names = c.names ? path_of(c.names) : NULL;
    c.rules.images = images, c.rules.tags = tags, c.names = names;
    const int status = json_records_prepare(out, file, b ? 2 : 1, &c, counts, err);
    mem_free(names);
    mem_free(tags);
    mem_free(images);
    mem_free(file[0]);
    mem_free(file[1]);
    mem_free(out);
    return status;
}

static JsonRecordsCounts prepared(const char *a, const char *b, JsonRecordsConfig c)
{
    JsonRecordsCounts counts;
    Error err = {0};
    ck_assert_msg(prepare(a, b, c, &counts, &err) == 0, "%s", err.text);
    return counts;
}

START_TEST(images_beside_their_file)
{
    text("hf/1.jpg", ""), text("hf/sub/2.jpg", "");
    text("hf/metadata.jsonl", "{\"file_name\": \"sub/2.jpg\", \"tags\": [\"b\", \"a\"]}\n"
                              "{\"file_name\": \"./1.jpg\", \"tags\": \"a\"}\n"
                              "{\"file_name\": \"3.jpg\", \"tags\": \"a\"}\n"
                              "{\"file_name\": \"../hf/1.jpg\", \"tags\": \"a\"}\n"
                              "{\"file_name\": \"1.jpg\", \"text\": \"A  cat\"}\n");
    const JsonRecordsCounts c = prepared("hf/metadata.jsonl", NULL, (JsonRecordsConfig){0});
    scratch_contains(
        &scratch, "out/train.json",
        "[{\"image_path\": \"1.jpg\", \"union_label_id\": [0], \"caption\": [\"A cat\"]},\n"
        "{\"image_path\": \"sub/2.jpg\", \"union_label_id\": [0, 1], \"caption\": []}]\n");
    char *bad = scratch_read(&scratch, "out/bad.txt"),
         *yaml = scratch_read(&scratch, "out/dataset.yaml");
    ck_assert_ptr_nonnull(strstr(bad, "record 3 (line 3): 3.jpg: no such image in "));
    ck_assert_ptr_nonnull(
        strstr(bad, "record 4 (line 4): ../hf/1.jpg: ../hf/1.jpg: leaves the folder "));
    ck_assert_ptr_nonnull(strstr(yaml, "/hf\"\n"));
    ck_assert(c.records == 5 && c.bad == 2 && c.repeated == 1 && c.own.images == 2);
    mem_free(yaml);
    mem_free(bad);
}
END_TEST

START_TEST(images_elsewhere)
{
    text("images/a.jpg", "");
    char *absolute = path_of("images/a.jpg");
    char *record = mem_format("[{\"image\": \"%s\", \"tags\": \"a\"},\n{\"image\": \"b.jpg\", "
                              "\"tags\": \"b\"}]",
                              absolute);
    text("r.json", record);
    JsonRecordsCounts c =
        prepared("r.json", NULL, (JsonRecordsConfig){.rules.images = "images"});
    ck_assert(c.records == 2 && c.bad == 1);
    c = prepared("r.json", NULL, (JsonRecordsConfig){.unchecked = true});
    ck_assert(c.records == 2 && c.bad == 0);
    char *yaml = scratch_read(&scratch, "out/dataset.yaml");
    ck_assert_ptr_nonnull(strstr(yaml, scratch.dir));
    mem_free(yaml);
    Error err = {0};
    ck_assert_int_eq(
        prepare("r.json", NULL, (JsonRecordsConfig){.rules.images = "no"}, &c, &err), -1);
    expect_error(&err, ERROR_DATA, "no: no such folder");
    mem_free(record);
    mem_free(absolute);
}
END_TEST

/* Folders of splits, as ImageFolder has them. */
START_TEST(files_of_splits)
{
    text("hf/train/1.jpg", ""), text("hf/test/1.jpg", "");
    text("hf/train/metadata.jsonl", "{\"file_name\": \"1.jpg\", \"tags\": \"a\"}");
    text("hf/test/metadata.jsonl", "{\"file_name\": \"1.jpg\", \"tags\": \"a\"}");
    prepared("hf/train/metadata.jsonl", "hf/test/metadata.jsonl",
             (JsonRecordsConfig){.rules.test = 1});
    scratch_contains(&scratch, "out/train.json",
                     "[{\"image_path\": \"train/1.jpg\", \"union_label_id\": [0], \"caption\": "
                     "[]}]\n");
    scratch_contains(&scratch, "out/test/annotations.txt", "test/1.jpg,a\n");
    /* the second file lies above the first, and beside a folder with a similar name */
    text("hf/more.jsonl", "{\"file_name\": \"test/1.jpg\", \"tags\": \"b\"}");
    prepared("hf/train/metadata.jsonl", "hf/more.jsonl", (JsonRecordsConfig){0});
    scratch_contains(&scratch, "out/train_tags.txt", "a\nb\n");
    text("hf/tr/2.jpg", ""),
        text("hf/tr/m.jsonl", "{\"file_name\": \"2.jpg\", \"tags\": \"c\"}");
    prepared("hf/train/metadata.jsonl", "hf/tr/m.jsonl", (JsonRecordsConfig){0});
    scratch_contains(
        &scratch, "out/train.json",
        "[{\"image_path\": \"tr/2.jpg\", \"union_label_id\": [1], \"caption\": []},\n"
        "{\"image_path\": \"train/1.jpg\", \"union_label_id\": [0], \"caption\": []}]\n");
}
END_TEST

START_TEST(a_key_of_splits)
{
    text("r.jsonl", "{\"file\": \"1\", \"tags\": \"a\", \"split\": \"train\"}\n"
                    "{\"file\": \"2\", \"tags\": \"a\", \"split\": \"val\"}\n"
                    "{\"file\": \"3\", \"tags\": \"a\", \"split\": \"unused\"}\n");
    const JsonRecordsCounts c =
        prepared("r.jsonl", NULL, (JsonRecordsConfig){.unchecked = true, .rules.test = 1});
    ck_assert(c.bad == 1 && c.own.train.images == 1 && c.own.test.images == 1);
    scratch_contains(&scratch, "out/test/annotations.txt", "2,a\n");
}
END_TEST

START_TEST(keys_of_the_user)
{
    char id[] = "id", pic[] = "pic", things[] = "things", said[] = "said";
    char *image[] = {id, pic}, *tags[] = {things}, *caption[] = {said};
    text("r.jsonl", "{\"file\": \"0\", \"pic\": \"1\", \"tags\": \"x\", \"things\": \"a\", "
                    "\"said\": \"A.\", \"caption\": \"X\"}\n");
    prepared(
        "r.jsonl", NULL,
        (JsonRecordsConfig){.unchecked = true, .key = {{2, image}, {1, tags}, {1, caption}}});
    scratch_contains(
        &scratch, "out/train.json",
        "[{\"image_path\": \"1\", \"union_label_id\": [0], \"caption\": [\"A.\"]}]\n");
    scratch_contains(&scratch, "out/train_tags.txt", "a\n");
}
END_TEST

START_TEST(faulty_files)
{
    JsonRecordsCounts c;
    Error err = {0};
    text("r.jsonl", "{\"file\": \"1\", \"tags\": \"a\"}\n{\"file\": \"2\", \"tags\": a}\n\n"
                    "{\"file\": \"3\", \"tags\": [{\"name\": \"b\"}, {]}\n"
                    "{\"file\": \"4\", \"tags\": \"c\"}\n{\"file\": \"5\", ");
    c = prepared("r.jsonl", NULL, (JsonRecordsConfig){.unchecked = true});
    ck_assert(c.own.images == 2 && c.bad == 3 && c.lost == 1);
    scratch_contains(&scratch, "out/train_tags.txt", "a\nc\n");
    char *bad = scratch_read(&scratch, "out/bad.txt");
    ck_assert_ptr_nonnull(strstr(bad, "record 2 (line 2): "));
    ck_assert_ptr_nonnull(strstr(bad, "record 3 (line 4): "));
    ck_assert_ptr_nonnull(strstr(bad, "(line 6): the file ends inside this record\n"));
    mem_free(bad);
    text("t.csv", "a,b\nc,d\n");
    ck_assert_int_eq(prepare("t.csv", NULL, (JsonRecordsConfig){.unchecked = true}, &c, &err),
                     -1);
    expect_error(&err, ERROR_DATA, "t.csv: line 1: not a JSON array: looks like CSV");
}
END_TEST

/* A folder that was prepared, given back as records with a list of names: the same files. */
START_TEST(the_way_back)
{
    static const char *const file[] = {"train.json", "train_tags.txt", "descriptions.json"};
    char *first[3];
    text("r.jsonl", "{\"file\": \"1\", \"tags\": [\"b\", \"a\"], \"caption\": [\"B\", \"A\"]}\n"
                    "{\"file\": \"2\", \"tags\": []}\n"
                    "{\"file\": \"3\", \"tags\": null, \"caption\": \"C\"}\n"
                    "{\"file\": \"4\", \"tags\": \"c\"}\n");
    prepared("r.jsonl", NULL, (JsonRecordsConfig){.unchecked = true});
    for (int i = 0; i < 3; i++) {
        char *name = mem_format("out/%s", file[i]);
        first[i] = scratch_read(&scratch, name);
        mem_free(name);
    }
    ck_assert_ptr_nonnull(strstr(first[0], "\"union_label_id\": null"));
    text("train.json", first[0]), text("tags.txt", first[1]);
    prepared(
        "train.json", NULL,
        (JsonRecordsConfig){.unchecked = true, .names = "tags.txt", .rules.tags = "tags.txt"});
    for (int i = 0; i < 3; i++) {
        char *name = mem_format("out/%s", file[i]);
        scratch_contains(&scratch, name, first[i]);
        mem_free(first[i]);
        mem_free(name);
    }
}
END_TEST

START_TEST(the_command)
{
    char *out, *messages;
    text("p/1.jpg", ""), text("p/2.jpg", "");
    text("p/m.jsonl",
         "{\"file_name\": \"1.jpg\", \"objects\": [\"a\"]}\n"
         "{\"file_name\": \"2.jpg\", \"objects\": [\"b\"], \"title\": \"T\"}\n{\"file");
    char *command = mem_format("prepare jsonl %s/out %s/p/m.jsonl --test 0 --json", scratch.dir,
                               scratch.dir);
    ck_assert_int_eq(run_program(&scratch, command, &out, &messages), ERROR_DATA);
    ck_assert_ptr_nonnull(strstr(messages, "image: from file_name (2 records)\n"));
    ck_assert_ptr_nonnull(strstr(messages, "tags: from objects (2 records)\n"));
    ck_assert_ptr_nonnull(strstr(messages, "captions: from title (1 records)\n"));
    ck_assert_ptr_null(strstr(messages, "split:"));
    ck_assert_ptr_nonnull(strstr(messages, "1 of 1 files could not be read to the end: see "));
    json_t *json = json_loads(out, 0, NULL);
    ck_assert_int_eq(json_integer_value(json_object_get(json, "train_images")), 2);
    ck_assert_int_eq(json_integer_value(json_object_get(json, "bad_records")), 1);
    json_decref(json);
    mem_free(command);
    mem_free(messages);
    mem_free(out);
}
END_TEST

Suite *test_json_records_suite(void);
Suite *test_json_records_suite(void)
{
    Suite *s = suite_create("json_records");
    TCase *t = tcase_create("json_records");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, images_beside_their_file);
    tcase_add_test(t, images_elsewhere);
    tcase_add_test(t, files_of_splits);
    tcase_add_test(t, a_key_of_splits);
    tcase_add_test(t, keys_of_the_user);
    tcase_add_test(t, faulty_files);
    tcase_add_test(t, the_way_back);
    tcase_add_test(t, the_command);
    suite_add_tcase(s, t);
    return s;
}
