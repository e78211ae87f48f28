/* SPDX-License-Identifier: Apache-2.0 */
#include "core/io/file.h"
#include "core/io/file_walk.h"
#include "core/math/gemm.h"
#include "core/mem.h"
#include "data/annotations.h"
#include "data/benchmark.h"
#include "data/descriptions.h"
#include "data/image/image.h"
#include "data/synth/synth.h"
#include "data/synth/synth_text.h"
#include "data/tags.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static Scratch scratch;

static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

static char *path_of(const char *folder, const char *name)
{
    char *dir = file_join(scratch.dir, folder), *path = file_join(dir, name);
    mem_free(dir);
    return path;
}

static SynthReport make(const char *folder, SynthConfig config)
{
    SynthReport report;
    Error err = {0};
    ck_assert_msg(synth_prepare(scratch_path(&scratch, folder), &config, &report, &err) == 0,
                  "%s", err.text);
    return report;
}

/* Hash of the names and bytes of every file below the folder. */
static uint64_t content(const char *folder)
{
    Lines files;
    char *root = path_of(folder, "");
    uint64_t h = 0xcbf29ce484222325u;
    ck_assert_int_eq(file_walk(root, &files, NULL), 0);
    for (size_t i = 0; i < files.count; i++) {
        char *path = file_join(root, files.line[i]);
        Bytes b;
        ck_assert_int_eq(file_read(path, &b, NULL), 0);
        h = (h ^ rng_hash(files.line[i])) * 0x100000001b3u;
        for (size_t k = 0; k < b.len; k++) h = (h ^ b.data[k]) * 0x100000001b3u;
        bytes_free(&b);
        mem_free(path);
    }
    lines_free(&files);
    mem_free(root);
    return h;
}

static const SynthConfig SMALL = {
    .train = 70, .test = 20, .size = 32, .objects = 4, .missing = 0.4, .seed = 3};

START_TEST(same_seed_same_bytes)
{
    SynthConfig other = SMALL;
    other.seed = 4;
    gemm_set_threads(1);
    make("a", SMALL);
    gemm_set_threads(3);
    make("b", SMALL);
    make("c", other);
    const uint64_t a = content("a");
    ck_assert_uint_eq(a, content("b"));
    ck_assert_uint_ne(a, content("c"));
    make("c", SMALL); /* overwrites another data folder */
    ck_assert_uint_eq(a, content("c"));
}
END_TEST

static TagList tags_of(const char *folder, const char *name)
{
    TagList t;
    Error err = {0};
    char *path = path_of(folder, name);
    ck_assert_msg(tags_read(path, &t, &err) == 0, "%s", err.text);
    mem_free(path);
    return t;
}

static Annotations training_of(const char *folder)
{
    Annotations a;
    Error err = {0};
    char *path = path_of(folder, "train.json");
    ck_assert_msg(annotations_read((const char *const *)&path, 1, SYNTH_SEEN, &a, &err) == 0,
                  "%s", err.text);
    mem_free(path);
    return a;
}

static void check_split(const char *split, int64_t tags, int64_t images)
{
    char *list = mem_format("%s/tags.txt", split),
         *texts = mem_format("%s/descriptions.json", split);
    char *labels = mem_format("%s/annotations.txt", split);
    char *groups = mem_format("%s/groups.txt", split);
    TagList t = tags_of("d", list);
    ck_assert_int_eq(t.count, tags);
    char *path = path_of("d", texts), *labels_path = path_of("d", labels);
    char *groups_path = path_of("d", groups);
    Descriptions d;
    Benchmark b;
    Lines g;
    Error err = {0};
    ck_assert_msg(descriptions_read(path, &t, &d, &err) == 0, "%s", err.text);
    ck_assert_int_eq(d.offset[tags], tags * SYNTH_DESCRIPTIONS);
    for (int64_t k = 0; k < tags; k++)
        ck_assert_ptr_nonnull(strstr(d.text[d.offset[k]], t.name[k]));
    ck_assert_msg(benchmark_read(labels_path, &t, &b, &err) == 0, "%s", err.text);
    ck_assert_int_eq(b.images, images);
    ck_assert_int_eq(b.unknown, 0);
    ck_assert_int_eq(lines_read(groups_path, &g, &err), 0);
    ck_assert_uint_eq(g.count, (size_t)tags);
    char *root = path_of("d", "");
    char *image = benchmark_image_path(root, &b, images - 1, NULL);
    ck_assert_msg(file_exists(image), "%s", image);
    char *owned[] = {list, texts, labels, groups, path, labels_path, groups_path, root, image};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) mem_free(owned[i]);
    lines_free(&g);
    benchmark_free(&b);
    descriptions_free(&d);
    tags_free(&t);
}

START_TEST(the_layout_is_what_train_and_eval_read)
{
    make("d", SMALL);
    check_split("seen", SYNTH_SEEN, SMALL.test);
    check_split("unseen", SYNTH_UNSEEN, SMALL.test);
    TagList seen = tags_of("d", "seen/tags.txt"), train = tags_of("d", "train_tags.txt");
    TagList unseen = tags_of("d", "unseen/tags.txt");
    ck_assert_int_eq(seen.count, train.count);
    for (int64_t k = 0; k < seen.count; k++) ck_assert_str_eq(seen.name[k], train.name[k]);
    for (int64_t k = 0; k < unseen.count; k++)
        ck_assert_int_eq(tags_find(&train, unseen.name[k]), -1);
    Annotations a = training_of("d");
    ck_assert_int_eq(a.count, SMALL.train);
    char *root = path_of("d", "");
    for (int64_t i = 0; i < a.count; i++) {
        char *path = file_join(root, a.image_path[i]);
        Image image;
        Error err = {0};
        ck_assert_msg(image_read(path, NULL, &image, NULL, &err) == 0, "%s", err.text);
        ck_assert(image.width == SMALL.size && image.height == SMALL.size);
        image_free(&image);
        mem_free(path);
    }
    mem_free(root);
    annotations_free(&a);
    tags_free(&seen);
    tags_free(&train);
    tags_free(&unseen);
}
END_TEST

/* The fraction is measured against the same images with complete annotations. */
START_TEST(the_given_share_of_tags_is_missing)
{
    SynthConfig config = {
        .train = 1500, .test = 1, .size = 16, .objects = 4, .missing = 0, .seed = 11};
    SynthReport full_report = make("full", config);
    config.missing = 0.4;
    SynthReport report = make("part", config);
    Annotations full = training_of("full"), part = training_of("part");
    const int64_t all = full.tag_offset[full.count], kept = part.tag_offset[part.count];
    ck_assert_int_eq(full_report.true_tags, all);
    ck_assert_int_eq(full_report.left_out, 0);
    ck_assert_int_eq(report.true_tags, all);
    ck_assert_int_eq(report.left_out, all - kept);
    ck_assert_msg(fabs((double)kept / (double)all - 0.6) < 0.02, "%ld of %ld", kept, all);
    for (int64_t i = 0; i < full.count; i++) {
        int64_t f = full.tag_offset[i];
        for (int64_t p = part.tag_offset[i]; p < part.tag_offset[i + 1]; p++) {
            while (f < full.tag_offset[i + 1] && full.tag[f] < part.tag[p]) f++;
            ck_assert_int_eq(full.tag[f], part.tag[p]); /* nothing is added */
        }
        ck_assert_str_eq(full.caption[2 * i], part.caption[2 * i]);
    }
    annotations_free(&full);
    annotations_free(&part);
}
END_TEST

static int count_lines_with(const char *text, const char *word)
{
    int n = 0;
    for (const char *p = text; (p = strstr(p, word)); p++) n++;
    return n;
}

/* parse_label_id contains only tags of union_label_id. */
START_TEST(parsed_tags_are_annotated_tags)
{
    make("d", SMALL);
    char *path = path_of("d", "train.json");
    Lines lines;
    ck_assert_int_eq(lines_read(path, &lines, NULL), 0);
    int parsed = 0;
    for (size_t i = 0; i < lines.count; i++) {
        char all[256];
        const char *ids = strstr(lines.line[i], "\"union_label_id\": [");
        ck_assert_ptr_nonnull(ids);
        snprintf(all, sizeof all, " %.*s,", (int)strcspn(ids + 19, "]"), ids + 19);
        const char *lists = strstr(lines.line[i], "\"parse_label_id\": ");
        ck_assert_int_eq(count_lines_with(lists, "["), 3);
        for (const char *p = lists + 18; *p; p++) {
            if (*p < '0' || *p > '9') continue;
            char want[16];
            const int digits = (int)strspn(p, "0123456789");
            snprintf(want, sizeof want, " %.*s,", digits, p);
            ck_assert_msg(strstr(all, want) != NULL, "%s", lines.line[i]);
            p += digits - 1;
            parsed++;
        }
    }
    ck_assert_int_gt(parsed, 200);
    lines_free(&lines);
    mem_free(path);
}
END_TEST

START_TEST(an_unwritable_place_is_an_error)
{
    SynthReport report;
    Error err = {0};
    const char *file = scratch_write(&scratch, "file", "x", 1);
    ck_assert_int_eq(synth_prepare(file, &SMALL, &report, &err), -1);
    expect_error(&err, ERROR_RUNTIME, "cannot make folder");
}
END_TEST

Suite *test_synth_suite(void);
Suite *test_synth_suite(void)
{
    Suite *s = suite_create("synth");
    TCase *t = tcase_create("synth");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, same_seed_same_bytes);
    tcase_add_test(t, the_layout_is_what_train_and_eval_read);
    tcase_add_test(t, the_given_share_of_tags_is_missing);
    tcase_add_test(t, parsed_tags_are_annotated_tags);
    tcase_add_test(t, an_unwritable_place_is_an_error);
    suite_add_tcase(s, t);
    return s;
}
