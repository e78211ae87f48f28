/* SPDX-License-Identifier: Apache-2.0 */
/* Data folders of labeled images: the vocabulary, its division, the sets of images. */
#include "core/io/file.h"
#include "core/mem.h"
#include "data/annotations.h"
#include "data/benchmark.h"
#include "data/folder/annotate.h"
#include "data/folder/vocabulary.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

enum { IMAGES = 60, TAGS = 10 };

static Scratch scratch;

static void setup(void) { scratch_new(&scratch); }

static void teardown(void) { scratch_free(&scratch); }

/* Image i has the tags k0 to k9 for which i % (number + 2) is 0, and two captions. */
static bool has(int i, int k) { return i % (k + 2) == 0; }

static void fill(LabeledSet *set)
{
    for (int i = 0; i < IMAGES; i++) {
        LabeledImage image = {.path = mem_format("sub/%d.png", i)};
        labeled_add_caption(&image, mem_strdup("only K1"));
        labeled_add_caption(&image, mem_strdup("K0, k10 and k1 k2x"));
        for (int k = TAGS - 1; k >= 0; k--)
            if (has(i, k)) labeled_add_tag(&image, mem_format("k%d", k));
        labeled_set_add(set, &image);
        ck_assert_ptr_null(image.path);
    }
}

static int64_t images_of(int k)
{
    int64_t n = 0;
    for (int i = 0; i < IMAGES; i++) n += has(i, k);
    return n;
}

static int collect(void *context, const DataFolder *folder, LabeledSet *set, Error *err)
{
    (void)context, (void)folder, (void)err;
    fill(set);
    return 0;
}

static int prepare(const char *seen, AnnotateCounts *counts, Error *err)
{
    const AnnotateRules rules = {.source = "the test", .min_images = 7, .seen = seen};
    char *out = file_join(scratch.dir, "out");
    const int status = annotate_folder(out, &rules, collect, NULL, counts, err);
    mem_free(out);
    return status;
}

START_TEST(a_tag_is_added_once)
{
    LabeledImage image = {0};
    labeled_add_tag(&image, mem_strdup("cat"));
    labeled_add_tag(&image, mem_strdup(""));
    labeled_add_tag(&image, mem_strdup("dog"));
    labeled_add_tag(&image, mem_strdup("cat"));
    ck_assert_int_eq(image.tags, 2);
    ck_assert_str_eq(image.tag[1], "dog");
    ck_assert(labeled_has_tag(&image, "dog") && !labeled_has_tag(&image, "do"));
    labeled_free(&image);
}
END_TEST

START_TEST(the_vocabulary_holds_frequent_tags)
{
    LabeledSet set = {0};
    fill(&set);
    Vocabulary v = vocabulary_new(&set, 7, NULL);
    int64_t lists[2] = {0};
    for (int k = 0; k < TAGS; k++) {
        char name[8];
        snprintf(name, sizeof name, "k%d", k);
        const int64_t at = vocabulary_find(&v, name);
        ck_assert_int_eq(at, images_of(k) >= 7 ? k : -1);
        if (at < 0) continue;
        ck_assert_int_eq(v.unseen[at], at % 5 == 4);
        ck_assert_int_eq(v.position[at], lists[v.unseen[at]]++);
    }
    ck_assert(v.count > 5 && v.count < TAGS);
    ck_assert(lists[0] == v.lists[0] && lists[1] == v.lists[1]);
    vocabulary_free(&v);
    v = vocabulary_new(&(LabeledSet){0}, 1, NULL);
    ck_assert_int_eq(v.count, 0);
    vocabulary_free(&v);
    labeled_set_free(&set);
}
END_TEST

static void read_set(const char *split, TagList *tags, Benchmark *b)
{
    Error err = {0};
    char name[40];
    snprintf(name, sizeof name, "out/%s/tags.txt", split);
    ck_assert_msg(tags_read(scratch_path(&scratch, name), tags, &err) == 0, "%s", err.text);
    snprintf(name, sizeof name, "out/%s/annotations.txt", split);
    ck_assert_msg(benchmark_read(scratch_path(&scratch, name), tags, b, &err) == 0, "%s",
                  err.text);
}

/* Every image is in the set, with exactly its tags of the list. */
static void check_all_images(const char *split, const char *first, int64_t count)
{
    TagList tags;
    Benchmark b;
    read_set(split, &tags, &b);
    ck_assert_int_eq(tags.count, count);
    ck_assert_str_eq(tags.name[0], first);
    ck_assert_int_eq(b.images, IMAGES);
    for (int i = 0; i < IMAGES; i++)
        for (int64_t t = 0; t < count; t++)
            ck_assert_int_eq(b.truth[i * b.tags + t], has(i, tags.name[t][1] - '0'));
    benchmark_free(&b);
    tags_free(&tags);
}

/* Capitals of names count, the order and other names of the list do not. */
START_TEST(a_list_of_seen_tags_makes_every_image_a_test_image)
{
    AnnotateCounts c;
    Error err = {0};
    scratch_text(&scratch, "seen.txt", "something else\nk5\n k1 \nK0\nk9\n");
    char *seen = file_join(scratch.dir, "seen.txt");
    ck_assert_msg(prepare(seen, &c, &err) == 0, "%s", err.text);
    ck_assert(c.seen == 2 && c.test == IMAGES && c.train == 0 && c.others == 0);
    ck_assert_int_eq(c.seen + c.unseen, c.tags);
    check_all_images("seen", "k1", 2);
    check_all_images("unseen", "k0", c.unseen);
    scratch_text(&scratch, "seen.txt", "k9\n");
    ck_assert_int_eq(prepare(seen, &c, &err), -1);
    expect_error(&err, ERROR_DATA, "seen.txt: none of the 8 tags of the test is in this list");
    err = (Error){0};
    ck_assert_int_eq(prepare("/nowhere", &c, &err), -1);
    expect_error(&err, ERROR_DATA, "/nowhere: cannot open");
    mem_free(seen);
}
END_TEST

START_TEST(without_a_list_a_fifth_of_the_images_is_for_the_test)
{
    AnnotateCounts c;
    Error err = {0};
    ck_assert_msg(prepare(NULL, &c, &err) == 0, "%s", err.text);
    ck_assert_int_eq(c.test + c.others, IMAGES);
    ck_assert(c.test > 0 && c.test < IMAGES / 2 && c.train > 0 && c.train <= c.others);
    char *path = file_join(scratch.dir, "out/train.json");
    Annotations a;
    ck_assert_msg(annotations_read((const char *const *)&path, 1, c.seen, &a, &err) == 0, "%s",
                  err.text);
    ck_assert_int_eq(a.count, c.train);
    ck_assert_int_eq(a.tag_offset[a.count], c.labels);
    ck_assert_int_eq(a.caption_offset[a.count], 2 * c.train);
    annotations_free(&a);
    mem_free(path);
}
END_TEST

/* `k0` and `k1` are words of the second caption, `k10` and `k2x` are none of the tags. */
START_TEST(each_caption_lists_the_tags_that_it_mentions)
{
    AnnotateCounts c;
    Bytes json;
    ck_assert_int_eq(prepare(NULL, &c, NULL), 0);
    ck_assert_int_eq(file_read(scratch_path(&scratch, "out/train.json"), &json, NULL), 0);
    int64_t both = 0;
    for (char *p = (char *)json.data; (p = strstr(p, "\"parse_label_id\": [[1], [0, 1]]")); p++)
        both++;
    ck_assert_int_gt(both, 0);
    ck_assert_ptr_nonnull(strstr((char *)json.data, "\"parse_label_id\": [[], [0]]"));
    ck_assert_ptr_nonnull(strstr((char *)json.data, "\"parse_label_id\": [[], []]"));
    ck_assert_ptr_null(strstr((char *)json.data, "[[1], [0, 1, "));
    bytes_free(&json);
}
END_TEST

Suite *test_annotate_suite(void);
Suite *test_annotate_suite(void)
{
    Suite *s = suite_create("annotate");
    TCase *t = tcase_create("annotate");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_tag_is_added_once);
    tcase_add_test(t, the_vocabulary_holds_frequent_tags);
    tcase_add_test(t, a_list_of_seen_tags_makes_every_image_a_test_image);
    tcase_add_test(t, without_a_list_a_fifth_of_the_images_is_for_the_test);
    tcase_add_test(t, each_caption_lists_the_tags_that_it_mentions);
    suite_add_tcase(s, t);
    return s;
}
