/* SPDX-License-Identifier: Apache-2.0 */
/* `ramplus tag --heatmap` as a user runs it: which files it writes, what they contain, and
 * errors. */
#include "core/io/file.h"
#include "core/io/file_walk.h"
#include "core/io/text.h"
#include "core/mem.h"
#include "eval/recognizer.h"
#include "eval/tag/heatmap.h"
#include "model/attention_map.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <string.h>

#define TAG "tag --checkpoint @/m/checkpoints/latest "
#define ONE "@/data/images/test/000000.png"
#define TWO "@/data/images/test/000001.png"

enum { FAILED = 1, USAGE = 2, DATA = 3 };

/* Two tokens per side, so that maps are not flat. */
static void setup(void)
{
    tiny_new();
    mem_free(tiny_train(
        0, "m", "swin.depths=1,1,1,1 model.layers=2 model.image_size=64 train.max_steps=7"));
    tiny_write("@/text.png", "this is no image\n");
    tiny_write("@/odd_tags.txt", "a/b\na b\nred-1\n..\ncaf\xc3\xa9\n");
}

/* The files of a folder, one per line; owned. */
static char *list(const char *folder)
{
    Lines files;
    Text out = {0};
    char *path = tiny_path(folder);
    ck_assert_int_eq(file_walk(path, &files, NULL), 0);
    text_put(&out, "");
    for (size_t i = 0; i < files.count; i++) text_add(&out, "%s\n", files.line[i]);
    lines_free(&files);
    mem_free(path);
    return out.data;
}

static void expect_files(const char *folder, const char *want)
{
    char *have = list(folder);
    ck_assert_str_eq(have, want);
    mem_free(have);
}

static Image read_full(const char *path)
{
    Image image;
    Error err = {0};
    char *full = tiny_path(path);
    ck_assert_msg(image_read(full, NULL, &image, NULL, &err) == 0, "%s", err.text);
    mem_free(full);
    return image;
}

static size_t lines(const char *text)
{
    size_t n = 0;
    for (; *text; text++) n += *text == '\n';
    return n;
}

/* Three tags per image by default, never more than are printed; stdout does not change. */
START_TEST(as_many_as_asked)
{
    static const struct {
        const char *print, *draw;
        size_t files;
    } ask[] = {{"--top 5", "", 6},
               {"--top 5", "--heatmap-tags 4", 8},
               {"--top 2", "--heatmap-tags 9", 4},
               {"--threshold 1", "", 0},
               {"--top 1 --csv", "", 2},
               {"--top 67", "--heatmap-tags 67", 134}};
    char *plain = mem_format(TAG "%s " ONE " " TWO, ask[_i].print), *messages, *out;
    char *with = mem_format("%s %s --heatmap @/h%d/deep", plain, ask[_i].draw, _i);
    char *folder = mem_format("@/h%d", _i), *want = tiny_out(0, plain);
    ck_assert_int_eq(tiny_run(with, &out, &messages), 0);
    ck_assert_str_eq(out, want);
    char *said = mem_format("/deep: %zu heat maps\n", ask[_i].files);
    ck_assert_msg(strstr(messages, said), "%s", messages);
    char *files = list(folder);
    ck_assert_uint_eq(lines(files), ask[_i].files);
    mem_free(files);
    mem_free(said);
    mem_free(out);
    mem_free(messages);
    mem_free(want);
    mem_free(folder);
    mem_free(with);
    mem_free(plain);
}
END_TEST

/* The file names contain the tags that are printed first. */
START_TEST(the_best_tags)
{
    json_t *json = tiny_json(TAG "--json --top 2 --heatmap @/best " ONE);
    const json_t *tags = json_object_get(json_array_get(json, 0), "tags");
    for (size_t k = 0; k < 2; k++) {
        const json_t *tag = json_object_get(json_array_get(tags, k), "tag");
        char *name = mem_strdup(json_string_value(tag));
        for (char *p = name; *p; p++)
            if (*p == ' ') *p = '_';
        char *path = mem_format("@/best/000000.%s.png", name);
        Image image = read_full(path);
        ck_assert(image.width == 32 && image.height == 32);
        image_free(&image);
        mem_free(path);
        mem_free(name);
    }
    json_decref(json);
}
END_TEST

/* Names that become equal, of tags or of images, are numbered. */
START_TEST(names_are_safe_and_different)
{
    char *copy = tiny_path("mkdir -p @/b && cp " ONE " @/b/000000.PNG && cp " ONE " @/b/none");
    ck_assert_int_eq(system(copy), 0);
    mem_free(copy);
    mem_free(
        tiny_out(0, TAG "--tags @/odd_tags.txt --top 9 --heatmap-tags 9 --heatmap @/odd " ONE));
    expect_files("@/odd", "000000.__.png\n000000.a_b-2.png\n000000.a_b.png\n"
                          "000000.caf\xc3\xa9.png\n000000.red-1.png\n");
    mem_free(tiny_out(0, TAG "--heatmap-tag red --heatmap @/twice " ONE
                             " @/b/000000.PNG @/b/none --heatmap-tag 'red circle'"));
    expect_files("@/twice", "000000.red-2.png\n000000.red.png\n000000.red_circle-2.png\n"
                            "000000.red_circle.png\nnone.red.png\nnone.red_circle.png\n");
}
END_TEST

/* The file shows the map of its tag over the image. */
START_TEST(the_right_map)
{
    mem_free(tiny_out(0, TAG "--threshold 1 --heatmap-tag blue --heatmap @/right " TWO));
    Recognizer r;
    char *checkpoint = tiny_path("@/m/checkpoints/latest"), *path = tiny_path(TWO);
    ck_assert_int_eq(recognizer_open(checkpoint, NULL, 0, &r, NULL), 0);
    tape_set_recording(r.shards->joint, false);
    Image plain = read_full(TWO), have = read_full("@/right/000001.blue.png");
    float pixels[3 * 64 * 64], map[4];
    const Scorer scorer = recognizer_scorer(&r);
    const int64_t tag = tags_find(&r.labels.tags, "blue");
    scorer_view(&scorer, &plain, pixels);
    const RamPlusImage image =
        ram_plus_image(r.shards->joint, r.model,
                       tape_input(r.shards->joint, 4, (int64_t[]){1, 3, 64, 64}, pixels));
    attention_map(r.shards->joint, r.model, &image, r.labels.bank, 1, &tag, map);
    Image want = heatmap_draw(&plain, 2, map);
    ck_assert(have.width == want.width && have.height == want.height);
    ck_assert_mem_eq(have.rgb, want.rgb, (size_t)(want.width * want.height) * 3);
    ck_assert_mem_ne(have.rgb, plain.rgb, 32);
    image_free(&want);
    image_free(&have);
    image_free(&plain);
    recognizer_close(&r);
    mem_free(path);
    mem_free(checkpoint);
}
END_TEST

/* Large images are scaled down, rounded to the nearest pixel; thin images keep at least one
 * pixel. */
START_TEST(large_images)
{
    static const int64_t size[][4] = {
        {1500, 300, 1024, 205}, {2, 3000, 1, 1024}, {1024, 5, 1024, 5}};
    Error err = {0};
    Image large = image_new(size[_i][0], size[_i][1]);
    memset(large.rgb, 90, (size_t)(large.width * large.height * 3));
    char *path = tiny_path("@/large.png");
    ck_assert_int_eq(image_write_png(path, &large, &err), 0);
    mem_free(tiny_out(0, TAG "--heatmap-tag red --heatmap @/large @/large.png"));
    Image drawn = read_full("@/large/large.red.png");
    ck_assert_int_eq(drawn.width, size[_i][2]);
    ck_assert_int_eq(drawn.height, size[_i][3]);
    image_free(&drawn);
    image_free(&large);
    mem_free(path);
}
END_TEST

START_TEST(bad_images)
{
    char *messages =
        tiny_messages(DATA, TAG "--heatmap-tag red --heatmap @/bad @/text.png " ONE);
    ck_assert_ptr_nonnull(strstr(messages, "error: 1 of 2 images could not be read\n"));
    expect_files("@/bad", "000000.red.png\n");
    mem_free(messages);
}
END_TEST

static const struct {
    int code;
    const char *arguments, *message;
} bad[] = {
    {USAGE, TAG "--heatmap-tags 2 " ONE, "--heatmap-tags and --heatmap-tag need --heatmap"},
    {USAGE, TAG "--heatmap-tag red " ONE, "--heatmap-tags and --heatmap-tag need --heatmap"},
    {USAGE, TAG "--heatmap @/x --heatmap-tags 2 --heatmap-tag red " ONE,
     "either --heatmap-tags or --heatmap-tag"},
    {USAGE, TAG "--heatmap @/x --heatmap-tags 0 " ONE,
     "tag: --heatmap-tags: '0': out of range, expected at least 1"},
    {USAGE, TAG "--heatmap @/x --heatmap-tag rde " ONE,
     "--heatmap-tag rde: not in the tag list; did you mean 'red'?"},
    {USAGE, TAG "--heatmap @/x --heatmap-tag zebra-crossing " ONE,
     "--heatmap-tag zebra-crossing: not in the tag list\n"},
    {USAGE, TAG "--heatmap @/x --tags @/odd_tags.txt --heatmap-tag red " ONE, "not in the tag"},
    {USAGE, TAG "--heatmap", "tag: --heatmap: needs a value"},
    {FAILED, TAG "--heatmap @/text.png " ONE, "text.png: cannot make folder"},
};
enum { BAD = sizeof bad / sizeof *bad };

START_TEST(refuses)
{
    tiny_refused(bad[_i].code, bad[_i].arguments, bad[_i].message);
    char *folder = tiny_path("@/x");
    ck_assert(!file_is_dir(folder));
    mem_free(folder);
}
END_TEST

Suite *test_cmd_heatmap_suite(void);
Suite *test_cmd_heatmap_suite(void)
{
    Suite *suite = suite_create("cmd_heatmap");
    TCase *c = tcase_create("cmd_heatmap");
    tcase_add_unchecked_fixture(c, setup, tiny_free);
    tcase_add_loop_test(c, as_many_as_asked, 0, 6);
    tcase_add_test(c, the_best_tags);
    tcase_add_test(c, names_are_safe_and_different);
    tcase_add_test(c, the_right_map);
    tcase_add_loop_test(c, large_images, 0, 3);
    tcase_add_test(c, bad_images);
    tcase_add_loop_test(c, refuses, 0, BAD);
    suite_add_tcase(suite, c);
    return suite;
}
