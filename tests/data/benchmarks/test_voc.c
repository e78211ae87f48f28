/* SPDX-License-Identifier: Apache-2.0 */
/* Made-up image sets in Pascal VOC's form. */
#include "data/benchmarks/voc.h"

#include "core/io/file.h"
#include "core/mem.h"
#include "data/benchmark.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <string.h>

#define MAIN "kit/ImageSets/Main/"

static Scratch scratch;

/* Four test images of three classes with every label, written as VOC does: two blanks before a
 * label without a sign. */
static void setup(void)
{
    static const char *const images[] = {"000001", "000002", "000004", "000008", "000009"};
    scratch_new(&scratch);
    for (int i = 0; i < 5; i++) {
        char *name = mem_format("kit/JPEGImages/%s.jpg", images[i]);
        scratch_text(&scratch, name, "x");
        mem_free(name);
    }
    scratch_text(&scratch, MAIN "test.txt", "000001\n000002\n000004\n000008\n");
    scratch_text(&scratch, MAIN "bird_test.txt",
                 "000001 -1\n000002  1\n000004  0\n000008 -1\n");
    scratch_text(&scratch, MAIN "tvmonitor_test.txt",
                 "000001  0\n000002  1\n000004 -1\n000008 -1\n");
    scratch_text(&scratch, MAIN "aeroplane_test.txt",
                 "000001  1\n000002 -1\n000004 -1\n000008 -1\n");
    scratch_text(&scratch, MAIN "train.txt", "000009\n");
    scratch_text(&scratch, MAIN "aeroplane_train.txt", "000009  1\n");
    scratch_text(&scratch, MAIN "bird_train.txt", "000009  0\n");
    scratch_text(&scratch, MAIN "tvmonitor_train.txt", "000009 -1\n");
}

static void teardown(void) { scratch_free(&scratch); }

static void contents_are(const char *name, const char *want)
{
    Bytes b;
    Error err = {0};
    ck_assert_msg(file_read(scratch_path(&scratch, name), &b, &err) == 0, "%s", err.text);
    ck_assert_str_eq((char *)b.data, want);
    bytes_free(&b);
}

static int prepare(VocConfig c, VocCounts *counts, Error *err)
{
    char *out = mem_strdup(scratch_path(&scratch, "out")),
         *kit = mem_strdup(scratch_path(&scratch, "kit"));
    if (!c.test) c.test = "test";
    c.devkit = kit;
    const int status = voc_prepare(out, &c, counts, err);
    mem_free(kit);
    mem_free(out);
    return status;
}

static VocCounts prepared(VocConfig c)
{
    VocCounts counts;
    Error err = {0};
    ck_assert_msg(prepare(c, &counts, &err) == 0, "%s", err.text);
    return counts;
}

START_TEST(evaluates_a_split)
{
    const VocCounts c = prepared((VocConfig){0});
    contents_are("out/test/tags.txt", "aeroplane\nbird\ntvmonitor\n");
    contents_are("out/test/annotations.txt",
                 "000001.jpg,aeroplane\n000002.jpg,bird,tvmonitor\n000004.jpg\n000008.jpg\n");
    contents_are("out/test/truth.csv", "image,aeroplane,bird,tvmonitor\n000001.jpg,1,0,-1\n"
                                       "000002.jpg,0,1,1\n000004.jpg,0,-1,0\n"
                                       "000008.jpg,0,0,0\n");
    contents_are("out/bad.txt", "");
    ck_assert(c.images == 4 && c.classes == 3 && c.difficult == 2 && c.bad == 0);
    ck_assert(c.test.labels == 3 && c.test.untagged == 2);
    ck_assert(!file_exists(scratch_path(&scratch, "out/train.json")));
    TagList tags;
    Benchmark b;
    char *list = mem_strdup(scratch_path(&scratch, "out/test/tags.txt"));
    ck_assert_int_eq(tags_read(list, &tags, NULL), 0);
    ck_assert_int_eq(
        benchmark_read(scratch_path(&scratch, "out/test/annotations.txt"), &tags, &b, NULL), 0);
    ck_assert(b.images == 4 && benchmark_positives(&b) == 3);
    benchmark_free(&b);
    tags_free(&tags);
    mem_free(list);
}
END_TEST

START_TEST(difficult_as_positive_in_words_and_training)
{
    const VocCounts c = prepared(
        (VocConfig){.difficult = VOC_DIFFICULT_POSITIVE, .words = true, .train = "train"});
    contents_are("out/test/annotations.txt",
                 "000001.jpg,aeroplane,tv monitor\n000002.jpg,bird,tv monitor\n"
                 "000004.jpg,bird\n000008.jpg\n");
    contents_are("out/train_tags.txt", "aeroplane\nbird\ntv monitor\n");
    contents_are(
        "out/train.json",
        "[{\"image_path\": \"000009.jpg\", \"union_label_id\": [0, 1], \"caption\": []}]\n");
    ck_assert(c.difficult == 2 && c.train.images == 1 && c.train.labels == 2);
}
END_TEST

START_TEST(difficult_as_unknown)
{
    const VocCounts c =
        prepared((VocConfig){.difficult = VOC_DIFFICULT_UNKNOWN, .train = "train"});
    contents_are("out/test/annotations.txt",
                 "000001.jpg,aeroplane\n000002.jpg,bird,tvmonitor\n000004.jpg\n000008.jpg\n");
    contents_are("out/test/unknown.txt", "000001.jpg,tvmonitor\n000004.jpg,bird\n");
    contents_are("out/train.json", "[{\"image_path\": \"000009.jpg\", \"union_label_id\": [0], "
                                   "\"unknown_label_id\": [1], \"caption\": []}]\n");
    ck_assert(c.test.unknowns == 2 && c.train.unknowns == 1 && c.train.labels == 1);
    prepared((VocConfig){0});
    ck_assert(!file_exists(scratch_path(&scratch, "out/test/unknown.txt")));
}
END_TEST

/* An image that is not there takes its labels along. */
START_TEST(lists_bad_lines)
{
    static const char want[] = "out/bad.txt";
    scratch_text(&scratch, MAIN "test.txt", "000001\n\n000007\n../x\n000001\n000002\n000004\n");
    scratch_text(&scratch, MAIN "bird_test.txt",
                 "000001 2\n000002  1\n000002\n000007 1\n000003 1\n000004 1 1\n");
    const VocCounts c = prepared((VocConfig){0});
    static const char *const lines[] = {
        "test.txt: line 3: ",
        "/JPEGImages/000007.jpg: no such image\n",
        "test.txt: line 4: '../x': not the name of an image\n",
        "test.txt: line 5: 000001: given twice\n",
        "aeroplane_test.txt: line 4: expected an image of test.txt", /* 000008 */
        "bird_test.txt: line 1: expected an image of test.txt and 1, 0 or -1\n",
        "bird_test.txt: line 3: ",
        "bird_test.txt: line 5: ",
        "bird_test.txt: line 6: ",
        "bird_test.txt: no line for 000001.jpg\n",
        "bird_test.txt: no line for 000004.jpg\n",
        "tvmonitor_test.txt: line 4: "};
    Bytes b;
    ck_assert_int_eq(file_read(scratch_path(&scratch, want), &b, NULL), 0);
    const char *at = (char *)b.data;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        at = strstr(at, lines[i]);
        ck_assert_msg(at != NULL, "%s\nlacks %s", (char *)b.data, lines[i]);
    }
    bytes_free(&b);
    ck_assert_int_eq(c.bad, 11);
    contents_are("out/test/truth.csv", "image,aeroplane,bird,tvmonitor\n000001.jpg,1,-1,-1\n"
                                       "000002.jpg,0,1,1\n000004.jpg,0,-1,0\n");
}
END_TEST

static void refused(VocConfig c, const char *message)
{
    VocCounts counts;
    Error err = {0};
    ck_assert_int_eq(prepare(c, &counts, &err), -1);
    expect_error(&err, ERROR_DATA, message);
    ck_assert(!file_exists(scratch_path(&scratch, "out/bad.txt")));
}

START_TEST(refuses)
{
    refused((VocConfig){.test = "val"}, "val.txt: cannot open");
    scratch_text(&scratch, MAIN "val.txt", "000001\n");
    refused((VocConfig){.test = "val"}, "Main: no CLASS_val.txt");
    scratch_text(&scratch, MAIN "bird_val.txt", "000001 1\n");
    refused((VocConfig){.train = "val"}, "the classes of test and val differ");
}
END_TEST

START_TEST(the_command)
{
    char *out, *messages, *line;
    line = mem_format("prepare voc %s/out --devkit %s/none", scratch.dir, scratch.dir);
    ck_assert_int_eq(run_program(&scratch, line, &out, &messages), ERROR_DATA);
    ck_assert_ptr_nonnull(
        strstr(messages, "Main: no such folder: not the folder of a VOC set"));
    mem_free(messages);
    mem_free(out);
    mem_free(line);
    line = mem_format("prepare voc %s/out --devkit %s/kit --train train", scratch.dir,
                      scratch.dir);
    ck_assert_int_eq(run_program(&scratch, line, &out, &messages), 0);
    ck_assert_ptr_nonnull(strstr(out, "         3  labels of test/\n"));
    mem_free(messages);
    mem_free(out);
    mem_free(line);
}
END_TEST

Suite *test_voc_suite(void);
Suite *test_voc_suite(void)
{
    Suite *s = suite_create("voc");
    TCase *t = tcase_create("voc");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, evaluates_a_split);
    tcase_add_test(t, difficult_as_positive_in_words_and_training);
    tcase_add_test(t, difficult_as_unknown);
    tcase_add_test(t, lists_bad_lines);
    tcase_add_test(t, refuses);
    tcase_add_test(t, the_command);
    suite_add_tcase(s, t);
    return s;
}
