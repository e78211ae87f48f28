/* SPDX-License-Identifier: Apache-2.0 */
/* `prepare pack`: shards hold what the loose files held, and a pack that was interrupted never
 * looks complete. */
#include "core/io/file.h"
#include "core/io/text.h"
#include "core/mem.h"
#include "data/annotations.h"
#include "data/image/image.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RECORDS = 25, TAGS = 3 };

static Scratch scratch;

/* Record i has an image of i + 2 columns, of a format by turns. */
static void write_image(int i)
{
    char name[60];
    Bytes file;
    Image image = image_new(i + 2, 5);
    memset(image.rgb, i, (size_t)(image.width * 15));
    ck_assert_int_eq((i % 2 ? image_encode_png(&image, &file, NULL)
                            : image_encode_jpeg(&image, 90, &file, NULL)),
                     0);
    snprintf(name, sizeof name, "data/images/%02d.any", i);
    scratch_write(&scratch, name, file.data, file.len);
    bytes_free(&file);
    image_free(&image);
}

static void setup(void)
{
    Text t = {0};
    scratch_new(&scratch);
    for (int i = 0; i < RECORDS; i++) {
        write_image(i);
        text_add(&t,
                 "%s{\"image_path\": \"images/%02d.any\", \"union_label_id\": %s, \"caption\": "
                 "[%s], \"more\": {\"kept\": [%d, 0.1]}}",
                 i ? ",\n" : "[", i, i % 3 ? "[2, 0]" : "[]",
                 i % 4 ? "\"Caption \\u00e4 one\", \"two\"" : "", i);
    }
    text_put(&t, "]\n");
    scratch_text(&scratch, "data/train.json", t.data);
    scratch_text(&scratch, "data/train_tags.txt", "cat\ndog\npet\n");
    scratch_text(&scratch, "data/test/tags.txt", "cat\n");
    scratch_text(&scratch, "data/test/annotations.txt", "images/00.any,cat\n");
    text_free(&t);
}

static void teardown(void) { scratch_free(&scratch); }

/* Runs `prepare pack OUT DATA MORE`, names below the scratch folder. */
static int pack(const char *out, const char *data, const char *more, char **messages)
{
    char *line =
        mem_format("prepare pack %s/%s %s/%s %s", scratch.dir, out, scratch.dir, data, more);
    const int code = run_program(&scratch, line, NULL, messages);
    mem_free(line);
    return code;
}

static bool is_there(const char *name) { return file_exists(scratch_path(&scratch, name)); }

static Annotations read_notes(const char *folder)
{
    Annotations a;
    Error err = {0};
    char *path = mem_format("%s/%s/train.json", scratch.dir, folder);
    ck_assert_msg(annotations_read((const char *[]){path}, 1, TAGS, &a, &err) == 0, "%s",
                  err.text);
    mem_free(path);
    return a;
}

static void expect_equal_images(const char *x, const char *y, int64_t i, const Annotations *a,
                                const Annotations *b)
{
    Bytes p, q;
    char *one = mem_format("%s/%s/%s", scratch.dir, x, a->image_path[i]);
    char *two = mem_format("%s/%s/%s", scratch.dir, y, b->image_path[i]);
    ck_assert_int_eq(image_bytes(one, NULL, &p, NULL), 0);
    ck_assert_int_eq(image_bytes(two, NULL, &q, NULL), 0);
    ck_assert_uint_eq(p.len, q.len);
    ck_assert_mem_eq(p.data, q.data, p.len);
    bytes_free(&p);
    bytes_free(&q);
    mem_free(one);
    mem_free(two);
}

/* Records in the order of the source, with equal labels, captions and bytes of images. */
static void expect_same_set(const char *x, const char *y)
{
    Annotations a = read_notes(x), b = read_notes(y);
    ck_assert_int_eq(a.count, b.count);
    ck_assert_mem_eq(a.tag_offset, b.tag_offset, sizeof(int64_t) * (size_t)(a.count + 1));
    ck_assert_mem_eq(a.tag, b.tag, sizeof(int32_t) * (size_t)a.tag_offset[a.count]);
    ck_assert_mem_eq(a.caption_offset, b.caption_offset,
                     sizeof(int64_t) * (size_t)(a.count + 1));
    for (int64_t i = 0; i < a.caption_offset[a.count]; i++)
        ck_assert_str_eq(a.caption[i], b.caption[i]);
    for (int64_t i = 0; i < a.count; i++) expect_equal_images(x, y, i, &a, &b);
    annotations_free(&a);
    annotations_free(&b);
}

START_TEST(a_pack_holds_the_same_set)
{
    ck_assert_int_eq(
        pack("out", "data", _i ? "--per-shard 4 --order given" : "--per-shard 4", NULL), 0);
    expect_same_set("data", "out");
    ck_assert(is_there("out/00006.tar") && !is_there("out/00007.tar"));
    ck_assert(!is_there("out/pack.part"));
    scratch_contains(&scratch, "out/train_tags.txt", "cat\ndog\npet\n");
    scratch_contains(&scratch, "out/test/annotations.txt", "images/00.any,cat\n");
    char *yaml = scratch_read(&scratch, "out/dataset.yaml");
    ck_assert_ptr_nonnull(strstr(yaml, "/out/test\"]"));
    ck_assert_ptr_nonnull(strstr(yaml, "eval:\n  root: \""));
    mem_free(yaml);
    char *train = scratch_read(&scratch, "out/train.json");
    ck_assert_ptr_nonnull(strstr(train, "\"more\":{\"kept\":[24,0.1"));
    if (_i) ck_assert_ptr_nonnull(strstr(train, "\"00006.tar/000000024.jpg\""));
    mem_free(train);
    /* and a pack of the pack */
    ck_assert_int_eq(pack("again", "out", "--per-shard 0 --shard-size 0", NULL), 0);
    expect_same_set("data", "again");
    ck_assert(is_there("again/00000.tar") && !is_there("again/00001.tar"));
}
END_TEST

/* [-1] is no tag: the tags of such records are not annotated, in the pack and read back. */
START_TEST(tags_that_are_not_annotated_stay_so)
{
    scratch_text(&scratch, "data/train.json",
                 "[{\"image_path\": \"images/00.any\", \"union_label_id\": [-1], \"caption\": "
                 "[\"one\"]},\n{\"image_path\": \"images/01.any\", \"union_label_id\": [2]},\n"
                 "{\"image_path\": \"images/02.any\", \"caption\": [\"two\"]}]");
    ck_assert_int_eq(pack("out", "data", "", NULL), 0);
    expect_same_set("data", "out");
    Annotations a = read_notes("out");
    ck_assert_int_eq(a.with_tags, 1);
    ck_assert_int_eq(a.with_captions, 2);
    ck_assert(!annotations_tagged(&a, 0) && annotations_tagged(&a, 1));
    annotations_free(&a);
}
END_TEST

START_TEST(equal_sources_give_equal_bytes)
{
    char *a, *b;
    ck_assert_int_eq(pack("a", "data", "--seed 3", NULL), 0);
    ck_assert_int_eq(pack("b", "data", "--seed 3", NULL), 0);
    char *command = mem_format("cmp %s/a/00000.tar %s/b/00000.tar", scratch.dir, scratch.dir);
    ck_assert_int_eq(system(command), 0);
    mem_free(command);
    a = scratch_read(&scratch, "a/train.json");
    b = scratch_read(&scratch, "b/train.json");
    ck_assert_str_eq(a, b);
    mem_free(b);
    ck_assert_int_eq(pack("c", "data", "--seed 4", NULL), 0);
    b = scratch_read(&scratch, "c/train.json");
    ck_assert_str_ne(a, b);
    mem_free(a);
    mem_free(b);
}
END_TEST

/* What others read: members of one key follow one another, and the JSON says all. */
START_TEST(a_sample_is_complete)
{
    char list[400] = "", *command;
    ck_assert_int_eq(pack("out", "data", "--order given --per-shard 2", NULL), 0);
    command = mem_format("tar tf %s/out/00000.tar", scratch.dir);
    FILE *p = popen(command, "r");
    ck_assert_uint_gt(fread(list, 1, sizeof list - 1, p), 0);
    ck_assert_int_eq(pclose(p), 0);
    mem_free(command);
    ck_assert_str_eq(list, "000000000.jpg\n000000000.json\n" /* without a caption no text */
                           "000000001.png\n000000001.txt\n000000001.json\n");
    command = mem_format("tar xOf %s/out/00000.tar 000000001.json", scratch.dir);
    p = popen(command, "r");
    json_t *object = json_loadf(p, 0, NULL);
    pclose(p);
    mem_free(command);
    ck_assert_str_eq(json_string_value(json_object_get(object, "image_path")), "images/01.any");
    const json_t *tags = json_object_get(object, "tags");
    ck_assert_uint_eq(json_array_size(tags), 2);
    ck_assert_str_eq(json_string_value(json_array_get(tags, 0)), "pet");
    ck_assert_uint_eq(json_array_size(json_object_get(object, "caption")), 2);
    json_decref(object);
}
END_TEST

START_TEST(bad_records_are_listed_and_left_out)
{
    unlink(scratch_path(&scratch, "data/images/03.any"));
    scratch_text(&scratch, "data/images/04.any", "no image");
    char *train = scratch_read(&scratch, "data/train.json");
    strstr(train, "[2, 0]")[1] = '9';
    scratch_text(&scratch, "data/train.json", train);
    mem_free(train);
    ck_assert_int_eq(pack("out", "data", "", NULL), 0);
    char *bad = scratch_read(&scratch, "out/bad.txt");
    ck_assert_ptr_nonnull(
        strstr(bad, "train.json: record 2 (line 2): union_label_id[0]: 9 is"));
    ck_assert_ptr_nonnull(strstr(bad, "train.json: record 4 (line 4): "));
    ck_assert_ptr_nonnull(strstr(bad, "03.any: cannot open"));
    ck_assert_ptr_nonnull(
        strstr(bad, "04.any: not a JPEG, PNG, WebP, GIF or BMP image: plain"));
    mem_free(bad);
    Annotations a = read_notes("out");
    ck_assert_int_eq(a.count, RECORDS - 3);
    annotations_free(&a);
    ck_assert_int_eq(pack("strict", "data", "--strict", NULL), ERROR_DATA);
    scratch_text(&scratch, "data/train.json", "[]");
    ck_assert_int_eq(pack("none", "data", "", NULL), ERROR_DATA);
    ck_assert(!is_there("none/train.json"));
    ck_assert(is_there("none/pack.part"));
}
END_TEST

/* Tar files that no pack has left are not touched. */
START_TEST(an_unfinished_pack_is_begun_again)
{
    char *messages;
    scratch_text(&scratch, "out/00000.tar", "of a stranger");
    ck_assert_int_eq(pack("out", "data", "", &messages), ERROR_USAGE);
    ck_assert_ptr_nonnull(strstr(messages, "out/00000.tar: is there already"));
    mem_free(messages);
    scratch_contains(&scratch, "out/00000.tar", "of a stranger");
    scratch_text(&scratch, "out/pack.part", "");
    scratch_text(&scratch, "out/00099.tar", "of a larger pack");
    scratch_text(&scratch, "out/train.json", "[]");
    ck_assert_int_eq(pack("out", "data", "", NULL), 0);
    ck_assert(!is_there("out/00099.tar") && !is_there("out/pack.part"));
    expect_same_set("data", "out");
    ck_assert_int_eq(pack("data", "data", "", &messages), ERROR_USAGE);
    ck_assert_ptr_nonnull(strstr(messages, "train.json: would be overwritten"));
    mem_free(messages);
}
END_TEST

Suite *test_prepare_pack_suite(void);
Suite *test_prepare_pack_suite(void)
{
    Suite *s = suite_create("prepare_pack");
    TCase *t = tcase_create("prepare_pack");
    tcase_set_timeout(t, 20);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, a_pack_holds_the_same_set, 0, 2);
    tcase_add_test(t, tags_that_are_not_annotated_stay_so);
    tcase_add_test(t, equal_sources_give_equal_bytes);
    tcase_add_test(t, a_sample_is_complete);
    tcase_add_test(t, bad_records_are_listed_and_left_out);
    tcase_add_test(t, an_unfinished_pack_is_begun_again);
    suite_add_tcase(s, t);
    return s;
}
