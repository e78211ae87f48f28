/* SPDX-License-Identifier: Apache-2.0 */
#include "core/io/file.h"
#include "core/io/text.h"
#include "core/mem.h"
#include "data/annotations.h"
#include "data/benchmark.h"
#include "data/collections/clipart_svg.h"
#include "data/collections/clipart_tags.h"
#include "data/collections/openclipart.h"
#include "data/image/image.h"
#include "data/tags.h"
#include "tests/data/collections/clipart_case.h"
#include "tests/data/image/png_build.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Scratch scratch;

static void setup(void) { clipart_folders(&scratch); }

static void teardown(void) { scratch_free(&scratch); }

static OpenclipartReport prepare(int64_t min_images)
{
    char *p = clipart_path(&scratch, "png", ""), *s = clipart_path(&scratch, "svg", ""),
         *out = clipart_path(&scratch, "out", "");
    const OpenclipartConfig config = {.png = p, .svg = s, .size = 128, .least = min_images};
    OpenclipartReport r;
    Error err = {0};
    ck_assert_msg(openclipart_prepare(out, &config, &r, &err) == 0, "%s", err.text);
    mem_free(p);
    mem_free(s);
    mem_free(out);
    return r;
}

static uint64_t fnv(const char *text)
{
    uint64_t h = UINT64_C(14695981039346656037);
    for (; *text; text++) h = (h ^ (unsigned char)*text) * UINT64_C(1099511628211);
    return h;
}

/* Writes 40 valid images with tags t0 to t9, four images per tag; returns the number of test
 * images. */
static int fill(void)
{
    int test = 0;
    for (int i = 0; i < 40; i++) {
        char name[32], tags[32], path[40];
        snprintf(name, sizeof name, "fill%02d", i);
        snprintf(tags, sizeof tags, "t%d", i % 10);
        snprintf(path, sizeof path, "%s.png", name);
        clipart_image(&scratch, name, i, tags);
        test += fnv(path) % 5 == 0;
    }
    ck_assert(test > 0 && test < 30);
    return test;
}

START_TEST(counts_a_plain_collection)
{
    const int test = fill();
    const OpenclipartReport r = prepare(4);
    ck_assert_int_eq(r.tree.images, 40);
    ck_assert_int_eq(r.tree.kept, 40);
    ck_assert_int_eq(r.tree.tagged, 40);
    ck_assert_int_eq(r.set.tags, 10);
    ck_assert_int_eq(r.set.seen, 8);
    ck_assert_int_eq(r.set.unseen, 2);
    ck_assert_int_eq(r.set.test, test);
    ck_assert_int_eq(r.set.others, 40 - test);
    ck_assert_int_eq(r.set.labels, r.set.train);
    char *path = clipart_path(&scratch, "out", "unseen/tags.txt");
    Lines lines;
    ck_assert_int_eq(lines_read(path, &lines, NULL), 0);
    ck_assert_uint_eq(lines.count, 2);
    ck_assert_str_eq(lines.line[0], "t4");
    ck_assert_str_eq(lines.line[1], "t9");
    lines_free(&lines);
    mem_free(path);
}
END_TEST

/* Such a tag is one field of the annotations and one line of the list. */
START_TEST(keeps_a_tag_with_a_comma)
{
    fill();
    for (int i = 0; i < 20; i++) {
        char name[32];
        snprintf(name, sizeof name, "pot%02d", i);
        clipart_image(&scratch, name, 100 + i, "pots, \"pans\"");
    }
    ck_assert_int_eq(prepare(4).set.tags, 11);
    char *list = clipart_path(&scratch, "out", "seen/tags.txt"),
         *annotations = clipart_path(&scratch, "out", "seen/annotations.txt");
    TagList tags;
    Benchmark b;
    Error err = {0};
    int64_t labels = 0;
    ck_assert_msg(tags_read(list, &tags, &err) == 0, "%s", err.text);
    const int64_t k = tags_find(&tags, "pots, \"pans\"");
    ck_assert_int_ge(k, 0);
    ck_assert_msg(benchmark_read(annotations, &tags, &b, &err) == 0, "%s", err.text);
    ck_assert_int_eq(b.unknown, 0);
    for (int64_t i = 0; i < b.images; i++) labels += b.truth[i * b.tags + k];
    ck_assert_int_gt(labels, 0);
    benchmark_free(&b);
    tags_free(&tags);
    mem_free(annotations);
    mem_free(list);
}
END_TEST

START_TEST(drops_bad_svg)
{
    fill();
    clipart_png(&scratch, "no_twin.png", 9, 9, 1);
    clipart_image(&scratch, "cut", 201, "t0");
    clipart_text(&scratch, "svg", "cut.svg", "<svg><metadata>");
    clipart_image(&scratch, "version", 202, "t0");
    clipart_text(&scratch, "svg", "version.svg", "<?xml version=\"1\"?><svg/>");
    clipart_image(&scratch, "no_rdf", 203, "t0");
    clipart_text(&scratch, "svg", "no_rdf.svg",
                 "<svg xmlns=\"http://www.w3.org/2000/svg\"><metadata/></svg>");
    clipart_image(&scratch, "prefix", 204, "t0");
    clipart_text(&scratch, "svg", "prefix.svg", "<svg><undeclared:g/></svg>");
    const OpenclipartReport r = prepare(4);
    ck_assert_int_eq(r.tree.images, 45);
    ck_assert_int_eq(r.tree.bad_words, 5);
    ck_assert_int_eq(r.tree.kept, 40);
}
END_TEST

START_TEST(drops_images_without_tags_or_pixels)
{
    fill();
    clipart_image(&scratch, "untagged", 201, "");
    clipart_image(&scratch, "blank", 202, " |\n\t|");
    clipart_image(&scratch, "text", 203, "t0");
    clipart_text(&scratch, "png", "text.png", "no image");
    clipart_image(&scratch, "cut", 204, "t0");
    clipart_text(&scratch, "png", "cut.png", "\x89PNG\r\n\x1a\n");
    clipart_image(&scratch, "giant", 205, "t0");
    size_t len;
    uint8_t *giant = png_build(&(PngBuild){.width = 14000, .height = 14000, .depth = 8}, &len);
    clipart_bytes(&scratch, "png", "giant.png", giant, len);
    free(giant);
    const OpenclipartReport r = prepare(4);
    ck_assert_int_eq(r.tree.no_words, 2);
    ck_assert_int_eq(r.tree.bad_png, 3);
    ck_assert_int_eq(r.tree.kept, 40);
}
END_TEST

static bool written(const char *image)
{
    char *path = clipart_path(&scratch, "out/images", image);
    const bool there = file_exists(path);
    mem_free(path);
    return there;
}

/* Of several equal images, the first in walk order is kept: files of a folder come before
 * its subfolders. */
START_TEST(drops_duplicates)
{
    fill();
    clipart_image(&scratch, "z", 100, "t0");
    clipart_image(&scratch, "sub/a", 100, "t0");       /* the same file */
    clipart_image(&scratch, "sub-first/a", 101, "t0"); /* by path before sub/ */
    clipart_image(&scratch, "sub/deep/a", 101, "t0");
    clipart_image(&scratch, "sub/b", 101, "t0");
    clipart_svg(&scratch, "flat.svg", "", "t0");
    clipart_png(&scratch, "flat.png", 2, 1, 255); /* white */
    static const uint8_t clear[8] = {1, 2, 3, 0, 4, 5, 6, 0};
    size_t len;
    uint8_t *bytes = png_build(
        &(PngBuild){
            .width = 2, .height = 1, .depth = 8, .color = 6, .rows = clear, .row_len = 8},
        &len);
    clipart_bytes(&scratch, "png", "flat_clear.png", bytes, len);
    clipart_svg(&scratch, "flat_clear.svg", "", "t0");
    free(bytes);
    clipart_png(&scratch, "flat_turned.png", 1, 2, 255); /* a different size is kept */
    clipart_svg(&scratch, "flat_turned.svg", "", "t0");
    const OpenclipartReport r = prepare(4);
    ck_assert_int_eq(r.tree.images, 48);
    ck_assert_int_eq(r.tree.duplicates, 4);
    ck_assert(written("z.png") && !written("sub/a.png"));
    ck_assert(written("flat.png") && !written("flat_clear.png") && written("flat_turned.png"));
    ck_assert(written("sub/b.png") && !written("sub/deep/a.png") &&
              !written("sub-first/a.png"));
}
END_TEST

START_TEST(counts_images_without_a_useful_tag)
{
    fill();
    clipart_image(&scratch, "generated", 201, "t0|Magick");
    clipart_image(&scratch, "nothing", 202, "Clip_Art|computer|SVG");
    const OpenclipartReport r = prepare(4);
    ck_assert_int_eq(r.tree.kept, 42);
    ck_assert_int_eq(r.tree.tagged, 40);
    ck_assert(!written("generated.png"));
}
END_TEST

START_TEST(writes_small_images_over_white)
{
    fill();
    clipart_svg(&scratch, "large.svg", "", "t0");
    clipart_png(&scratch, "large.png", 300, 151, 7);
    prepare(4);
    char *path = clipart_path(&scratch, "out", "images/large.png");
    Image image;
    ck_assert_int_eq(image_read(path, NULL, &image, NULL, NULL), 0);
    ck_assert_int_eq(image.width, 128);
    ck_assert_int_eq(image.height, 64);
    ck_assert(image.rgb[0] == 7 && image.rgb[1] == 255);
    image_free(&image);
    mem_free(path);
}
END_TEST

START_TEST(names_what_is_missing)
{
    const OpenclipartConfig config = {
        .png = scratch_path(&scratch, "png"), .svg = scratch.dir, .size = 128, .least = 15};
    char *out = clipart_path(&scratch, "out", "");
    OpenclipartReport r;
    Error err = {0};
    ck_assert_int_eq(openclipart_prepare(out, &config, &r, &err), -1);
    expect_error(&err, ERROR_DATA, "no .png files");
    fill(); /* 4 images per tag: fewer than 15 */
    char *p = clipart_path(&scratch, "png", ""), *s = clipart_path(&scratch, "svg", "");
    const OpenclipartConfig full = {.png = p, .svg = s, .size = 128, .least = 15};
    err = (Error){0};
    ck_assert_int_eq(openclipart_prepare(out, &full, &r, &err), -1);
    expect_error(&err, ERROR_DATA, "0 tags: too few");
    mem_free(p);
    mem_free(s);
    mem_free(out);
}
END_TEST

static ClipartInfo info_of(const char *head, const char *tags)
{
    clipart_svg(&scratch, "one.svg", head, tags);
    char *path = clipart_path(&scratch, "svg", "one.svg");
    ClipartInfo info;
    Error err = {0};
    ck_assert_msg(clipart_svg_read(path, &info, &err) == 0, "%s", err.text);
    mem_free(path);
    return info;
}

START_TEST(reads_and_cleans_metadata)
{
    ClipartInfo info = info_of("<dc:title>\n A  fine\tcat </dc:title>",
                               "Cat |CAT|cat_food| Big  Cat |_|hash|Public_Domain|cat food");
    ck_assert_str_eq(info.title, "A fine cat"); /* not the title of the creator element */
    ck_assert_str_eq(info.description, "");
    ck_assert_int_eq(info.tags, 8);
    ck_assert_str_eq(info.tag[3], "Big Cat");
    clipart_tags_clean(&info);
    ck_assert_int_eq(info.tags, 3);
    ck_assert_str_eq(info.tag[0], "cat");
    ck_assert_str_eq(info.tag[1], "cat food");
    ck_assert_str_eq(info.tag[2], "big cat");
    clipart_info_free(&info);
}
END_TEST

typedef struct Caption {
    const char *head, *want[2]; /* NULL: one caption */
} Caption;

static const Caption captions[] = {
    {"<dc:title>A cat</dc:title>", {"A cat"}},
    {"<dc:title> A\n cat </dc:title><dc:description> It\t sleeps. </dc:description>",
     {"A cat", "A cat, It sleeps."}},
    {"<dc:title>A cat</dc:title><dc:description> \n </dc:description>", {"A cat"}},
    {"<dc:title/><dc:description>It sleeps.</dc:description>", {"a drawing of cat, black"}},
    {"", {"a drawing of cat, black"}},
};

START_TEST(captions_come_from_title_and_description)
{
    const Caption *c = &captions[_i];
    ClipartInfo info = info_of(c->head, "cat|black");
    LabeledImage image = {0};
    clipart_label(&info, &image);
    ck_assert_int_eq(image.captions, c->want[1] ? 2 : 1);
    for (int64_t i = 0; i < image.captions; i++) ck_assert_str_eq(image.caption[i], c->want[i]);
    ck_assert_int_eq(image.tags, 2);
    ck_assert_str_eq(image.tag[1], "black");
    labeled_free(&image);
    clipart_info_free(&info);
}
END_TEST

START_TEST(annotations_are_what_train_reads)
{
    fill();
    prepare(4);
    char *list = clipart_path(&scratch, "out", "train_tags.txt"),
         *path = clipart_path(&scratch, "out", "train.json");
    TagList tags;
    Annotations a;
    Error err = {0};
    ck_assert_int_eq(tags_read(list, &tags, &err), 0);
    ck_assert_msg(annotations_read((const char *const *)&path, 1, tags.count, &a, &err) == 0,
                  "%s", err.text);
    for (int64_t i = 0; i < a.count; i++) {
        char want[64];
        ck_assert_int_eq(a.tag_offset[i + 1] - a.tag_offset[i], 1);
        snprintf(want, sizeof want, "a drawing of %s", tags.name[a.tag[i]]);
        ck_assert_str_eq(a.caption[i], want);
        ck_assert_int_eq(strncmp(a.image_path[i], "images/fill", 11), 0);
        ck_assert_uint_ne(fnv(a.image_path[i] + strlen("images/")) % 5, 0);
    }
    annotations_free(&a);
    tags_free(&tags);
    mem_free(list);
    mem_free(path);
}
END_TEST

/* The real packages, if RAMPLUS_OPENCLIPART names the folder that contains png/ and svg/. */
START_TEST(the_real_collection_has_its_counts)
{
    const char *root = getenv("RAMPLUS_OPENCLIPART");
    if (!root) {
        fprintf(stderr, "skipped: openclipart: RAMPLUS_OPENCLIPART names no folder\n");
        return;
    }
    char *p = file_join(root, "png"), *s = file_join(root, "svg"),
         *out = clipart_path(&scratch, "out", "");
    const OpenclipartConfig config = {.png = p, .svg = s, .size = 32, .least = 15};
    OpenclipartReport r;
    Error err = {0};
    ck_assert_msg(openclipart_prepare(out, &config, &r, &err) == 0, "%s", err.text);
    const int64_t got[] = {r.tree.images,     r.tree.bad_words, r.tree.no_words, r.tree.bad_png,
                           r.tree.duplicates, r.tree.kept,      r.tree.tagged,   r.set.tags,
                           r.set.seen,        r.set.unseen,     r.set.test,      r.set.others,
                           r.set.train,       r.set.labels};
    const int64_t want[] = {8121, 3,   118, 3,    1297, 6700, 5181,
                            138,  111, 27,  1000, 4181, 3712, 6182};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) ck_assert_int_eq(got[i], want[i]);
    char *json = clipart_path(&scratch, "out", "train.json");
    Annotations a;
    ck_assert_int_eq(annotations_read((const char *const *)&json, 1, 111, &a, NULL), 0);
    ck_assert_int_eq(a.caption_offset[a.count], 3712 + 875); /* 875 have a description */
    annotations_free(&a);
    mem_free(json);
    mem_free(p);
    mem_free(s);
    mem_free(out);
}
END_TEST

Suite *test_openclipart_suite(void);
Suite *test_openclipart_suite(void)
{
    Suite *s = suite_create("openclipart");
    TCase *t = tcase_create("openclipart");
    tcase_set_timeout(t, 900);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, counts_a_plain_collection);
    tcase_add_test(t, keeps_a_tag_with_a_comma);
    tcase_add_test(t, drops_bad_svg);
    tcase_add_test(t, drops_images_without_tags_or_pixels);
    tcase_add_test(t, drops_duplicates);
    tcase_add_test(t, counts_images_without_a_useful_tag);
    tcase_add_test(t, writes_small_images_over_white);
    tcase_add_test(t, names_what_is_missing);
    tcase_add_test(t, reads_and_cleans_metadata);
    tcase_add_loop_test(t, captions_come_from_title_and_description, 0,
                        sizeof captions / sizeof *captions);
    tcase_add_test(t, annotations_are_what_train_reads);
    tcase_add_test(t, the_real_collection_has_its_counts);
    suite_add_tcase(s, t);
    return s;
}
