/* SPDX-License-Identifier: Apache-2.0 */
/* `ramplus tag` as a user runs it: lines, CSV and JSON, thresholds, new tags, folders,
 * unreadable images. */
#include "core/io/file.h"
#include "core/mem.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define TAG "tag --checkpoint @/m "
#define ONE "@/data/images/test/000000.png"
#define TWO "@/data/images/test/000001.png"

enum { USAGE = 2, DATA = 3, CHECKPOINT = 6, TAGS = 67 };

static void setup(void)
{
    tiny_new();
    mem_free(tiny_train(0, "m", "swin.depths=1,1,1,1 model.layers=1 train.max_steps=7"));
    tiny_write("@/text.png", "this is no image\n");
    tiny_write("@/odd_tags.txt", "red, striped circle\n6\" nail\nplain\nsemi;colon\n\"\n");
}

static json_t *image(const json_t *json, size_t i) { return json_array_get(json, i); }

static const char *image_of(const json_t *json, size_t i)
{
    return json_string_value(json_object_get(image(json, i), "image"));
}

static const json_t *tags_of(const json_t *json, size_t i)
{
    return json_object_get(image(json, i), "tags");
}

static const char *tag_at(const json_t *tags, size_t k)
{
    return json_string_value(json_object_get(json_array_get(tags, k), "tag"));
}

static double score_at(const json_t *tags, size_t k)
{
    return json_number_value(json_object_get(json_array_get(tags, k), "score"));
}

/* Scores never increase along the list. */
static void check_order(const json_t *tags)
{
    for (size_t k = 0; k < json_array_size(tags); k++) {
        ck_assert_uint_eq(json_object_size(json_array_get(tags, k)), 2);
        ck_assert_ptr_nonnull(tag_at(tags, k));
        if (k) ck_assert_double_le(score_at(tags, k), score_at(tags, k - 1));
    }
}

START_TEST(json_document)
{
    json_t *json = tiny_json(TAG "--json --threshold 0 " ONE " " TWO);
    ck_assert_uint_eq(json_array_size(json), 2);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_uint_eq(json_object_size(image(json, i)), 2);
        ck_assert_uint_eq(json_array_size(tags_of(json, i)), TAGS);
        check_order(tags_of(json, i));
    }
    char *two = tiny_path(TWO);
    ck_assert_str_eq(image_of(json, 1), two);
    mem_free(two);
    json_decref(json);
}
END_TEST

START_TEST(top_and_threshold)
{
    json_t *all = tiny_json(TAG "--json --threshold 0 " ONE), *top, *both;
    const json_t *tags = tags_of(all, 0);
    top = tiny_json(TAG "--json --top 5 " ONE);
    ck_assert_uint_eq(json_array_size(tags_of(top, 0)), 5);
    for (size_t k = 0; k < 5; k++)
        ck_assert_str_eq(tag_at(tags_of(top, 0), k), tag_at(tags, k));
    json_decref(top);
    top = tiny_json(TAG "--json --top 1000 " ONE);
    ck_assert_uint_eq(json_array_size(tags_of(top, 0)), TAGS);
    /* A threshold between the third and the fourth score; then at most two of the three
     * tags. */
    const double between = (score_at(tags, 2) + score_at(tags, 3)) / 2;
    char *line = mem_format(TAG "--json --threshold %.9f " ONE, between);
    both = tiny_json(line);
    ck_assert_uint_eq(json_array_size(tags_of(both, 0)), 3);
    json_decref(both);
    mem_free(line);
    line = mem_format(TAG "--json --top 2 --threshold %.9f " ONE, between);
    both = tiny_json(line);
    ck_assert_uint_eq(json_array_size(tags_of(both, 0)), 2);
    json_decref(both);
    mem_free(line);
    json_decref(top);
    json_decref(all);
}
END_TEST

START_TEST(one_threshold_per_tag)
{
    char text[TAGS * 2 + 1] = "0\n";
    for (int i = 1; i < TAGS; i++) strcat(text, i == 5 ? "0\n" : "1\n");
    tiny_write("@/thresholds.txt", text);
    json_t *json = tiny_json(TAG "--json --thresholds @/thresholds.txt " ONE);
    char *list = tiny_read("@/data/train_tags.txt");
    ck_assert_uint_eq(json_array_size(tags_of(json, 0)), 2);
    for (size_t k = 0; k < 2; k++)
        ck_assert_ptr_nonnull(strstr(list, tag_at(tags_of(json, 0), k)));
    ck_assert(strncmp(list, tag_at(tags_of(json, 0), 0), 3) == 0 ||
              strncmp(list, tag_at(tags_of(json, 0), 1), 3) == 0);
    mem_free(list);
    json_decref(json);
    char *messages = tiny_messages(DATA, TAG "--thresholds @/data/train_tags.txt " ONE);
    ck_assert_ptr_nonnull(strstr(messages, "train_tags.txt: line 1: expected a number"));
    mem_free(messages);
}
END_TEST

START_TEST(plain_lines)
{
    char *out = tiny_out(0, TAG "--top 2 " ONE " " TWO), *one = tiny_path(ONE);
    ck_assert_int_eq(strncmp(out, one, strlen(one)), 0);
    char first[32], second[32];
    double a, b;
    ck_assert_int_eq(
        sscanf(out + strlen(one), ": %31[a-z ]%lf, %31[a-z ]%lf\n", first, &a, second, &b), 4);
    ck_assert_double_ge(a, b);
    ck_assert_ptr_eq(strchr(strchr(out, '\n') + 1, '\n') + 1, out + strlen(out));
    mem_free(out);
    out = tiny_out(0, TAG "--threshold 1 " ONE);
    ck_assert_str_eq(out + strlen(one), ": (no tag above the threshold)\n");
    mem_free(one);
    mem_free(out);
}
END_TEST

/* Unquotes one field of a CSV line into out; returns the rest of the line. */
static const char *csv_field(const char *p, char out[static 128])
{
    size_t n = 0;
    const bool quoted = *p == '"';
    for (p += quoted; *p && (quoted || (*p != ',' && *p != '\n')); p++) {
        if (quoted && *p == '"' && *++p != '"') break;
        ck_assert_uint_lt(n, 127);
        out[n++] = *p;
    }
    out[n] = 0;
    return p;
}

/* Names with commas and quotes survive CSV. */
START_TEST(csv_lines)
{
    json_t *json = tiny_json(TAG "--json --tags @/odd_tags.txt --top 9 " ONE " " TWO);
    char *out = tiny_out(0, TAG "--csv --tags @/odd_tags.txt --top 9 " ONE " " TWO);
    const char *p = out, *header = "image,tag,score\n";
    ck_assert_int_eq(strncmp(p, header, strlen(header)), 0);
    p += strlen(header);
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < 5; k++) {
            char image[128], tag[128], score[128];
            p = csv_field(csv_field(csv_field(p, image) + 1, tag) + 1, score);
            ck_assert_int_eq(*p++, '\n');
            ck_assert_str_eq(image, image_of(json, i));
            ck_assert_str_eq(tag, tag_at(tags_of(json, i), k));
            ck_assert_double_eq(atof(score), score_at(tags_of(json, i), k));
        }
    ck_assert_int_eq(*p, 0);
    ck_assert_ptr_nonnull(strstr(out, ",\"6\"\" nail\",0."));
    ck_assert_ptr_nonnull(strstr(out, ",plain,0."));
    mem_free(out);
    json_decref(json);
}
END_TEST

START_TEST(new_tags)
{
    json_t *json = tiny_json(TAG "--json --tags @/data/unseen/tags.txt --top 99 " ONE);
    json_t *with = tiny_json(TAG "--json --tags @/data/unseen/tags.txt --top 99 --descriptions "
                                 "@/data/unseen/descriptions.json " ONE);
    ck_assert_uint_eq(json_array_size(tags_of(json, 0)), 13);
    ck_assert_uint_eq(json_array_size(tags_of(with, 0)), 13);
    ck_assert(!json_equal(json, with)); /* descriptions change the scores */
    json_decref(with);
    json_decref(json);
}
END_TEST

/* Folders: images are found by their extension in any case and sorted; the folder also has
 * links and other files. */
START_TEST(folders)
{
    char *make = tiny_path("mkdir -p @/album/b && cp " ONE " @/album/z.PNG && cp " TWO
                           " @/album/b/a.jpg && echo x > @/album/notes.txt && "
                           "ln -s z.PNG @/album/a.jpeg && mkdir @/empty");
    ck_assert_int_eq(system(make), 0);
    mem_free(make);
    json_t *json = tiny_json(TAG "--json --top 1 " TWO " @/album");
    static const char *const names[] = {"/000001.png", "/a.jpeg", "/b/a.jpg", "/z.PNG"};
    ck_assert_uint_eq(json_array_size(json), 4);
    for (size_t i = 0; i < 4; i++)
        ck_assert_msg(strstr(image_of(json, i), names[i]), "%s", image_of(json, i));
    ck_assert(json_equal(tags_of(json, 0), tags_of(json, 2)));
    ck_assert(json_equal(tags_of(json, 1), tags_of(json, 3)));
    json_decref(json);
    char *messages = tiny_messages(0, TAG "--top 1 @/album");
    ck_assert_ptr_nonnull(
        strstr(messages, "left out: 1 file not named like images (1 .txt)\n"));
    mem_free(messages);
    messages = tiny_messages(DATA, TAG "@/empty");
    ck_assert_ptr_nonnull(strstr(messages, "empty: contains no images"));
    mem_free(messages);
}
END_TEST

/* Readable images are tagged, the others are named, and the exit code reports the failure. */
START_TEST(bad_images_among_good_ones)
{
    char *out, *messages, *good = tiny_out(0, TAG "--top 3 " ONE " " TWO);
    ck_assert_int_eq(
        tiny_run(TAG "--top 3 " ONE " @/text.png @/none.png " TWO, &out, &messages), DATA);
    ck_assert_str_eq(out, good);
    ck_assert_ptr_nonnull(strstr(messages, "warning: skipped: "));
    ck_assert_ptr_nonnull(strstr(messages, "/text.png: "));
    ck_assert_ptr_nonnull(strstr(messages, "/none.png: cannot open"));
    ck_assert_ptr_nonnull(strstr(messages, "error: 2 of 4 images could not be read\n"));
    mem_free(messages);
    mem_free(out);
    mem_free(good);
    ck_assert_int_eq(tiny_run(TAG "--csv @/text.png", &out, &messages), DATA);
    ck_assert_ptr_nonnull(strstr(out, "/text.png,,\n"));
    ck_assert_ptr_nonnull(strstr(messages, "error: 1 of 1 images could not be read\n"));
    mem_free(messages);
    mem_free(out);
}
END_TEST

/* A script sees which images failed, and which are damaged. */
START_TEST(bad_images_in_json)
{
    char *make = tiny_path("head -c 600 " ONE " > @/cut.png"), *out, *messages;
    ck_assert_int_eq(system(make), 0);
    mem_free(make);
    ck_assert_int_eq(
        tiny_run(TAG "--json --top 1 @/none.png @/cut.png @/text.png " TWO, &out, &messages),
        DATA);
    json_t *json = json_loads(out, 0, NULL);
    ck_assert_uint_eq(json_array_size(json), 4);
    static const char *const keys[] = {"error", "damage", "error", "tags"};
    for (size_t i = 0; i < 4; i++) {
        const json_t *entry = json_array_get(json, i);
        ck_assert_ptr_nonnull(json_object_get(entry, keys[i]));
        ck_assert_uint_eq(json_object_size(entry), i == 1 ? 3 : 2);
        ck_assert_int_eq(!json_object_get(entry, "tags"), i % 2 == 0);
    }
    const char *why = json_string_value(json_object_get(json_array_get(json, 1), "damage"));
    ck_assert_msg(strstr(why, "cut.png: PNG: the file is truncated: "), "%s", why);
    ck_assert_ptr_nonnull(strstr(messages, "warning: 1 damaged images were scored as far as "));
    json_decref(json);
    mem_free(messages);
    mem_free(out);
}
END_TEST

/* A run folder selects its best checkpoint; settings that change only rounding change no
 * line. */
static const char *const same[] = {"--checkpoint @/m/checkpoints/best", "--checkpoint @/m/",
                                   "--checkpoint=@/m eval.batch=1 model.tile=10"};

START_TEST(the_same_output)
{
    char *want = tiny_out(0, TAG "--top 4 " ONE " " TWO);
    char *line = mem_format("tag %s --top 4 " ONE " " TWO, same[_i]);
    char *have = tiny_out(0, line);
    ck_assert_str_eq(have, want);
    mem_free(have);
    mem_free(line);
    mem_free(want);
}
END_TEST

START_TEST(settings_change_the_output)
{
    char *a = tiny_out(0, TAG "--csv --top 4 " ONE);
    char *b = tiny_out(0, TAG "--csv --top 4 eval.mean=0.1,0.2,0.3 " ONE);
    ck_assert_str_ne(a, b);
    mem_free(a);
    mem_free(b);
}
END_TEST

/* A run that is ended in the middle has printed whole lines for the images before. */
START_TEST(lines_as_they_come)
{
    char *copy = tiny_path("mkdir @/many && for i in $(seq 3000); do "
                           "ln " ONE " @/many/$i.png; done");
    char *out = tiny_path("@/lines.txt");
    ck_assert_int_eq(system(copy), 0);
    const pid_t child = tiny_spawn(TAG "--top 1 eval.batch=2 @/many > @/lines.txt");
    for (int i = 0; i < 60000 && file_bytes(out) <= 0; i++) tiny_sleep(1e-3);
    kill(child, SIGTERM);
    ck_assert_int_eq(tiny_wait(child), -SIGTERM);
    char *lines = tiny_read("@/lines.txt");
    ck_assert_msg(strstr(lines, "many/1.png: "), "%s", lines);
    ck_assert_int_eq(lines[strlen(lines) - 1], '\n');
    mem_free(lines);
    mem_free(copy);
    mem_free(out);
}
END_TEST

static const struct {
    int code;
    const char *arguments, *message;
} bad[] = {
    {USAGE, "tag " ONE, "tag: --checkpoint is missing"},
    {USAGE, TAG, "tag: expected IMAGE-or-FOLDER..., got no argument"},
    {USAGE, TAG "--csv --json " ONE, "tag: either --csv or --json"},
    {USAGE, TAG "--descriptions @/x.json " ONE, "tag: --descriptions needs --tags"},
    {USAGE, TAG "--threshold 0.1 --thresholds @/x " ONE, "either --threshold or --thresholds"},
    {USAGE, TAG "-c @/tiny.yaml " ONE, "tag: -c: this command reads no configuration file"},
    {USAGE, TAG "--top 0 " ONE, "--top: '0': out of range, expected at least 1"},
    {USAGE, TAG "--threshold x " ONE, "--threshold: 'x': expected a number"},
    {USAGE, TAG "--threshold nan " ONE, "--threshold: 'nan': expected a finite number"},
    {USAGE, TAG "--thresold 0.5 " ONE, "did you mean '--threshold'?"},
    {USAGE, TAG "eval.bacth=5 " ONE, "did you mean 'eval.batch'?"},
    {DATA, TAG "--tags @/none.txt " ONE, "none.txt: cannot open"},
    {DATA, TAG "--tags @/odd_tags.txt --descriptions @/data/seen/descriptions.json " ONE,
     "descriptions.json: "},
    {CHECKPOINT, "tag --checkpoint @/none " ONE, "none: cannot open"},
    {CHECKPOINT, "tag --checkpoint @/data " ONE, "checkpoints/latest: cannot open"},
};
enum { BAD = sizeof bad / sizeof *bad };

START_TEST(refuses) { tiny_refused(bad[_i].code, bad[_i].arguments, bad[_i].message); }
END_TEST

Suite *test_cmd_tag_suite(void);
Suite *test_cmd_tag_suite(void)
{
    Suite *suite = suite_create("cmd_tag");
    TCase *c = tcase_create("cmd_tag");
    tcase_add_unchecked_fixture(c, setup, tiny_free);
    tcase_add_test(c, json_document);
    tcase_add_test(c, top_and_threshold);
    tcase_add_test(c, one_threshold_per_tag);
    tcase_add_test(c, plain_lines);
    tcase_add_test(c, csv_lines);
    tcase_add_test(c, new_tags);
    tcase_add_test(c, folders);
    tcase_add_test(c, bad_images_among_good_ones);
    tcase_add_test(c, bad_images_in_json);
    tcase_add_loop_test(c, the_same_output, 0, 3);
    tcase_add_test(c, settings_change_the_output);
    tcase_add_test(c, lines_as_they_come);
    tcase_add_loop_test(c, refuses, 0, BAD);
    suite_add_tcase(suite, c);
    return suite;
}
