/* SPDX-License-Identifier: Apache-2.0 */
#include "core/io/file.h"
#include "core/mem.h"
#include "data/benchmark.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static Scratch scratch;
static TagList tags;

static void setup(void)
{
    scratch_new(&scratch);
    ck_assert_int_eq(
        tags_read(scratch_text(&scratch, "tags.txt", "cat\ncrane\nRed Panda\ncrane\n2317"),
                  &tags, NULL),
        0);
}

static void teardown(void)
{
    tags_free(&tags);
    scratch_free(&scratch);
}

static Benchmark read_good(const char *text)
{
    Benchmark b;
    Error err = {0};
    ck_assert_msg(benchmark_read(scratch_text(&scratch, "a.txt", text), &tags, &b, &err) == 0,
                  "%s", err.text);
    return b;
}

static void expect_row(const Benchmark *b, int64_t image, const char *want)
{
    for (int64_t k = 0; k < b->tags; k++)
        ck_assert_msg(b->truth[image * b->tags + k] == want[k] - '0', "image %ld, tag %ld",
                      image, k);
}

START_TEST(reads_names)
{
    Benchmark b = read_good("test/01,cat,Red Panda\ntest/02\r\ntest/03,\ntest/04,crane,crane\n"
                            "test/05,dog,red panda,cat\ntest/06,2317");
    ck_assert_int_eq(b.images, 6);
    ck_assert_int_eq(b.tags, 5);
    ck_assert_str_eq(b.image[0], "test/01");
    ck_assert_str_eq(b.image[1], "test/02");
    expect_row(&b, 0, "10100");
    expect_row(&b, 1, "00000"); /* no tags */
    expect_row(&b, 2, "00000");
    expect_row(&b, 3, "01010"); /* every column of the name */
    expect_row(&b, 4, "10000"); /* names that are missing from the list are counted */
    expect_row(&b, 5, "00001"); /* a name made of digits is a name */
    ck_assert_int_eq(b.unknown, 2);
    benchmark_free(&b);
    benchmark_free(&b);
}
END_TEST

static int read_unknown(const char *text, Benchmark *b, Error *err)
{
    return benchmark_read_unknown(scratch_text(&scratch, "unknown.txt", text), &tags, b, err);
}

static void expect_marks(const Benchmark *b, int64_t image, const char *want)
{
    for (int64_t k = 0; k < b->tags; k++) {
        const uint8_t value = b->truth[image * b->tags + k];
        const char mark = value == TRUTH_UNKNOWN ? '?' : (char)('0' + value);
        ck_assert_msg(mark == want[k], "image %ld, tag %ld", image, k);
    }
}

/* By name and by position; a name marks all its columns, an image all its lines. */
START_TEST(labels_may_be_unknown)
{
    static const char *const unknown[] = {"b,crane\na,Red Panda,Red Panda\nd\n",
                                          "b,3 1\na,2\nd\na,2\n"};
    char before[HASH_HEX], hash[2][HASH_HEX];
    for (int i = 0; i < 2; i++) {
        Error err = {0};
        Benchmark b = read_good("a,cat\nb,cat\na,cat\nd,crane");
        memcpy(before, b.hash, sizeof before);
        char *text = benchmark_text(&b);
        ck_assert_msg(strstr(text, "4 images, 5 tags, 5 positives, benchmark "), "%s", text);
        mem_free(text);
        ck_assert_msg(read_unknown(unknown[i], &b, &err) == 0, "%s", err.text);
        expect_marks(&b, 0, "10?00");
        expect_marks(&b, 1, "1?0?0");
        expect_marks(&b, 2, "10?00");
        expect_marks(&b, 3, "01010");
        ck_assert_int_eq(b.unannotated, 4);
        ck_assert_int_eq(benchmark_positives(&b), 5);
        text = benchmark_text(&b);
        ck_assert_msg(strstr(text, "5 positives, 4 not annotated, benchmark "), "%s", text);
        mem_free(text);
        memcpy(hash[i], b.hash, sizeof hash[i]);
        benchmark_free(&b);
    }
    ck_assert_str_eq(hash[0], hash[1]);
    ck_assert_str_ne(hash[0], before);
}
END_TEST

static const struct {
    const char *text, *why;
} bad_unknown[] = {
    {"b,crane\nc,cat", "unknown.txt: line 2: 'c' is no image of the set"},
    {"b,crane\nb.jpg,crane", "unknown.txt: line 2: 'b.jpg' is no image of the set"},
    {"b,crane,cat", "unknown.txt: line 1: 'cat' is given and unknown for 'b'"},
    {"b,1 0", "unknown.txt: line 1: 'cat' is given and unknown for 'b'"},
    {"b,5", "unknown.txt: line 1: id 5: outside the tag list of 5 tags"},
    {"b,dog", "unknown.txt: no label is in the tag list: 'dog' (line 1"},
    {"b\n", "unknown.txt: no line has a label"},
    {"b,\"crane", "unknown.txt: line 1: a quote is not closed"},
};

START_TEST(faults_of_unknown_labels)
{
    Error err = {0};
    Benchmark b = read_good("a,cat\nb,cat");
    ck_assert_int_eq(read_unknown(bad_unknown[_i].text, &b, &err), -1);
    expect_error(&err, ERROR_DATA, bad_unknown[_i].why);
    benchmark_free(&b);
}
END_TEST

/* A field in quotes may hold a comma; blanks around fields and labels do not count. */
START_TEST(reads_csv)
{
    Benchmark b = read_good("\xef\xbb\xbf\"a, b \"\"1\"\".jpg\" , crane ,\"cat\"\r\n"
                            " c.jpg\t,Red  Panda\xc2\xa0\n#d \"e\".jpg, \"Red Panda\"\n");
    ck_assert_int_eq(b.images, 3);
    ck_assert_str_eq(b.image[0], "a, b \"1\".jpg");
    ck_assert_str_eq(b.image[1], "c.jpg");
    ck_assert_str_eq(b.image[2], "#d \"e\".jpg");
    expect_row(&b, 0, "11010");
    expect_row(&b, 1, "00100");
    expect_row(&b, 2, "00100");
    ck_assert_int_eq(b.unknown, 0);
    benchmark_free(&b);
}
END_TEST

START_TEST(reads_ids)
{
    Benchmark b = read_good("a.jpg, 0 2\nb.JPEG\nc.jpg,\"3 \"\nd.jpg,0 0\n");
    ck_assert_int_eq(b.images, 4);
    expect_row(&b, 0, "10100");
    expect_row(&b, 1, "00000");
    expect_row(&b, 2, "00010"); /* column 1 is a crane too, but the id says column 3 */
    expect_row(&b, 3, "10000");
    ck_assert_int_eq(b.unknown, 0);
    ck_assert(b.by_id);
    benchmark_free(&b);
}
END_TEST

/* Numbers among names are names, known or not; a list of numbers is read by name. */
START_TEST(numbers_among_names)
{
    Benchmark b = read_good("a,cat\nb,2,2317\n");
    expect_row(&b, 0, "10000");
    expect_row(&b, 1, "00001");
    ck_assert_int_eq(b.unknown, 1);
    ck_assert(!b.by_id);
    benchmark_free(&b);
    b = read_good("a,2317\nb\n");
    expect_row(&b, 0, "00001");
    ck_assert(!b.by_id);
    benchmark_free(&b);
}
END_TEST

typedef struct Bad {
    const char *text, *why;
} Bad;

static const Bad bad[] = {
    {"a,cat\n,cat\n", "line 2: no image name"},
    {"a,cat\n\n", "line 2: no image name"},
    {"a,0 5\n", "line 1: id 5: outside the tag list of 5 tags"},
    {"a,1\nb,99999999999999999999\n", "line 2: id 99999999999999999999"},
    {"a,0 2\nb\nc,2317\n", "'2317' (line 3) is the name of a tag, '0 2' (line 1) is none"},
    {"[{\"image_path\": \"a\"}]", "a.txt: looks like JSON: expected lines of image,label,..."},
    {"a,dog\nb\n", "no label is in the tag list: 'dog' (line 1)"},
    {"a,Cat\nb,red panda,Cat\nmy photo, final.jpg\n",
     "no label is in the tag list: 'Cat' (line 1; did you mean 'cat'?), 'red panda' (line 2; "
     "did "
     "you mean 'Red Panda'?), 'final.jpg' (line 3; quote a path that has a comma)"},
    {"a,dog,elk,hen,ibis,jay\nb,kite\n", "(line 1), 'jay' (line 1)"},
    {"a,\"cat\n", "line 1: a quote is not closed, or text follows it"},
    {"a,cat\n\"b\"c,cat\n", "line 2: a quote is not closed, or text follows it"},
    {" ,cat\n", "line 1: no image name"},
    {"", "no label is in the tag list"},
    {"a;cat\nb\n", "a.txt: no line has a label: expected image,label,... with commas"},
    {"a,0 2\nb,1.0\nc,x\n", "'1.0' (line 2) is neither a tag nor, like other labels, a list"},
};

START_TEST(refuses_bad_lines)
{
    Benchmark b;
    Error err = {0};
    ck_assert_int_eq(
        benchmark_read(scratch_text(&scratch, "a.txt", bad[_i].text), &tags, &b, &err), -1);
    expect_error(&err, ERROR_DATA, bad[_i].why);
    ck_assert_ptr_null(b.truth);
}
END_TEST

/* The hash is that of the contents: not of blanks, quotes and the order of labels, but of every
 * name, label and tag. */
START_TEST(hash_of_the_contents)
{
    static const char *const same[] = {"a,cat,2317\nb\n", "\"a\",2317 ,cat,cat\r\nb,\n",
                                       "a,2317,cat,no tag\nb"};
    static const char *const other[] = {"b\na,cat,2317\n", "a,cat\nb\n", "a,cat\nb,2317\n",
                                        "a,cat,2317\nb\nb\n", "a,cat,2317\nc\n"};
    Benchmark b[8];
    for (int i = 0; i < 3; i++) b[i] = read_good(same[i]);
    for (int i = 0; i < 5; i++) b[3 + i] = read_good(other[i]);
    ck_assert_uint_eq(strlen(b[0].hash), 32);
    for (int i = 0; i < 8; i++)
        for (int j = 0; j < i; j++)
            ck_assert_msg((strcmp(b[i].hash, b[j].hash) == 0) == (i < 3), "%d, %d", i, j);
    ck_assert_int_eq(benchmark_positives(&b[1]), 2);
    benchmark_keep(&b[0], (bool[]){false, true});
    ck_assert_str_eq(b[0].hash, b[1].hash);
    ck_assert_int_eq(benchmark_positives(&b[0]), 0);
    for (int i = 0; i < 8; i++) benchmark_free(&b[i]);
}
END_TEST

static void expect_path(const char *name, const char *found)
{
    const Benchmark b = {.images = 1, .image = (char *[]){(char *)(uintptr_t)name}};
    char *path = benchmark_image_path(scratch.dir, &b, 0, NULL),
         *want = found ? file_join(scratch.dir, found) : NULL;
    ck_assert_pstr_eq(path, want);
    mem_free(path);
    mem_free(want);
}

START_TEST(finds_images_without_their_endings)
{
    scratch_text(&scratch, "exact.png", "x");
    scratch_text(&scratch, "short.jpg", "x");
    scratch_text(&scratch, "other.png", "x");
    expect_path("exact.png", "exact.png");
    expect_path("short", "short.jpg");
    expect_path("other", "other.png");
    expect_path("missing", NULL);
    expect_path("none/../exact.png", "exact.png");
}
END_TEST

/* The ending that is tried makes no difference. */
START_TEST(links_out_of_the_folder)
{
    const Benchmark b = {.images = 1, .image = (char *[]){(char[]){"link"}}};
    Error err = {0};
    ck_assert_int_eq(symlink("/etc/hostname", scratch_path(&scratch, "link.jpg")), 0);
    ck_assert_ptr_null(benchmark_image_path(scratch.dir, &b, 0, &err));
    expect_error(&err, ERROR_DATA, "link.jpg: a link leads out of the folder ");
}
END_TEST

/* One of the four benchmarks of the reference, and its published size. */
typedef struct Known {
    const char *folder, *list, *annotations;
    int64_t tags, images, untagged, labels;
} Known;

static const Known known[] = {
    {"openimages_common_214", "openimages_common_214_ram_taglist.txt",
     "openimages_common_214_ram_annots.txt", 214, 57224, 157, 67866},
    {"openimages_rare_200", "openimages_rare_200_ram_taglist.txt",
     "openimages_rare_200_ram_annots.txt", 200, 21991, 0, 29519},
    {"hico", "hico_600_taglist.txt", "hico_600_annots.txt", 600, 9658, 0, 20268},
    {"imagenet_multi", "imagenet_multi_1000_taglist.txt", "imagenet_multi_1000_annots.txt",
     1000, 50000, 3163, 57553},
};

static int64_t count_untagged(const Benchmark *b)
{
    int64_t n = 0;
    for (int64_t i = 0; i < b->images; i++)
        n += memchr(b->truth + i * b->tags, 1, (size_t)b->tags) == NULL;
    return n;
}

START_TEST(reads_the_benchmarks_of_the_reference)
{
    const char *root = getenv("RAMPLUS_BENCHMARKS");
    const Known *k = &known[_i];
    if (!root) {
        fprintf(stderr, "skipped: %s: RAMPLUS_BENCHMARKS names no folder\n", k->folder);
        return;
    }
    char *list = mem_format("%s/%s/%s", root, k->folder, k->list);
    char *annotations = mem_format("%s/%s/%s", root, k->folder, k->annotations);
    TagList t;
    Benchmark b;
    Error err = {0};
    ck_assert_msg(tags_read(list, &t, &err) == 0, "%s", err.text);
    ck_assert_msg(benchmark_read(annotations, &t, &b, &err) == 0, "%s", err.text);
    ck_assert_int_eq(t.count, k->tags);
    ck_assert_int_eq(b.images, k->images);
    ck_assert_int_eq(b.unknown, 0);
    ck_assert_int_eq(count_untagged(&b), k->untagged);
    ck_assert_int_eq(benchmark_positives(&b), k->labels);
    benchmark_free(&b);
    tags_free(&t);
    mem_free(list);
    mem_free(annotations);
}
END_TEST

Suite *test_benchmark_suite(void);
Suite *test_benchmark_suite(void)
{
    Suite *s = suite_create("benchmark");
    TCase *t = tcase_create("benchmark");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, reads_names);
    tcase_add_test(t, reads_csv);
    tcase_add_test(t, labels_may_be_unknown);
    tcase_add_loop_test(t, faults_of_unknown_labels, 0,
                        sizeof bad_unknown / sizeof *bad_unknown);
    tcase_add_test(t, reads_ids);
    tcase_add_test(t, numbers_among_names);
    tcase_add_test(t, hash_of_the_contents);
    tcase_add_loop_test(t, refuses_bad_lines, 0, sizeof bad / sizeof *bad);
    tcase_add_test(t, finds_images_without_their_endings);
    tcase_add_test(t, links_out_of_the_folder);
    tcase_add_loop_test(t, reads_the_benchmarks_of_the_reference, 0,
                        sizeof known / sizeof *known);
    suite_add_tcase(s, t);
    return s;
}
