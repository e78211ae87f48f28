/* SPDX-License-Identifier: Apache-2.0 */
#include "core/file.h"
#include "core/mem.h"
#include "core/text.h"
#include "data/annotations.h"
#include "data/image/image.h"
#include "data/prepare/clipart_svg.h"
#include "data/prepare/clipart_tags.h"
#include "data/prepare/openclipart.h"
#include "data/tags.h"
#include "tests/data/image/png_build.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Scratch scratch;

static char *below(const char *folder, const char *name)
{
    char *dir = file_join(scratch.dir, folder), *path = file_join(dir, name);
    mem_free(dir);
    return path;
}

static void make_folder(const char *name)
{
    char *path = below(name, "");
    ck_assert_int_eq(file_mkdirs(path, NULL), 0);
    mem_free(path);
}

static void setup(void)
{
    scratch_new(&scratch);
    make_folder("png/sub-first");
    make_folder("png/sub/deep");
    make_folder("svg/sub-first");
    make_folder("svg/sub/deep");
}

static void teardown(void) { scratch_free(&scratch); }

static void write_bytes(const char *folder, const char *name, const void *data, size_t len)
{
    char *path = below(folder, name);
    Error err = {0};
    ck_assert_msg(file_write(path, data, len, &err) == 0, "%s", err.text);
    mem_free(path);
}

static void write_text(const char *folder, const char *name, const char *text)
{
    write_bytes(folder, name, text, strlen(text));
}

/* An SVG file with this inside the work's metadata; tags are separated by `|`. */
static void svg(const char *name, const char *head, const char *tags)
{
    Text t = {0};
    text_add(&t,
             "<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"><metadata>"
             "<r:RDF xmlns:r=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" "
             "xmlns:dc=\"http://purl.org/dc/elements/1.1/\" "
             "xmlns:cc=\"http://web.resource.org/cc/\"><cc:Work>%s"
             "<dc:creator><cc:Agent><dc:title>Somebody</dc:title></cc:Agent></dc:creator>"
             "<dc:subject><r:Bag>",
             head);
    for (const char *p = tags; *tags; p = strchr(p, '|') + 1) {
        text_add(&t, "<r:li>%.*s</r:li>", (int)strcspn(p, "|"), p);
        if (!strchr(p, '|')) break;
    }
    text_put(&t, "</r:Bag></dc:subject></cc:Work></r:RDF></metadata><g/></svg>\n");
    write_text("svg", name, t.data);
    text_free(&t);
}

/* An image of one color. */
static void png(const char *name, int64_t width, int64_t height, int red)
{
    Image image = image_new(width, height);
    for (int64_t i = 0; i < 3 * width * height; i++)
        image.rgb[i] = i % 3 == 0 ? (uint8_t)red : 255;
    char *path = below("png", name);
    Error err = {0};
    ck_assert_msg(image_write_png(path, &image, &err) == 0, "%s", err.text);
    mem_free(path);
    image_free(&image);
}

/* One image of both trees. */
static void image(const char *name, int red, const char *tags)
{
    char *file = mem_format("%s.png", name), *twin = mem_format("%s.svg", name);
    png(file, 20, 10, red);
    svg(twin, "", tags);
    mem_free(file);
    mem_free(twin);
}

static OpenclipartReport prepare(int64_t least)
{
    char *p = below("png", ""), *s = below("svg", ""), *out = below("out", "");
    const OpenclipartConfig config = {.png = p, .svg = s, .size = 128, .least = least};
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

/* 40 good images with tags t0 to t9, four each; returns how many are for the test. */
static int fill(void)
{
    int test = 0;
    for (int i = 0; i < 40; i++) {
        char name[32], tags[32], path[40];
        snprintf(name, sizeof name, "fill%02d", i);
        snprintf(tags, sizeof tags, "t%d", i % 10);
        snprintf(path, sizeof path, "%s.png", name);
        image(name, i, tags);
        test += fnv(path) % 5 == 0;
    }
    ck_assert(test > 0 && test < 30);
    return test;
}

START_TEST(counts_a_plain_collection)
{
    const int test = fill();
    const OpenclipartReport r = prepare(4);
    ck_assert_int_eq(r.images, 40);
    ck_assert_int_eq(r.kept, 40);
    ck_assert_int_eq(r.tagged, 40);
    ck_assert_int_eq(r.tags, 10);
    ck_assert_int_eq(r.seen, 8);
    ck_assert_int_eq(r.unseen, 2);
    ck_assert_int_eq(r.test, test);
    ck_assert_int_eq(r.others, 40 - test);
    ck_assert_int_eq(r.labels, r.train);
    char *path = below("out", "unseen/tags.txt");
    Lines lines;
    ck_assert_int_eq(lines_read(path, &lines, NULL), 0);
    ck_assert_uint_eq(lines.count, 2);
    ck_assert_str_eq(lines.line[0], "t4");
    ck_assert_str_eq(lines.line[1], "t9");
    lines_free(&lines);
    mem_free(path);
}
END_TEST

START_TEST(drops_bad_svg)
{
    fill();
    png("no_twin.png", 9, 9, 1);
    image("cut", 201, "t0");
    write_text("svg", "cut.svg", "<svg><metadata>");
    image("version", 202, "t0");
    write_text("svg", "version.svg", "<?xml version=\"1\"?><svg/>");
    image("no_rdf", 203, "t0");
    write_text("svg", "no_rdf.svg",
               "<svg xmlns=\"http://www.w3.org/2000/svg\"><metadata/></svg>");
    image("prefix", 204, "t0");
    write_text("svg", "prefix.svg", "<svg><undeclared:g/></svg>");
    const OpenclipartReport r = prepare(4);
    ck_assert_int_eq(r.images, 45);
    ck_assert_int_eq(r.bad_svg, 5);
    ck_assert_int_eq(r.kept, 40);
}
END_TEST

START_TEST(drops_images_without_tags_or_pixels)
{
    fill();
    image("untagged", 201, "");
    image("blank", 202, " |\n\t|");
    image("text", 203, "t0");
    write_text("png", "text.png", "no image");
    image("cut", 204, "t0");
    write_text("png", "cut.png", "\x89PNG\r\n\x1a\n");
    image("giant", 205, "t0");
    size_t len;
    uint8_t *giant = png_build(&(PngBuild){.width = 14000, .height = 14000, .depth = 8}, &len);
    write_bytes("png", "giant.png", giant, len);
    free(giant);
    const OpenclipartReport r = prepare(4);
    ck_assert_int_eq(r.untagged, 2);
    ck_assert_int_eq(r.bad_png, 3);
    ck_assert_int_eq(r.kept, 40);
}
END_TEST

static bool written(const char *image)
{
    char *path = below("out/images", image);
    const bool there = file_exists(path);
    mem_free(path);
    return there;
}

/* Of equal images the first of the walk stays: files of a folder before its folders. */
START_TEST(drops_duplicates)
{
    fill();
    image("z", 100, "t0");
    image("sub/a", 100, "t0");       /* the same file */
    image("sub-first/a", 101, "t0"); /* sorted before sub/ by whole path, after it by folder */
    image("sub/deep/a", 101, "t0");
    image("sub/b", 101, "t0");
    svg("flat.svg", "", "t0");
    png("flat.png", 2, 1, 255); /* white */
    static const uint8_t clear[8] = {1, 2, 3, 0, 4, 5, 6, 0};
    size_t len;
    uint8_t *bytes = png_build(
        &(PngBuild){
            .width = 2, .height = 1, .depth = 8, .color = 6, .rows = clear, .row_len = 8},
        &len);
    write_bytes("png", "flat_clear.png", bytes, len);
    svg("flat_clear.svg", "", "t0");
    free(bytes);
    png("flat_turned.png", 1, 2, 255); /* other size: stays */
    svg("flat_turned.svg", "", "t0");
    const OpenclipartReport r = prepare(4);
    ck_assert_int_eq(r.images, 48);
    ck_assert_int_eq(r.duplicates, 4);
    ck_assert(written("z.png") && !written("sub/a.png"));
    ck_assert(written("flat.png") && !written("flat_clear.png") && written("flat_turned.png"));
    ck_assert(written("sub/b.png") && !written("sub/deep/a.png") &&
              !written("sub-first/a.png"));
}
END_TEST

START_TEST(counts_images_without_a_useful_tag)
{
    fill();
    image("generated", 201, "t0|Magick");
    image("nothing", 202, "Clip_Art|computer|SVG");
    const OpenclipartReport r = prepare(4);
    ck_assert_int_eq(r.kept, 42);
    ck_assert_int_eq(r.tagged, 40);
    ck_assert(!written("generated.png"));
}
END_TEST

START_TEST(writes_small_images_over_white)
{
    fill();
    svg("large.svg", "", "t0");
    png("large.png", 300, 151, 7);
    prepare(4);
    char *path = below("out", "images/large.png");
    Image image;
    ck_assert_int_eq(image_read(path, IMAGE_ALPHA_DROP, &image, NULL), 0);
    ck_assert_int_eq(image.width, 128);
    ck_assert_int_eq(image.height, 64);
    ck_assert(image.rgb[0] == 7 && image.rgb[1] == 255);
    image_free(&image);
    mem_free(path);
}
END_TEST

START_TEST(says_what_is_missing)
{
    const OpenclipartConfig config = {
        .png = scratch_path(&scratch, "png"), .svg = scratch.dir, .size = 128, .least = 15};
    char *out = below("out", "");
    OpenclipartReport r;
    Error err = {0};
    ck_assert_int_eq(openclipart_prepare(out, &config, &r, &err), -1);
    expect_error(&err, ERROR_DATA, "no .png files");
    fill(); /* 4 images a tag: fewer than 15 */
    char *p = below("png", ""), *s = below("svg", "");
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
    svg("one.svg", head, tags);
    char *path = below("svg", "one.svg");
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
    ck_assert_str_eq(info.title, "A fine cat"); /* not the creator's */
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
    const char *head, *want;
} Caption;

static const Caption captions[] = {
    {"<dc:title>A cat</dc:title>", "A cat"},
    {"<dc:title>A cat</dc:title><dc:description>It sleeps.</dc:description>",
     "A cat, It sleeps."},
    {"<dc:title/><dc:description>It sleeps.</dc:description>", "a drawing of cat, black"},
    {"", "a drawing of cat, black"},
};

START_TEST(captions_come_from_title_and_description)
{
    ClipartInfo info = info_of(captions[_i].head, "cat|black");
    Text t = {0};
    clipart_caption(&info, &t);
    ck_assert_str_eq(t.data, captions[_i].want);
    text_free(&t);
    clipart_info_free(&info);
}
END_TEST

START_TEST(annotations_are_what_train_reads)
{
    fill();
    prepare(4);
    char *list = below("out", "train_tags.txt"), *path = below("out", "train.json");
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

/* The packages themselves, when RAMPLUS_OPENCLIPART names the folder that holds png/ and svg/. */
START_TEST(the_real_collection_has_its_counts)
{
    const char *root = getenv("RAMPLUS_OPENCLIPART");
    if (!root) {
        fprintf(stderr, "skipped: openclipart: RAMPLUS_OPENCLIPART names no folder\n");
        return;
    }
    char *p = file_join(root, "png"), *s = file_join(root, "svg"), *out = below("out", "");
    const OpenclipartConfig config = {.png = p, .svg = s, .size = 32, .least = 15};
    OpenclipartReport r;
    Error err = {0};
    ck_assert_msg(openclipart_prepare(out, &config, &r, &err) == 0, "%s", err.text);
    const int64_t got[] = {r.images, r.bad_svg, r.untagged, r.bad_png, r.duplicates,
                           r.kept,   r.tagged,  r.tags,     r.seen,    r.unseen,
                           r.test,   r.others,  r.train,    r.labels};
    const int64_t want[] = {8121, 3,   118, 3,    1297, 6700, 5181,
                            138,  111, 27,  1000, 4181, 3712, 6182};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) ck_assert_int_eq(got[i], want[i]);
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
    tcase_add_test(t, drops_bad_svg);
    tcase_add_test(t, drops_images_without_tags_or_pixels);
    tcase_add_test(t, drops_duplicates);
    tcase_add_test(t, counts_images_without_a_useful_tag);
    tcase_add_test(t, writes_small_images_over_white);
    tcase_add_test(t, says_what_is_missing);
    tcase_add_test(t, reads_and_cleans_metadata);
    tcase_add_loop_test(t, captions_come_from_title_and_description, 0,
                        sizeof captions / sizeof *captions);
    tcase_add_test(t, annotations_are_what_train_reads);
    tcase_add_test(t, the_real_collection_has_its_counts);
    suite_add_tcase(s, t);
    return s;
}
