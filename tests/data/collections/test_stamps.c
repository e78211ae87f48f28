/* SPDX-License-Identifier: Apache-2.0 */
/* Stamps from a made-up tree; the real package, where it is installed. */
#include "core/io/file.h"
#include "core/mem.h"
#include "data/annotations.h"
#include "data/collections/stamps.h"
#include "data/image/image.h"
#include "data/tags.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static Scratch scratch;

static void setup(void) { scratch_new(&scratch); }

static void teardown(void) { scratch_free(&scratch); }

/* Writes NAME.png, of one color, and NAME.txt unless text is NULL. */
static void stamp(const char *name, int red, const char *text)
{
    char file[80];
    Image image = image_new(20, 10);
    Error err = {0};
    for (int i = 0; i < 600; i++) image.rgb[i] = i % 3 == 0 ? (uint8_t)red : 255;
    snprintf(file, sizeof file, "in/%s.png", name);
    scratch_text(&scratch, file, ""); /* makes the folders */
    ck_assert_msg(image_write_png(scratch_path(&scratch, file), &image, &err) == 0, "%s",
                  err.text);
    image_free(&image);
    snprintf(file, sizeof file, "in/%s.txt", name);
    if (text) scratch_text(&scratch, file, text);
}

enum { BIRDS = 20 };

/* Birds, of which every third is one of cartoons. */
static void fill(void)
{
    for (int i = 0; i < BIRDS; i++) {
        char name[40], text[80];
        snprintf(name, sizeof name, "animals/birds/%sb%d", i % 3 ? "" : "cartoon/", i);
        snprintf(text, sizeof text, " A  bird,\tno. %d. \nde.utf8=Ein Vogel.\n", i);
        stamp(name, i, text);
    }
}

static int prepare(const char *seen, StampsReport *r, Error *err)
{
    char *in = file_join(scratch.dir, "in"), *out = file_join(scratch.dir, "out"),
         *list = seen ? mem_strdup(scratch_text(&scratch, "seen.txt", seen)) : NULL;
    const StampsConfig config = {.from = in, .size = 16, .min_images = 3, .seen = list};
    const int status = stamps_prepare(out, &config, r, err);
    mem_free(list);
    mem_free(out);
    mem_free(in);
    return status;
}

static void check_text(const char *name, const char *want)
{
    Bytes text;
    ck_assert_int_eq(file_read(scratch_path(&scratch, name), &text, NULL), 0);
    ck_assert_str_eq((const char *)text.data, want);
    bytes_free(&text);
}

START_TEST(folders_are_tags)
{
    StampsReport r;
    Error err = {0};
    fill();
    ck_assert_msg(prepare("bird\nbirds\n", &r, &err) == 0, "%s", err.text);
    check_text("out/seen/tags.txt", "bird\n");
    check_text("out/unseen/tags.txt", "animal\ncartoon\n");
    ck_assert(r.tree.images == BIRDS && r.tree.tagged == BIRDS && r.set.test == BIRDS);
    Bytes text;
    ck_assert_int_eq(
        file_read(scratch_path(&scratch, "out/unseen/annotations.txt"), &text, NULL), 0);
    ck_assert_ptr_nonnull(
        strstr((char *)text.data, "images/animals/birds/cartoon/b3.png,animal,cartoon\n"));
    ck_assert_ptr_nonnull(strstr((char *)text.data, "images/animals/birds/b4.png,animal\n"));
    bytes_free(&text);
}
END_TEST

static const char *const spelled[][2] = {
    {"birds", "bird"},
    {"vehicles", "vehicle"},
    {"amphibians", "amphibian"},
    {"body_parts", "body part"},
    {"clothes", "clothing"},
    {"christmas", "christmas"},
    {"my_own_things", "my own things"},
    {"", ""},
};

START_TEST(tags_are_in_the_singular)
{
    char *tag = stamps_tag(spelled[_i][0], strlen(spelled[_i][0]));
    ck_assert_str_eq(tag, spelled[_i][1]);
    mem_free(tag);
    tag = stamps_tag("birdsong", 5); /* the given bytes alone */
    ck_assert_str_eq(tag, "bird");
    mem_free(tag);
}
END_TEST

START_TEST(captions_are_the_first_line)
{
    StampsReport r;
    Error err = {0};
    Annotations a;
    fill();
    ck_assert_msg(prepare(NULL, &r, &err) == 0, "%s", err.text);
    char *path = file_join(scratch.dir, "out/train.json");
    ck_assert_int_eq(annotations_read((const char *const *)&path, 1, r.set.seen, &a, NULL), 0);
    ck_assert_int_eq(a.count, r.set.train);
    for (int64_t i = 0; i < a.count; i++) {
        const char *number = strrchr(a.image_path[i], 'b') + 1;
        char want[40];
        snprintf(want, sizeof want, "a bird, no %.*s", (int)strcspn(number, "."), number);
        ck_assert_int_eq(a.caption_offset[i], i);
        ck_assert_str_eq(a.caption[i], want);
    }
    annotations_free(&a);
    mem_free(path);
}
END_TEST

START_TEST(counts_what_is_dropped)
{
    StampsReport r;
    Error err = {0};
    fill();
    stamp("animals/untold", 100, NULL);
    stamp("animals/blank", 101, " \t\nde.utf8=Nichts\n");
    stamp("animals/empty", 102, "");
    stamp("animals/latin", 103, "Caf\xe9\n");
    stamp("animals/backward", 104, "A \xe2\x80\xae bird.\n");
    stamp("animals/again", 0, "The bird of b0.\n");
    stamp("animals/text", 105, "A bird.\n");
    scratch_text(&scratch, "in/animals/text.png", "no image");
    stamp("symbols/money/cent", 106, "A cent.\n");
    stamp("symbols/alphabets/asl/a", 107, "The letter A.\n");
    stamp("symbols/shapes/star", 108, "A star.\n");
    scratch_text(&scratch, "in/animals/drawn.svg", "<svg/>");
    scratch_text(&scratch, "in/animals/untold.svg", "<svg/>");
    scratch_text(&scratch, "in/symbols/money/drawn.svg", "<svg/>");
    ck_assert_msg(prepare(NULL, &r, &err) == 0, "%s", err.text);
    ck_assert_int_eq(r.drawings, 1);
    ck_assert_int_eq(r.tree.images, BIRDS + 10);
    ck_assert_int_eq(r.tree.left_out, 2);
    ck_assert_int_eq(r.tree.no_words, 3);
    ck_assert_int_eq(r.tree.bad_words, 2);
    ck_assert_int_eq(r.tree.bad_png, 1);
    ck_assert_int_eq(r.tree.duplicates, 1);
    ck_assert_int_eq(r.tree.tagged, BIRDS + 1);
    ck_assert(!file_exists(scratch_path(&scratch, "out/images/symbols/money/cent.png")));
    ck_assert(file_exists(scratch_path(&scratch, "out/images/symbols/shapes/star.png")));
}
END_TEST

START_TEST(names_what_is_missing)
{
    StampsReport r;
    Error err = {0};
    char *messages;
    scratch_text(&scratch, "in/animals/drawn.svg", "<svg/>");
    ck_assert_int_eq(prepare(NULL, &r, &err), -1);
    expect_error(&err, ERROR_DATA, "in: no .png files");
    fill();
    err = (Error){0};
    ck_assert_int_eq(prepare("cat\n", &r, &err), -1);
    expect_error(&err, ERROR_DATA, "seen.txt: none of the 3 tags of ");
    ck_assert_int_eq(run_program(&scratch, "prepare stamps x --from /none", NULL, &messages),
                     ERROR_DATA);
    ck_assert_ptr_nonnull(
        strstr(messages, "/none: no such folder: apt-get install tuxpaint-stamps-default"));
    mem_free(messages);
}
END_TEST

START_TEST(the_real_stamps_have_their_counts)
{
    static const char from[] = "/usr/share/tuxpaint/stamps";
    if (!file_is_dir(from)) {
        fprintf(stderr, "skipped: stamps: tuxpaint-stamps-default is not installed\n");
        return;
    }
    char *out = file_join(scratch.dir, "out");
    const StampsConfig config = {.from = from, .size = 32, .min_images = 10};
    StampsReport r;
    Error err = {0};
    ck_assert_msg(stamps_prepare(out, &config, &r, &err) == 0, "%s", err.text);
    const int64_t got[] = {r.drawings,        r.tree.images,   r.tree.left_out,
                           r.tree.bad_words,  r.tree.no_words, r.tree.bad_png,
                           r.tree.duplicates, r.tree.tagged,   r.set.tags};
    const int64_t want[] = {165, 802, 191, 0, 17, 0, 1, 593, 33}; /* of Debian 12 */
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) ck_assert_int_eq(got[i], want[i]);
    mem_free(out);
}
END_TEST

Suite *test_stamps_suite(void);
Suite *test_stamps_suite(void)
{
    Suite *s = suite_create("stamps");
    TCase *t = tcase_create("stamps");
    tcase_set_timeout(t, 120);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, folders_are_tags);
    tcase_add_loop_test(t, tags_are_in_the_singular, 0, sizeof spelled / sizeof *spelled);
    tcase_add_test(t, captions_are_the_first_line);
    tcase_add_test(t, counts_what_is_dropped);
    tcase_add_test(t, names_what_is_missing);
    tcase_add_test(t, the_real_stamps_have_their_counts);
    suite_add_tcase(s, t);
    return s;
}
