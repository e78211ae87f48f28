/* SPDX-License-Identifier: Apache-2.0 */
/* Made-up files in NUS-WIDE's form. */
#include "data/benchmarks/nuswide.h"

#include "core/io/file.h"
#include "core/mem.h"
#include "data/benchmarks/bit_rows.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <string.h>

static Scratch scratch;

static void put(const char *name, const char *text)
{
    char *path = mem_format("nus/%s", name);
    scratch_text(&scratch, path, text);
    mem_free(path);
}

#define TRAIN_TAGS  "NUS_WID_Tags/Train_Tags1k.dat"
#define TEST_TAGS   "NUS_WID_Tags/Test_Tags1k.dat"
#define LABELS(tag) "Groundtruth/TrainTestLabels/Labels_" tag "_Test.txt"

/* Two concepts, of which one is among the three tags of users: seen are blue and dog. */
static void setup(void)
{
    scratch_new(&scratch);
    put("ImageList/TrainImagelist.txt",
        "actor\\0001_12.jpg\r\nactor\\0002_3.jpg \r\nzoo\\1.jpg\r\n");
    put("ImageList/TestImagelist.txt", "zoo\\2.jpg\nzoo\\3.jpg\nzoo\\4.jpg\nzoo\\5.jpg\n");
    put("ConceptsList/Concepts81.txt", "sky\ncat\n");
    put("NUS_WID_Tags/TagList1k.txt", "blue\nsky\ndog\n");
    put(TRAIN_TAGS, "1\t1\t0\t\r\n0\t1\t0\t\r\n0\t0\t1\t\r\n");
    put(TEST_TAGS, "0\t1\t1\t\n1\t0\t0\t\n0\t1\t0\t\n0\t0\t0\t\n");
    put(LABELS("sky"), "1\n0\n0\n0\n");
    put(LABELS("cat"), "1\n0\n1\n0\n");
}

static void teardown(void) { scratch_free(&scratch); }

static int prepare(NuswideConfig c, NuswideCounts *counts, Error *err)
{
    char *out = mem_strdup(scratch_path(&scratch, "out")),
         *root = mem_strdup(scratch_path(&scratch, "nus")),
         *images = c.images ? mem_strdup(scratch_path(&scratch, c.images)) : NULL;
    c.root = root;
    c.images = images;
    const int status = nuswide_prepare(out, &c, counts, err);
    mem_free(images);
    mem_free(root);
    mem_free(out);
    return status;
}

static NuswideCounts prepared(NuswideConfig c)
{
    NuswideCounts counts;
    Error err = {0};
    ck_assert_msg(prepare(c, &counts, &err) == 0, "%s", err.text);
    return counts;
}

/* What users tagged as sky does not count: a concept is what people labeled. */
START_TEST(seen_and_unseen_tags)
{
    const NuswideCounts c = prepared((NuswideConfig){0});
    scratch_contains(&scratch, "out/train_tags.txt", "blue\ndog\n");
    scratch_contains(
        &scratch, "out/train.json",
        "[{\"image_path\": \"actor/0001_12.jpg\", \"union_label_id\": [0], \"caption\": []},\n"
        "{\"image_path\": \"zoo/1.jpg\", \"union_label_id\": [1], \"caption\": []}]\n");
    scratch_contains(&scratch, "out/unseen/tags.txt", "sky\ncat\n");
    scratch_contains(&scratch, "out/unseen/annotations.txt",
                     "zoo/2.jpg,sky,cat\nzoo/4.jpg,cat\n");
    scratch_contains(&scratch, "out/seen/annotations.txt", "zoo/2.jpg,dog\nzoo/3.jpg,blue\n");
    scratch_contains(&scratch, "out/all/tags.txt", "blue\ndog\nsky\ncat\n");
    scratch_contains(&scratch, "out/all/annotations.txt",
                     "zoo/2.jpg,dog,sky,cat\nzoo/3.jpg,blue\nzoo/4.jpg,cat\n");
    scratch_contains(&scratch, "out/bad.txt", "");
    ck_assert(c.train_list == 3 && c.test_list == 4 && c.bad == 0);
    ck_assert(c.train.images == 2 && c.seen.tags == 2 && c.unseen.tags == 2 && c.all.tags == 4);
    ck_assert(c.unseen.labels == 3 && c.all.images == 3 && c.all.labels == 5);
}
END_TEST

START_TEST(keeps_unlabeled_images)
{
    const NuswideCounts c = prepared((NuswideConfig){.keep_unlabeled = true});
    scratch_contains(&scratch, "out/unseen/annotations.txt",
                     "zoo/2.jpg,sky,cat\nzoo/3.jpg\nzoo/4.jpg,cat\nzoo/5.jpg\n");
    ck_assert(c.unseen.untagged == 2 && c.all.images == 4 && c.train.images == 2);
}
END_TEST

/* Images that are not there, and lines that cannot be read, leave the others in place. */
START_TEST(lists_bad_lines)
{
    static const char *const there[] = {"actor/0001_12.jpg", "zoo/1.jpg", "zoo/2.jpg",
                                        "zoo/4.jpg", "zoo/5.jpg"};
    for (int i = 0; i < 5; i++) {
        char *name = mem_format("Flickr/%s", there[i]);
        scratch_text(&scratch, name, "x");
        mem_free(name);
    }
    put("ImageList/TrainImagelist.txt", "actor\\0001_12.jpg\n..\\x.jpg\nzoo\\1.jpg\n");
    put(TRAIN_TAGS, "1\t1\t\n0\t1\t0\t\n0 0 1\n");
    put(LABELS("cat"), "10\n0\n1\nx\n");
    const NuswideCounts c = prepared((NuswideConfig){.images = "Flickr"});
    static const char *const lines[] = {
        "TrainImagelist.txt: line 2: ../x.jpg: ",
        "TestImagelist.txt: line 2: zoo/3.jpg: no such image\n",
        "Train_Tags1k.dat: line 1: 2 numbers, expected 3\n",
        "Labels_cat_Test.txt: line 1: expected numbers 0 and 1\n",
        "Labels_cat_Test.txt: line 4: expected numbers 0 and 1\n"};
    char *bad = scratch_read(&scratch, "out/bad.txt"), *at = bad;
    for (int i = 0; i < 5; i++) {
        at = strstr(at, lines[i]);
        ck_assert_msg(at != NULL, "%s\nlacks %s", bad, lines[i]);
    }
    ck_assert_int_eq(c.bad, 5);
    scratch_contains(&scratch, "out/unseen/annotations.txt", "zoo/2.jpg,sky\nzoo/4.jpg,cat\n");
    scratch_contains(
        &scratch, "out/train.json",
        "[{\"image_path\": \"zoo/1.jpg\", \"union_label_id\": [1], \"caption\": []}]\n");
    mem_free(bad);
}
END_TEST

static const struct {
    const char *file, *text, *message;
} refused[] = {
    {TRAIN_TAGS, "1\t1\t0\n0\t1\t0\n", "fewer lines than images in the list (3)"},
    {TEST_TAGS, "1 1 0\n0 1 0\n0 1 0\n0 1 0\n0 0 0\n",
     "more lines than images in the list (4)"},
    {LABELS("sky"), "1\n", "fewer lines than images in the list (4)"},
    {"ConceptsList/Concepts81.txt", "sky\n../../x\n", "not a name of a concept"},
    {"ConceptsList/Concepts81.txt", "sky\nfox\n", "Labels_fox_Test.txt: cannot open"},
};

START_TEST(refuses)
{
    NuswideCounts counts;
    Error err = {0};
    put(refused[_i].file, refused[_i].text);
    ck_assert_int_eq(prepare((NuswideConfig){0}, &counts, &err), -1);
    expect_error(&err, ERROR_DATA, refused[_i].message);
    ck_assert(!file_exists(scratch_path(&scratch, "out/bad.txt")));
    ck_assert(!file_exists(scratch_path(&scratch, "out/train.json")));
}
END_TEST

/* Long rows, the last one without a line end. */
START_TEST(rows_of_bits)
{
    enum { COLUMNS = 3000 };
    static char text[4 * COLUMNS + 8];
    char *at = text;
    for (int i = 0; i < 2 * COLUMNS; i++) {
        *at++ = i % 7 == 0 ? '1' : '0';
        *at++ = i == COLUMNS - 1 ? '\n' : '\t';
    }
    BitRows r;
    const char *path = scratch_text(&scratch, "bits", text);
    ck_assert_int_eq(bit_rows_open(path, COLUMNS, &r, NULL), 0);
    for (int row = 0; row < 2; row++) {
        ck_assert_int_eq(bit_rows_next(&r, NULL), 1);
        ck_assert_int_eq(r.row, row + 1);
        for (int k = 0; k < COLUMNS; k++)
            ck_assert_int_eq(r.bit[k], (row * COLUMNS + k) % 7 == 0);
    }
    ck_assert_int_eq(bit_rows_next(&r, NULL), 0);
    bit_rows_close(&r);
}
END_TEST

START_TEST(the_command)
{
    char *out, *messages,
        *line = mem_format("prepare nuswide %s/out --root %s/nus", scratch.dir, scratch.dir);
    ck_assert_int_eq(run_program(&scratch, line, &out, &messages), 0);
    ck_assert_ptr_nonnull(strstr(out, "         2  images of unseen/ (zero-shot)\n"));
    mem_free(messages);
    mem_free(out);
    mem_free(line);
}
END_TEST

Suite *test_nuswide_suite(void);
Suite *test_nuswide_suite(void)
{
    Suite *s = suite_create("nuswide");
    TCase *t = tcase_create("nuswide");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, seen_and_unseen_tags);
    tcase_add_test(t, keeps_unlabeled_images);
    tcase_add_test(t, lists_bad_lines);
    tcase_add_loop_test(t, refuses, 0, sizeof refused / sizeof *refused);
    tcase_add_test(t, rows_of_bits);
    tcase_add_test(t, the_command);
    suite_add_tcase(s, t);
    return s;
}
