/* SPDX-License-Identifier: Apache-2.0 */
/* `prepare stats`: what it counts, which images it takes for the same, and what it refuses. */
#include "core/io/file.h"
#include "core/io/text.h"
#include "core/mem.h"
#include "data/image/image.h"
#include "data/stats/stats.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static Scratch scratch;
static char *folder;

/* A picture of a few waves, the same for the same seed at any size, drawn brighter by
 * `light`. */
static Image picture(int64_t width, int64_t height, int seed, int light)
{
    Image image = image_new(width, height);
    for (int64_t y = 0; y < height; y++)
        for (int64_t x = 0; x < width; x++) {
            const double u = 12 * (double)x / (double)width,
                         v = 12 * (double)y / (double)height;
            const double a = sin(u * (1 + seed % 3) + seed), b = cos(v * (1 + seed % 5) - seed);
            uint8_t *p = image.rgb + 3 * (y * width + x);
            p[0] = (uint8_t)(light + 90 + 40 * a + 40 * b);
            p[1] = (uint8_t)(light + 90 + 40 * sin(u + v * seed));
            p[2] = (uint8_t)(light + 90 + 70 * a * b);
        }
    return image;
}

static void write_png(const char *name, Image image)
{
    char *path = mem_format("data/images/%s", name);
    Bytes png;
    ck_assert_int_eq(image_encode_png(&image, &png, NULL), 0);
    scratch_write(&scratch, path, png.data, png.len);
    bytes_free(&png);
    image_free(&image);
    mem_free(path);
}

#define RECORD(image, ids, captions)                                                           \
    "{\"image_path\": \"images/" image "\", \"union_label_id\": [" ids                         \
    "], \"caption\": [" captions "]}"

static const char records[] =
    "[" RECORD("a.png", "0, 1", "\"a dog\", \"\"") ",\n" RECORD("b.png", "0, 1, 1", "\"two cats and one dog\"") ",\n" RECORD(
        "c.png", "2",
        "") ",\n" RECORD("none.png", "0",
                         "\"x\"") ",\n" RECORD("text.png", "",
                                               "\"x\"") ",\n" RECORD("a.png", "0",
                                                                     "\"again\"") ",\n" RECORD("a.png",
                                                                                               "9",
                                                                                               "\"outside\"") "]";

/* a: 60 x 40. b: another one. c: black. small: a at half its size. copy: b's bytes. light: a in
 * other colors. The test set names a itself, copy, small, light and one of its own. */
static void setup(void)
{
    scratch_new(&scratch);
    folder = file_join(scratch.dir, "data");
    write_png("a.png", picture(120, 80, 1, 0));
    write_png("b.png", picture(60, 80, 2, 0));
    write_png("copy.png", picture(60, 80, 2, 0));
    write_png("c.png", image_new(30, 30));
    write_png("small.png", picture(60, 40, 1, 0));
    write_png("light.png", picture(120, 80, 1, 60));
    write_png("own.png", picture(50, 70, 7, 0));
    scratch_text(&scratch, "data/images/text.png", "no image");
    scratch_text(&scratch, "data/train.json", records);
    scratch_text(&scratch, "data/train_tags.txt", "dog\ncat\nblack\nnever\n");
    scratch_text(&scratch, "data/seen/tags.txt", "dog\ncat\nzebra\n");
    scratch_text(&scratch, "data/seen/annotations.txt",
                 "images/a.png,dog,cat\nimages/copy.png,cat\nimages/small.png,dog\n"
                 "images/light.png,dog\nimages/own.png\n");
}

static void teardown(void)
{
    mem_free(folder);
    scratch_free(&scratch);
}

static StatsConfig config(void)
{
    return (StatsConfig){
        .folder = folder, .images = true, .distance = 6, .pairs = 5, .least = 1};
}

static const StatsImage *image_of(const Stats *s, const char *name)
{
    for (int64_t i = 0; i < s->images.count; i++)
        if (strcmp(s->images.at[i].name, name) == 0) return &s->images.at[i];
    ck_abort_msg("%s is not listed", name);
}

/* Records whose tags are not annotated are none without a tag; those of PMI are the others. */
START_TEST(counts_what_is_not_annotated)
{
    static const char half[] =
        "[{\"image_path\": \"images/a.png\", \"union_label_id\": [0, 1], \"unknown_label_id\": "
        "[3]},\n{\"image_path\": \"images/b.png\", \"caption\": [\"x\"]},\n"
        "{\"image_path\": \"images/c.png\", \"union_label_id\": [-1], \"caption\": [\"y\"]},\n"
        "{\"image_path\": \"images/c.png\", \"union_label_id\": []}]";
    Stats s;
    Error err = {0};
    const StatsConfig c = config();
    scratch_text(&scratch, "data/train.json", half);
    ck_assert_msg(stats_read(&c, &s, &err) == 0, "%s", err.text);
    const RecordStats *r = &s.records;
    ck_assert_int_eq(r->records, 4);
    ck_assert_int_eq(r->untagged, 1);
    ck_assert_int_eq(r->unannotated, 2);
    ck_assert_int_eq(r->uncaptioned, 2);
    ck_assert_int_eq(r->unknown, 1);
    ck_assert_int_eq(r->labels, 2);
    ck_assert_int_eq(r->tags_of.count, 2);
    ck_assert_int_eq(s.counts, 1);
    ck_assert(fabs(s.by_count[0].pmi - log2(1.0 * 2 / (1 * 1))) < 1e-12);
    stats_free(&s);
}
END_TEST

START_TEST(counts_records)
{
    Stats s;
    Error err = {0};
    const StatsConfig c = config();
    ck_assert_msg(stats_read(&c, &s, &err) == 0, "%s", err.text);
    const RecordStats *r = &s.records;
    ck_assert_int_eq(r->records, 6);
    ck_assert_int_eq(r->bad, 1);
    ck_assert_ptr_nonnull(strstr(r->first_bad.text, "record 7 (line 7): union_label_id[0]"));
    ck_assert_int_eq(r->labels, 7);
    ck_assert_int_eq(r->untagged, 1);
    ck_assert_int_eq(r->uncaptioned, 1);
    ck_assert_int_eq(r->blank_captions, 1);
    ck_assert_int_eq(r->words.count, 6);
    ck_assert_int_eq(r->words.max, 5);
    ck_assert_int_eq(r->per_tag[0], 4);
    ck_assert_int_eq(r->per_tag[3], 0);
    ck_assert_int_eq(record_stats_tags(r, 0, 0), 1);
    ck_assert_int_eq(record_stats_tags(r, 1, 9), 3);
    ck_assert(fabs(stats_head_share(&s) - 4.0 / 7) < 1e-12);
    ck_assert_int_eq(s.order[0], 0);
    ck_assert_int_eq(s.order[3], 3);
    ck_assert_int_eq(s.counts, 1);
    ck_assert_int_eq(s.by_count[0].count, 2);
    ck_assert(fabs(s.by_count[0].pmi - log2(2.0 * 6 / (4 * 2))) < 1e-12);
    stats_free(&s);
}
END_TEST

START_TEST(compares_images)
{
    Stats s;
    const StatsConfig c = config();
    ck_assert_int_eq(stats_read(&c, &s, NULL), 0);
    const StatsImages *im = &s.images;
    ck_assert_int_eq(im->count, 9);
    ck_assert_int_eq(im->repeats, 1); /* a.png */
    ck_assert_int_eq(im->missing, 1);
    ck_assert_int_eq(im->unreadable, 1);
    ck_assert_int_eq(im->good, 7);
    ck_assert_int_eq(im->incomparable, 1); /* black */
    ck_assert_int_eq(im->exact_groups, 1);
    ck_assert_int_eq(im->exact_images, 2);
    ck_assert_int_eq(im->near_groups, 2);
    ck_assert_int_eq(im->near_images, 4);
    ck_assert_ptr_eq(&im->at[image_of(&s, "images/small.png")->near],
                     image_of(&s, "images/a.png"));
    ck_assert_int_eq(image_of(&s, "images/light.png")->near, -1);
    ck_assert_ptr_eq(&im->at[image_of(&s, "images/copy.png")->exact],
                     image_of(&s, "images/b.png"));
    ck_assert_int_eq(im->shortest.max, 80);
    stats_free(&s);
}
END_TEST

/* By name, by bytes, by looks; not by looks in other colors. */
START_TEST(finds_test_images_in_training)
{
    Stats s;
    const StatsConfig c = config();
    ck_assert_int_eq(stats_read(&c, &s, NULL), 0);
    ck_assert_int_eq(s.sets, 1);
    ck_assert_int_eq(s.set[1].images, 5);
    ck_assert_int_eq(s.set[1].labels, 5);
    ck_assert_int_eq(s.set[1].untagged, 1);
    ck_assert_int_eq(s.set[1].absent_tags, 1);
    ck_assert_int_eq(s.images.leaks[1], 3);
    ck_assert_int_eq(s.images.leaked, 3);
    ck_assert_int_eq(image_of(&s, "images/a.png")->leak_distance, -1);
    ck_assert_int_eq(image_of(&s, "images/copy.png")->leak_distance, 0);
    ck_assert_int_ge(image_of(&s, "images/small.png")->leak_distance, 1);
    ck_assert_int_eq(image_of(&s, "images/light.png")->leak, -1);
    ck_assert_int_eq(image_of(&s, "images/own.png")->leak, -1);
    ck_assert_int_eq(image_of(&s, "images/b.png")->leak, -1); /* a training image alone */
    stats_free(&s);
}
END_TEST

/* Two sets, images in other folders, names without endings. */
START_TEST(takes_parts_from_anywhere)
{
    Stats s;
    Error err = {0};
    char *mine =
        mem_strdup(scratch_text(&scratch, "mine.json", "[" RECORD("own.png", "0", "") "]"));
    char *tags = mem_strdup(scratch_text(&scratch, "tags.txt", "dog\n"));
    scratch_text(&scratch, "test/tags.txt", "x\n");
    scratch_text(&scratch, "test/annotations.txt", "own,x\nlost,x\n");
    char *test = file_join(scratch.dir, "test"), *seen = file_join(folder, "seen");
    char *from = mem_format("%s/images/own.png", folder), *to = mem_format("%s/own.png", test);
    ck_assert_int_eq(symlink(from, to), 0);
    const char *const train[] = {mine}, *const eval[] = {test, seen};
    StatsConfig c = config();
    c.train = train, c.train_files = 1, c.tags = tags, c.eval = eval, c.evals = 2;
    ck_assert_msg(stats_read(&c, &s, &err) == 0, "%s", err.text);
    ck_assert_int_eq(s.records.records, 1);
    ck_assert_int_eq(s.sets, 2);
    ck_assert_int_eq(s.images.leaks[2], 1); /* own, by name */
    stats_free(&s);
    mem_free(to), mem_free(from), mem_free(seen), mem_free(test), mem_free(tags),
        mem_free(mine);
}
END_TEST

START_TEST(names_stay_below_the_root)
{
    Stats s;
    char *outside =
        mem_format("[{\"image_path\": \"../data/images/a.png\", \"union_label_id\": []},"
                   "{\"image_path\": \"%s/data/seen/../images/b.png\", "
                   "\"union_label_id\": []}]",
                   scratch.dir);
    char *root = file_join(folder, "seen"),
         *mine = mem_strdup(scratch_text(&scratch, "m.json", outside));
    const char *const train[] = {mine};
    StatsConfig c = config();
    c.train = train, c.train_files = 1, c.root = root;
    ck_assert_int_eq(stats_read(&c, &s, NULL), 0);
    for (int64_t i = 0; i < s.images.count; i++)
        if (s.images.at[i].sets & 1) ck_assert_int_eq(s.images.at[i].state, STATS_UNREADABLE);
    stats_free(&s);
    mem_free(mine), mem_free(root), mem_free(outside);
}
END_TEST

static int run(const char *options, char **printed, char **messages)
{
    char *line = mem_format("prepare stats %s %s", folder, options);
    const int code = run_program(&scratch, line, printed, messages);
    mem_free(line);
    return code;
}

START_TEST(prints_text)
{
    static const char *const wanted[] = {
        "         6  training records\n",
        "         1  bad records, left out\n",
        "tags per record: mean 1.17, median 1, 5% 0, 95% 2, largest 2\n",
        "    1 to     9  3\n",
        "         4  dog\n",
        "         2    0.58  dog, cat\n",
        "         3  images that are training images, or look like one\n",
        "         1  missing\n",
        "  images/b.png, images/copy.png\n",
        "  images/a.png (by name)\n",
        "  images/copy.png = images/b.png (equal bytes)\n",
        "  images/small.png = images/a.png ("};
    char *printed, *messages;
    ck_assert_int_eq(run("--distance 6", &printed, &messages), 0);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        ck_assert_msg(strstr(printed, wanted[i]), "%s\nlacks %s", printed, wanted[i]);
    ck_assert_msg(strstr(messages, "evaluation images that are training images, or look like "
                                   "one: 3"),
                  "%s", messages);
    mem_free(printed);
    mem_free(messages);
}
END_TEST

START_TEST(prints_json)
{
    char *printed;
    ck_assert_int_eq(run("--json --distance 6 --rows 2", &printed, NULL), 0);
    json_t *all = json_loads(printed, 0, NULL);
    ck_assert_ptr_nonnull(all);
    const json_t *t = json_object_get(all, "training"), *i = json_object_get(all, "images");
    ck_assert_int_eq(json_integer_value(json_object_get(t, "records")), 6);
    ck_assert_int_eq(json_array_size(json_object_get(t, "most_frequent")), 2);
    ck_assert_int_eq(json_integer_value(json_object_get(i, "equal")), 2);
    ck_assert_int_eq(json_array_size(json_object_get(i, "leaks")), 2);
    ck_assert_int_eq(json_array_size(json_object_get(all, "evaluation")), 1);
    json_decref(all);
    mem_free(printed);
}
END_TEST

START_TEST(writes_csv)
{
    Bytes b;
    char *line = mem_format("--distance 6 --csv %s/csv", scratch.dir);
    ck_assert_int_eq(run(line, NULL, NULL), 0);
    ck_assert_int_eq(file_read(scratch_path(&scratch, "csv/tags.csv"), &b, NULL), 0);
    ck_assert_str_eq((char *)b.data, "tag,images\ndog,4\ncat,2\nblack,1\nnever,0\n");
    bytes_free(&b);
    ck_assert_int_eq(file_read(scratch_path(&scratch, "csv/images.csv"), &b, NULL), 0);
    ck_assert_ptr_nonnull(strstr((char *)b.data, "\nimages/none.png,1,0,missing,0,0,0,,,,\n"));
    ck_assert_ptr_nonnull(
        strstr((char *)b.data, ",images/b.png,images/b.png,images/b.png,bytes\n"));
    bytes_free(&b);
    ck_assert_int_eq(file_read(scratch_path(&scratch, "csv/pairs.csv"), &b, NULL), 0);
    ck_assert_str_eq((char *)b.data, "by,a,b,images,pmi\ncount,dog,cat,2,0.584963\n");
    bytes_free(&b);
    mem_free(line);
}
END_TEST

START_TEST(reads_annotations_alone)
{
    char *printed;
    ck_assert_int_eq(run("--no-images", &printed, NULL), 0);
    ck_assert_ptr_nonnull(strstr(printed, "         9  images, each counted once\n"));
    ck_assert_ptr_null(strstr(printed, "missing"));
    mem_free(printed);
}
END_TEST

typedef struct Misuse {
    int code;
    const char *options, *why;
} Misuse;

static const Misuse misuses[] = {
    {ERROR_DATA, "--strict",
     "bad records: 1, missing, unreadable or damaged images: 2, evaluation"},
    {ERROR_DATA, "--tags /nowhere", "/nowhere: cannot open"},
    {ERROR_DATA, "--train /nowhere", "/nowhere: cannot open"},
    {ERROR_DATA, "--eval /nowhere", "/nowhere/tags.txt: cannot open"},
    {ERROR_USAGE, "--distance 16", "expected 0 to 15 bits"},
    {ERROR_USAGE, "more", "more: unexpected argument"},
};

START_TEST(refuses_misuse)
{
    char *messages;
    ck_assert_int_eq(run(misuses[_i].options, NULL, &messages), misuses[_i].code);
    ck_assert_msg(strstr(messages, misuses[_i].why), "%s", messages);
    mem_free(messages);
}
END_TEST

START_TEST(refuses_other_folders)
{
    Stats s;
    Error err = {0};
    StatsConfig c = config();
    c.folder = scratch.dir;
    ck_assert_int_eq(stats_read(&c, &s, &err), -1);
    expect_error(&err, ERROR_DATA, "neither train.json nor annotations.txt: not a data folder");
    stats_free(&s);
    c.folder = "/nowhere";
    err = (Error){0};
    ck_assert_int_eq(stats_read(&c, &s, &err), -1);
    expect_error(&err, ERROR_DATA, "/nowhere");
    stats_free(&s);
}
END_TEST

Suite *test_stats_suite(void);
Suite *test_stats_suite(void)
{
    Suite *s = suite_create("stats");
    TCase *t = tcase_create("stats");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, counts_records);
    tcase_add_test(t, counts_what_is_not_annotated);
    tcase_add_test(t, compares_images);
    tcase_add_test(t, finds_test_images_in_training);
    tcase_add_test(t, takes_parts_from_anywhere);
    tcase_add_test(t, names_stay_below_the_root);
    tcase_add_test(t, prints_text);
    tcase_add_test(t, prints_json);
    tcase_add_test(t, writes_csv);
    tcase_add_test(t, reads_annotations_alone);
    tcase_add_loop_test(t, refuses_misuse, 0, sizeof misuses / sizeof *misuses);
    tcase_add_test(t, refuses_other_folders);
    suite_add_tcase(s, t);
    return s;
}
