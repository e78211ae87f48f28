/* SPDX-License-Identifier: Apache-2.0 */
/* `prepare shards`: what samples become, what is wrong with others, and that the folder is
 * complete. */
#include "core/io/file.h"
#include "core/mem.h"
#include "data/image/image.h"
#include "data/prepare/shard_samples.h"
#include "data/prepare/shard_text.h"
#include "tests/core/io/tar_build.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static Scratch scratch;
static Bytes picture;
static Text tar;

static void setup(void)
{
    Image image = image_new(20, 30);
    scratch_new(&scratch);
    tar = (Text){0};
    ck_assert_int_eq(image_encode_jpeg(&image, 90, &picture, NULL), 0);
    image_free(&image);
}

static void teardown(void)
{
    bytes_free(&picture);
    text_free(&tar);
    scratch_free(&scratch);
}

static void add_image(const char *name)
{
    tar_build_add(&tar, name, '0', picture.data, picture.len);
}

/* A sample with these texts; NULL: it lacks the member. */
static void add_sample(const char *key, const char *txt, const char *json)
{
    char name[60];
    snprintf(name, sizeof name, "%s.jpg", key);
    add_image(name);
    snprintf(name, sizeof name, "%s.txt", key);
    if (txt) tar_build_text(&tar, name, txt);
    snprintf(name, sizeof name, "%s.json", key);
    if (json) tar_build_text(&tar, name, json);
}

static void write_shard(const char *name)
{
    tar_build_end(&tar);
    scratch_write(&scratch, name, tar.data, tar.len);
    text_free(&tar);
}

/* Runs `prepare shards` with these arguments, where @ is the scratch folder, into @/out. */
static int prepare(const char *arguments, char **out)
{
    Text line = {0};
    text_add(&line, "prepare shards %s/out ", scratch.dir);
    for (const char *p = arguments; *p; p++) {
        if (*p == '@')
            text_put(&line, scratch.dir);
        else
            text_put_bytes(&line, p, 1);
    }
    const int code = run_program(&scratch, line.data, out, NULL);
    text_free(&line);
    return code;
}

static void expect_in(const char *name, const char *text)
{
    char *all = scratch_read(&scratch, name);
    ck_assert_msg(strstr(all, text) != NULL, "%s: no \"%s\" in: %s", name, text, all);
    mem_free(all);
}

START_TEST(samples_become_records)
{
    char *out;
    add_sample("a/1", "A  cat. ", "{\"caption\": \"A cat.\", \"tags\": [\"cat\", \"pet\"]}");
    add_image("5.more.jpg"); /* ending `more.jpg` */
    add_sample("a/2", NULL, "{\"caption\": [\"one\", \"two\"], \"keywords\": \"dog, pet,,\"}");
    add_sample("3", "nothing known", "{\"key\": \"3\", \"status\": \"success\", \"url\": NaN}");
    add_image("4.PNG");
    tar_build_text(&tar, "4.tags.txt", "cat\ndog");
    tar_build_text(&tar, "4.cls", "7");
    write_shard("s/00000.tar");
    ck_assert_int_eq(prepare("@/s/00000.tar --test 0 --json", &out), 0);
    ck_assert_msg(strstr(out, "\"samples\": 4") != NULL, "%s", out);
    ck_assert_msg(strstr(out, "\"other_members\": 2") != NULL, "%s", out);
    mem_free(out);
    char *train = scratch_read(&scratch, "out/train.json");
    ck_assert_str_eq(
        train,
        "[{\"image_path\": \"00000.tar/3.jpg\", \"union_label_id\": null, \"caption\": "
        "[\"nothing known\"]},\n"
        "{\"image_path\": \"00000.tar/4.PNG\", \"union_label_id\": [0, 1], \"caption\": []},\n"
        "{\"image_path\": \"00000.tar/a/1.jpg\", \"union_label_id\": [0, 2], \"caption\": "
        "[\"A cat.\"]},\n"
        "{\"image_path\": \"00000.tar/a/2.jpg\", \"union_label_id\": [1, 2], \"caption\": "
        "[\"one\", \"two\"]}]\n");
    mem_free(train);
    scratch_contains(&scratch, "out/train_tags.txt", "cat\ndog\npet\n");
}
END_TEST

/* What a pack says of records whose tags are not known, or single ones. */
START_TEST(a_pack_says_what_is_not_known)
{
    scratch_write(&scratch, "data/1.jpg", picture.data, picture.len);
    scratch_text(&scratch, "data/train_tags.txt", "cat\ndog\npet\n");
    scratch_text(&scratch, "data/train.json",
                 "[{\"image_path\": \"1.jpg\", \"union_label_id\": [0], \"unknown_label_id\": "
                 "[2], \"caption\": []},\n"
                 "{\"image_path\": \"1.jpg\", \"union_label_id\": null, \"caption\": "
                 "[\"a dog\"]},\n"
                 "{\"image_path\": \"1.jpg\", \"union_label_id\": [], \"caption\": []}]");
    char *line =
        mem_format("prepare pack %s/pack %s/data --order given", scratch.dir, scratch.dir);
    ck_assert_int_eq(run_program(&scratch, line, NULL, NULL), 0);
    mem_free(line);
    ck_assert_int_eq(prepare("@/pack --test 0 --tags @/data/train_tags.txt", NULL), 0);
    char *train = scratch_read(&scratch, "out/train.json");
    ck_assert_str_eq(
        train,
        "[{\"image_path\": \"00000.tar/000000000.jpg\", \"union_label_id\": [0], "
        "\"unknown_label_id\": [2], \"caption\": []},\n"
        "{\"image_path\": \"00000.tar/000000001.jpg\", \"union_label_id\": null, \"caption\": "
        "[\"a dog\"]},\n"
        "{\"image_path\": \"00000.tar/000000002.jpg\", \"union_label_id\": [], \"caption\": "
        "[]}]\n");
    mem_free(train);
}
END_TEST

static const struct {
    const char *json, *why;
} bad_json[] = {
    {"{", "line 1"},
    {"[]", "not"},
    {"{\"caption\": 3}", "caption: neither a text nor a list of texts"},
    {"{\"caption\": [\"a\", null]}", "caption[1]: not a text"},
    {"{\"tags\": {}}", "tags: neither a list of texts nor a text"},
    {"{\"labels\": [\"a\", 7]}", "labels[1]: not a text"},
    {"{\"caption\": \"a\", \"status\": \"failed_to_download\"}", "status: failed_to_download"},
    {"{\"caption\": \"a\", \"caption\": \"b\"}", "caption is given twice"},
    {"{\"tags\": [\"two\\nlines\"]}", "tag 'two"},
};

START_TEST(bad_samples_are_listed_and_left_out)
{
    char want[200];
    add_sample("bad", "a text", bad_json[_i].json);
    add_sample("good", "a text", "{\"tags\": [\"cat\"], \"labels\": null}");
    write_shard("x.tar");
    ck_assert_int_eq(prepare("@/x.tar --test 0", NULL), 0);
    snprintf(want, sizeof want, "%s/x.tar: bad: ", scratch.dir);
    expect_in("out/bad.txt", want);
    expect_in("out/bad.txt", bad_json[_i].why);
    char *train = scratch_read(&scratch, "out/train.json");
    ck_assert_ptr_nonnull(strstr(train, "x.tar/good.jpg"));
    ck_assert_ptr_null(strstr(train, "x.tar/bad.jpg"));
    mem_free(train);
    ck_assert_int_eq(prepare("@/x.tar --test 0 --strict", NULL), ERROR_DATA);
}
END_TEST

/* Whatever is wrong, each is one line, and the good samples are kept. */
START_TEST(all_that_is_wrong_is_listed)
{
    char *out;
    tar_build_text(&tar, "no_image.txt", "a text");
    tar_build_add(&tar, "empty.jpg", '0', "", 0);
    add_sample("twice", "first", "{\"tags\": [\"cat\"]}");
    tar_build_text(&tar, "twice.txt", "second");
    add_image("twice.png");
    tar_build_link(&tar, "link.jpg", '2', "/etc/passwd");
    add_image("../out.jpg");
    add_sample("latin", "caf\xe9", NULL);
    tar_build_add(&tar, "nul.txt", '0', "a\0b", 3);
    add_image("nul.jpg");
    write_shard("a.tar");
    add_sample("whole", "whole", "{\"tags\": [\"dog\"]}");
    tar_build_size(&tar, "cut.jpg", 1 << 30);
    write_shard("torn.tar");
    scratch_text(&scratch, "text.tar", "no tar");
    ck_assert_int_eq(
        prepare("@/a.tar @/torn.tar @/text.tar @/missing.tar --test 0 --json", &out), 0);
    ck_assert_msg(strstr(out, "\"shards\": 2") != NULL, "%s", out);
    ck_assert_msg(strstr(out, "\"samples\": 2") != NULL, "%s", out);
    ck_assert_msg(strstr(out, "\"bad_records\": 11") != NULL, "%s", out);
    mem_free(out);
    static const char *const line[] = {
        "/a.tar: no_image: a sample without an image\n",
        "/a.tar: empty: the image is empty\n",
        "/a.tar: twice.txt: the key has another one, twice.txt, which counts\n",
        "/a.tar: twice.png: the key has another one, twice.jpg, which counts\n",
        "/a.tar: link.jpg: a symbolic link\n",
        "/a.tar: ../out.jpg: a name with ..\n",
        "/a.tar: latin: txt: not UTF-8 text\n",
        "/a.tar: nul: txt: not UTF-8 text\n",
        "/torn.tar: byte ",
        "/text.tar: not a tar file",
        "/missing.tar: cannot open: No such file",
    };
    for (size_t i = 0; i < sizeof line / sizeof *line; i++) expect_in("out/bad.txt", line[i]);
    expect_in("out/train.json", "torn.tar/whole.jpg");
    expect_in("out/train.json", "\"a.tar/twice.jpg\", \"union_label_id\": [0], "
                                "\"caption\": [\"first\"]");
}
END_TEST

START_TEST(shards_of_several_folders_have_one_root)
{
    ShardList list;
    Error err = {0};
    char *path[3];
    scratch_text(&scratch, "a/b/1.tar", "x");
    scratch_text(&scratch, "a/bc/2.tar", "x");
    scratch_text(&scratch, "a/bc/3.tar", "x");
    scratch_text(&scratch, "a/bc/4.json", "x");
    path[0] = mem_format("%s/a/b/1.tar", scratch.dir);
    path[1] = mem_format("%s/a/../a/bc", scratch.dir);
    ck_assert_int_eq(shard_list_open(path, 2, &list, &err), 0);
    ck_assert_int_eq(list.count, 3);
    ck_assert_str_eq(list.name[0], "b/1.tar");
    ck_assert_str_eq(list.name[1], "bc/2.tar");
    ck_assert_str_eq(list.name[2], "bc/3.tar");
    ck_assert_str_eq(list.root + strlen(list.root) - 2, "/a");
    shard_list_free(&list);
    path[2] = mem_format("%s/a/bc/4.json", scratch.dir);
    ck_assert_int_eq(shard_list_open(path, 3, &list, &err), -1);
    expect_error(&err, ERROR_DATA, "4.json: the name of a shard ends in .tar");
    err = (Error){0};
    ck_assert_int_eq(rmdir(scratch.dir), -1);
    scratch_text(&scratch, "e/x.txt", "x");
    mem_free(path[1]);
    path[1] = mem_format("%s/e", scratch.dir);
    ck_assert_int_eq(shard_list_open(path + 1, 1, &list, &err), -1);
    expect_error(&err, ERROR_DATA, "no file *.tar in this folder");
    for (int i = 0; i < 3; i++) mem_free(path[i]);
}
END_TEST

/* The same seed draws the same images, whatever shard they are in. */
START_TEST(the_division_depends_on_the_names)
{
    char name[40];
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "%03d", i);
        add_sample(name, NULL, i % 2 ? "{\"tags\": \"odd\"}" : "{\"tags\": \"even\"}");
    }
    write_shard("all.tar");
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "%03d", i);
        add_sample(name, NULL, i % 2 ? "{\"tags\": \"odd\"}" : "{\"tags\": \"even\"}");
        if (i % 30 == 29 || i == 99) {
            snprintf(name, sizeof name, "s/%d.tar", i / 30);
            write_shard(name);
        }
    }
    ck_assert_int_eq(prepare("@/all.tar --test 0.3 --seed 4", NULL), 0);
    char *one = scratch_read(&scratch, "out/test/annotations.txt");
    ck_assert_int_eq(prepare("@/s --test 0.3 --seed 4", NULL), 0);
    char *many = scratch_read(&scratch, "out/test/annotations.txt");
    const char *a = one, *b = many;
    int lines = 0;
    for (; a && b; lines++) {
        ck_assert_int_eq(strncmp(strstr(a, ".tar/"), strstr(b, ".tar/"), 8), 0);
        a = strchr(a, '\n'), a = a && a[1] ? a + 1 : NULL;
        b = strchr(b, '\n'), b = b && b[1] ? b + 1 : NULL;
    }
    ck_assert_int_eq(!a, !b);
    ck_assert(lines > 15 && lines < 45);
    mem_free(many);
    mem_free(one);
}
END_TEST

Suite *test_prepare_shards_suite(void);
Suite *test_prepare_shards_suite(void)
{
    Suite *s = suite_create("prepare_shards");
    TCase *t = tcase_create("prepare_shards");
    tcase_set_timeout(t, 20);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, samples_become_records);
    tcase_add_test(t, a_pack_says_what_is_not_known);
    tcase_add_loop_test(t, bad_samples_are_listed_and_left_out, 0,
                        sizeof bad_json / sizeof *bad_json);
    tcase_add_test(t, all_that_is_wrong_is_listed);
    tcase_add_test(t, shards_of_several_folders_have_one_root);
    tcase_add_test(t, the_division_depends_on_the_names);
    suite_add_tcase(s, t);
    return s;
}
