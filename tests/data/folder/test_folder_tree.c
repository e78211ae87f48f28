/* SPDX-License-Identifier: Apache-2.0 */
/* Trees of made-up images in all forms, and what is wrong in them. */
#include "core/io/file.h"
#include "core/json/json.h"
#include "core/mem.h"
#include "data/folder/folder_tree.h"
#include "data/folder/sidecar.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <string.h>
#include <unistd.h>

static Scratch scratch;

static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

/* As far as its first bytes tell. */
static void image(const char *name) { scratch_text(&scratch, name, "GIF89a"); }

static void text(const char *name, const char *content)
{
    scratch_text(&scratch, name, content);
}

/* Prepares out/ from tree/. */
static int prepare(FolderTreeConfig c, FolderTreeCounts *counts, Error *err)
{
    char *out = mem_format("%s/out", scratch.dir), *tree = mem_format("%s/tree", scratch.dir);
    c.rules.images = tree;
    const int status = folder_tree_prepare(out, &c, counts, err);
    mem_free(tree);
    mem_free(out);
    return status;
}

static FolderTreeCounts prepared(FolderTreeConfig c)
{
    FolderTreeCounts counts;
    Error err = {0};
    ck_assert_msg(prepare(c, &counts, &err) == 0, "%s", err.text);
    return counts;
}

/* The lines of bad.txt, in which @ is the folder. */
static void expect_bad(const char *want)
{
    Text all = {0};
    for (const char *p = want; *p; p++)
        text_put_bytes(&all, *p == '@' ? scratch.dir : p, *p == '@' ? strlen(scratch.dir) : 1);
    scratch_contains(&scratch, "out/bad.txt", all.data ? all.data : "");
    text_free(&all);
}

START_TEST(texts_beside_images)
{
    image("tree/a.jpg"), text("tree/a.txt", "long_hair, cat\n");
    image("tree/b.png"), text("tree/b.png.txt", "dog");
    image("tree/C.WEBP"), text("tree/C.TXT", "cat");
    image("tree/sub/d.jpg"), text("tree/sub/d.txt", ""),
        text("tree/sub/d.caption", "Two.\nOne");
    image("tree/e.jpg"), image("tree/e.png"), text("tree/e.txt", "cat\n^_^\ncat");
    image("tree/.hidden/f.jpg"), image("tree/.g.jpg");
    text("tree/notes.txt", "x"), text("tree/table.dat", "x");
    const FolderTreeCounts c = prepared((FolderTreeConfig){0});
    scratch_contains(&scratch, "out/train_tags.txt", "^_^\ncat\ndog\nlong_hair\n");
    scratch_contains(
        &scratch, "out/train.json",
        "[{\"image_path\": \"C.WEBP\", \"union_label_id\": [1], \"caption\": []},\n"
        "{\"image_path\": \"a.jpg\", \"union_label_id\": [1, 3], \"caption\": []},\n"
        "{\"image_path\": \"b.png\", \"union_label_id\": [2], \"caption\": []},\n"
        "{\"image_path\": \"e.jpg\", \"union_label_id\": [0, 1], \"caption\": []},\n"
        "{\"image_path\": \"e.png\", \"union_label_id\": [0, 1], \"caption\": []},\n"
        "{\"image_path\": \"sub/d.jpg\", \"union_label_id\": [], \"caption\": "
        "[\"Two.\", \"One\"]}]\n");
    expect_bad("");
    ck_assert(c.images == 6 && c.texts == 7 && c.blank == 1 && c.unused == 1 && c.others == 1);
    ck_assert(c.underscored == 1 && c.tags == 10 && c.bad == 0);
    prepared((FolderTreeConfig){.underscores = true});
    scratch_contains(&scratch, "out/train_tags.txt", "^_^\ncat\ndog\nlong hair\n");
}
END_TEST

START_TEST(captions_beside_images)
{
    image("tree/a.jpg"), text("tree/a.txt", "A cat, asleep\n\nA  dog\n");
    image("tree/b.jpg"), text("tree/b.txt", " \n");
    FolderTreeCounts c;
    Error err = {0};
    ck_assert_int_eq(prepare((FolderTreeConfig){.sidecar = SIDECAR_CAPTION}, &c, &err), -1);
    expect_error(&err, ERROR_DATA, "out: 2 images, but no tag: to train on captions alone");
    text("tags.txt", "bird\n");
    char *tags = mem_strdup(scratch.path);
    c = prepared((FolderTreeConfig){.sidecar = SIDECAR_CAPTION, .rules.tags = tags});
    mem_free(tags);
    scratch_contains(&scratch, "out/train.json",
                     "[{\"image_path\": \"a.jpg\", \"union_label_id\": null, \"caption\": "
                     "[\"A cat, asleep\", \"A dog\"]}]\n");
    ck_assert(c.own.train.untold == 1 && c.own.useless == 1 && c.blank == 0);
}
END_TEST

START_TEST(faulty_files)
{
    image("tree/a.jpg"), text("tree/a.txt", "cat, b\x01"
                                            "d\nd\xef\xbf\xbdg");
    image("tree/b.jpg"), text("tree/b.txt", "caf\xe9"), text("tree/b.caption", "A cup");
    image("tree/c.jpg");
    text("tree/d.jpg", "<html>"), text("tree/d.txt", "cat");
    text("tree/e.jpg", ""), text("tree/e.txt", "cat");
    scratch_write(&scratch, "tree/f.tif", "II*\0", 4);
    image("tree/g.jpg_large");
    text("secret", "password");
    ck_assert_int_eq(symlink("../secret", scratch_path(&scratch, "tree/h.txt")), 0);
    image("tree/h.jpg");
    image("out.jpg");
    ck_assert_int_eq(symlink("../out.jpg", scratch_path(&scratch, "tree/i.jpg")), 0);
    ck_assert_int_eq(symlink("a.jpg", scratch_path(&scratch, "tree/j.jpg")), 0);
    text("tree/j.txt", "cat");
    image("tree/k\n.jpg"), text("tree/k\n.txt", "cat");
    ck_assert_int_eq(symlink("..", scratch_path(&scratch, "tree/up")), 0);
    const FolderTreeCounts c = prepared((FolderTreeConfig){0});
    scratch_contains(
        &scratch, "out/train.json",
        "[{\"image_path\": \"a.jpg\", \"union_label_id\": [0, 1], \"caption\": []},\n"
        "{\"image_path\": \"b.jpg\", \"union_label_id\": null, \"caption\": "
        "[\"A cup\"]},\n"
        "{\"image_path\": \"j.jpg\", \"union_label_id\": [0], \"caption\": []}]\n");
    char *bad = scratch_read(&scratch, "out/bad.txt");
    static const char *const line[] = {
        "tree/up: a link to a folder, which is not followed\n",
        "tree/a.txt: line 1: tag 'b?d': has characters that cannot be printed\n",
        "tree/b.txt: line 1: not UTF-8",
        "tree/c.jpg: no text file beside it\n",
        "tree/d.jpg: not a JPEG, PNG, WebP, GIF or BMP image: a web page (HTML)\n",
        "tree/e.jpg: empty file\n",
        "\nh.txt: a link leads out of the folder ",
        "\ni.jpg: a link leads out of the folder ",
        "tree/k?.jpg: the name has characters that cannot be printed\n",
        "tree/f.tif: not a JPEG, PNG, WebP, GIF or BMP image: a TIFF image\n",
        "tree/g.jpg_large: an image whose name does not end as one: rename it\n",
    };
    const char *at = bad;
    for (size_t i = 0; i < sizeof line / sizeof *line; i++) {
        ck_assert_msg((at = strstr(at, line[i])) != NULL, "%s:\n%s", line[i], bad);
        at += strlen(line[i]) - 1;
    }
    ck_assert_int_eq(c.bad, sizeof line / sizeof *line);
    ck_assert_ptr_null(strstr(bad, "password"));
    mem_free(bad);
}
END_TEST

START_TEST(folders_are_tags)
{
    image("tree/hot_dog/1.jpg"), image("tree/cat/small/2.jpg"), image("tree/cat/3.jpg");
    image("tree/4.jpg");
    FolderTreeCounts c = prepared((FolderTreeConfig){.underscores = true});
    scratch_contains(&scratch, "out/train_tags.txt", "cat\nhot dog\n");
    scratch_contains(
        &scratch, "out/train.json",
        "[{\"image_path\": \"cat/3.jpg\", \"union_label_id\": [0], \"caption\": []},\n"
        "{\"image_path\": \"cat/small/2.jpg\", \"union_label_id\": [0], \"caption\": []},\n"
        "{\"image_path\": \"hot_dog/1.jpg\", \"union_label_id\": [1], \"caption\": []}]\n");
    expect_bad("@/tree/4.jpg: in no folder whose name could be its tag\n");
    ck_assert(c.deeper == 1 && c.bad == 1);
    c = prepared((FolderTreeConfig){.nested = FOLDER_NESTED_EACH});
    scratch_contains(&scratch, "out/train_tags.txt", "cat\nhot_dog\nsmall\n");
    ck_assert(c.deeper == 0 && c.own.train.labels == 4);
    c = prepared((FolderTreeConfig){.nested = FOLDER_NESTED_LAST});
    scratch_contains(&scratch, "out/train_tags.txt", "cat\nhot_dog\nsmall\n");
    ck_assert(c.deeper == 1 && c.own.train.labels == 3);
}
END_TEST

START_TEST(folders_with_repeats)
{
    image("tree/10_sks dog/1.jpg"), image("tree/2_cat/2.jpg");
    FolderTreeCounts c = prepared((FolderTreeConfig){0});
    scratch_contains(&scratch, "out/train_tags.txt", "cat\nsks dog\n");
    ck_assert_int_eq(c.own.train.images, 2);
    image("tree/10_/3.jpg"); /* then it is no such tree */
    prepared((FolderTreeConfig){0});
    scratch_contains(&scratch, "out/train_tags.txt", "10_\n10_sks dog\n2_cat\n");
    prepared((FolderTreeConfig){.form = FOLDER_FORM_REPEATS});
    scratch_contains(&scratch, "out/train_tags.txt", "cat\nsks dog\n");
    expect_bad("@/tree/10_/3.jpg: in no folder N_TAG\n");
    text("tree/2_cat/2.txt", "tabby");
    prepared((FolderTreeConfig){0});
    scratch_contains(&scratch, "out/train_tags.txt", "tabby\n");
    prepared((FolderTreeConfig){.form = FOLDER_FORM_CLASS});
    scratch_contains(&scratch, "out/train_tags.txt", "10_\n10_sks dog\n2_cat\n");
}
END_TEST

START_TEST(folders_of_splits)
{
    image("tree/train/cat/1.jpg"), image("tree/train/dog/2.jpg");
    prepared((FolderTreeConfig){0}); /* one split is none */
    scratch_contains(&scratch, "out/train_tags.txt", "cat\ndog\n");
    image("tree/Val/cat/3.jpg"), image("tree/test/dog/4.jpg");
    prepared((FolderTreeConfig){.rules.test = 1});
    scratch_contains(
        &scratch, "out/train.json",
        "[{\"image_path\": \"train/cat/1.jpg\", \"union_label_id\": [0], \"caption\": []},\n"
        "{\"image_path\": \"train/dog/2.jpg\", \"union_label_id\": [1], \"caption\": []}]\n");
    scratch_contains(&scratch, "out/test/annotations.txt",
                     "Val/cat/3.jpg,cat\ntest/dog/4.jpg,dog\n");
    prepared((FolderTreeConfig){.no_splits = true});
    scratch_contains(&scratch, "out/train_tags.txt", "Val\ntest\ntrain\n");
    image("tree/tests/5.jpg");
    prepared((FolderTreeConfig){0}); /* vehicles */
    scratch_contains(&scratch, "out/train_tags.txt", "Val\ntest\ntests\ntrain\n");
}
END_TEST

START_TEST(nothing_to_read)
{
    FolderTreeCounts c;
    Error err = {0};
    ck_assert_int_eq(prepare((FolderTreeConfig){0}, &c, &err), -1);
    expect_error(&err, ERROR_DATA, "tree: cannot list: No such file or directory");
    text("tree/a.txt", "cat"), text("tree/b", "");
    err = (Error){0};
    ck_assert_int_eq(prepare((FolderTreeConfig){0}, &c, &err), -1);
    expect_error(&err, ERROR_DATA, "tree: no images among 2 files");
    image("tree/c.jpg");
    err = (Error){0};
    ck_assert_int_eq(prepare((FolderTreeConfig){0}, &c, &err), -1);
    expect_error(&err, ERROR_DATA, "out: nothing left: 1 lines in bad.txt");
}
END_TEST

static int64_t number(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

START_TEST(the_command)
{
    char *out, *messages;
    for (int i = 0; i < 20; i++) {
        char name[32];
        snprintf(name, sizeof name, "tree/%d.jpg", i), image(name);
        snprintf(name, sizeof name, "tree/%d.txt", i),
            text(name, i % 2 ? "a nice photo of a large brown dog" : "cat");
    }
    image("tree/no.jpg");
    char *command = mem_format("prepare folder %s/out %s/tree --test 0.3 --strict --json",
                               scratch.dir, scratch.dir);
    ck_assert_int_eq(run_program(&scratch, command, &out, &messages), ERROR_DATA);
    ck_assert_ptr_nonnull(strstr(messages, "20 of 21 images have a text file\n"));
    ck_assert_ptr_nonnull(strstr(messages, "tree/no.jpg: no text file beside it\n"));
    ck_assert_ptr_null(strstr(messages, "--sidecar caption"));
    json_t *json = json_loads(out, 0, NULL);
    ck_assert_int_eq(number(json, "images"), 21);
    ck_assert_int_eq(number(json, "texts"), 20);
    ck_assert_int_eq(number(json, "bad_records"), 1);
    ck_assert_int_eq(number(json, "train_images") + number(json, "test_images"), 20);
    ck_assert_int_gt(number(json, "test_images"), 0);
    json_decref(json);
    mem_free(command);
    mem_free(messages);
    mem_free(out);
    for (int i = 0; i < 20; i += 2) {
        char name[32];
        snprintf(name, sizeof name, "tree/%d.txt", i);
        remove(scratch_path(&scratch, name));
    }
    command = mem_format("prepare folder %s/out %s/tree", scratch.dir, scratch.dir);
    ck_assert_int_eq(run_program(&scratch, command, &out, &messages), 0);
    ck_assert_ptr_nonnull(strstr(messages, "10 of 10 tags have more than 6 words"));
    mem_free(command);
    mem_free(messages);
    mem_free(out);
}
END_TEST

Suite *test_folder_tree_suite(void);
Suite *test_folder_tree_suite(void)
{
    Suite *s = suite_create("folder_tree");
    TCase *t = tcase_create("folder_tree");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, texts_beside_images);
    tcase_add_test(t, captions_beside_images);
    tcase_add_test(t, faulty_files);
    tcase_add_test(t, folders_are_tags);
    tcase_add_test(t, folders_with_repeats);
    tcase_add_test(t, folders_of_splits);
    tcase_add_test(t, nothing_to_read);
    tcase_add_test(t, the_command);
    suite_add_tcase(s, t);
    return s;
}
