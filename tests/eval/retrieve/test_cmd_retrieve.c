/* SPDX-License-Identifier: Apache-2.0 */
/* `ramplus retrieve` as a user runs it: scores, order, formats, contact sheets, invalid
 * inputs. */
#include "core/io/file.h"
#include "core/io/text.h"
#include "core/mem.h"
#include "eval/recognizer.h"
#include "eval/retrieve/contact_sheet.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIND "retrieve --checkpoint @/m/checkpoints/latest "
#define TEST "@/data/images/test"
#define ONE  TEST "/000000.png"
#define TWO  TEST "/000001.png"
#define RED  "--text 'a red circle' "

enum { FAILED = 1, USAGE = 2, DATA = 3, CHECKPOINT = 6, IMAGES = 20 };

static void setup(void)
{
    tiny_new();
    mem_free(tiny_train(0, "m", "swin.depths=1,1,1,1 model.layers=1 train.max_steps=7"));
    tiny_write("@/text.png", "this is no image\n");
    tiny_write("@/texts.txt", "two blue squares\na star, a \"moon\"\n");
    tiny_write("@/empty.txt", "");
    tiny_write("@/blank.txt", "a ring\n ... \na star\n");
    tiny_write("@/latin.txt", "a ring\ncaf\xe9\n");
}

static const char *text_of(const json_t *json, size_t t)
{
    return json_string_value(json_object_get(json_array_get(json, t), "text"));
}

static const json_t *images_of(const json_t *json, size_t t)
{
    return json_object_get(json_array_get(json, t), "images");
}

static const char *image_at(const json_t *json, size_t t, size_t i)
{
    return json_string_value(json_object_get(json_array_get(images_of(json, t), i), "image"));
}

static double score_at(const json_t *json, size_t t, size_t i)
{
    return json_number_value(json_object_get(json_array_get(images_of(json, t), i), "score"));
}

/* Texts keep their order, with those of files last; each has ten images with scores that never
 * increase. */
START_TEST(json_document)
{
    json_t *json =
        tiny_json(FIND "--json --texts @/texts.txt " RED TEST " --text 'A \"Blue\" star.'");
    static const char *const want[] = {"a red circle", "A \"Blue\" star.", "two blue squares",
                                       "a star, a \"moon\""};
    ck_assert_uint_eq(json_array_size(json), 4);
    for (size_t t = 0; t < 4; t++) {
        ck_assert_uint_eq(json_object_size(json_array_get(json, t)), 2);
        ck_assert_str_eq(text_of(json, t), want[t]);
        ck_assert_uint_eq(json_array_size(images_of(json, t)), 10);
        for (size_t i = 0; i < 10; i++) {
            ck_assert_uint_eq(json_object_size(json_array_get(images_of(json, t), i)), 2);
            ck_assert_ptr_nonnull(strstr(image_at(json, t, i), "/data/images/test/0000"));
            if (i) ck_assert_double_le(score_at(json, t, i), score_at(json, t, i - 1));
        }
    }
    json_decref(json);
}
END_TEST

/* The expected score: the sigmoid of the alignment logit as in training, from the vector of the
 * cleaned caption and one image. */
static double alignment(Recognizer *r, const char *caption, const char *path)
{
    const int64_t E = ram_plus_config(r->model)->text_width;
    float pixels[3 * 32 * 32], *row = mem_alloc((size_t)E * sizeof *row);
    Image image;
    const Scorer scorer = recognizer_scorer(r);
    ck_assert_int_eq(scorer_read(&scorer, path, &image, NULL, NULL), 0);
    scorer_view(&scorer, &image, pixels);
    ck_assert_int_eq(text_encoder_encode(recognizer_encoder(r, NULL), &caption, 1, row, NULL),
                     0);
    Tensor *x = tape_input(r->shards->joint, 4, (int64_t[]){1, 3, 32, 32}, pixels);
    const RamPlusImage seen = ram_plus_image(r->shards->joint, r->model, x);
    Tensor *text = tape_input(r->shards->joint, 2, (int64_t[]){1, E}, row);
    const double logit =
        (double)tensor_item(ram_plus_text_logits(r->shards->joint, r->model, &seen, text));
    tape_reset(r->shards->joint);
    image_free(&image);
    mem_free(row);
    return 1 / (1 + exp(-logit));
}

START_TEST(scores_are_those_of_training)
{
    json_t *json = tiny_json(FIND "--json --top 20 --text ' A red: \"Circle\"!  above (blue)\t"
                                  "square... ' --texts @/texts.txt " TEST);
    static const char *const clean[] = {"a red circle above blue square", "two blue squares",
                                        "a star, a moon"};
    Recognizer r;
    char *checkpoint = tiny_path("@/m/checkpoints/latest");
    ck_assert_int_eq(recognizer_open(checkpoint, NULL, 0, &r, NULL), 0);
    double least = 1, greatest = 0;
    for (size_t t = 0; t < 3; t++) {
        ck_assert_uint_eq(json_array_size(images_of(json, t)), IMAGES);
        for (size_t i = 0; i < IMAGES; i++) {
            const double have = score_at(json, t, i);
            ck_assert_double_eq_tol(have, alignment(&r, clean[t], image_at(json, t, i)), 2e-6);
            least = fmin(least, have);
            greatest = fmax(greatest, have);
        }
    }
    ck_assert_double_gt(greatest - least, 1e-4);
    recognizer_close(&r);
    mem_free(checkpoint);
    json_decref(json);
}
END_TEST

/* Copies of an image have equal scores and keep the order of the command line. */
START_TEST(ties)
{
    char *copy = tiny_path("cp " ONE " @/z.png && cp " ONE " @/a.png");
    ck_assert_int_eq(system(copy), 0);
    mem_free(copy);
    json_t *json = tiny_json(FIND "--json " RED "@/z.png " ONE " @/a.png eval.batch=1");
    static const char *const want[] = {"/z.png", "/000000.png", "/a.png"};
    for (size_t i = 0; i < 3; i++) {
        ck_assert_ptr_nonnull(strstr(image_at(json, 0, i), want[i]));
        ck_assert_double_eq(score_at(json, 0, i), score_at(json, 0, 0));
    }
    json_decref(json);
}
END_TEST

START_TEST(lines_and_csv)
{
    json_t *json = tiny_json(FIND "--json --top 2 " RED TEST);
    char *out = tiny_out(0, FIND "--top 2 " RED TEST);
    char *want = mem_format("a red circle\n  %.3f  %s\n  %.3f  %s\n", score_at(json, 0, 0),
                            image_at(json, 0, 0), score_at(json, 0, 1), image_at(json, 0, 1));
    ck_assert_str_eq(out, want);
    mem_free(want);
    mem_free(out);
    out = tiny_out(0, FIND "--csv --top 2 " RED TEST);
    want = mem_format("text,image,score\na red circle,%s,%.9g\na red circle,%s,%.9g\n",
                      image_at(json, 0, 0), score_at(json, 0, 0), image_at(json, 0, 1),
                      score_at(json, 0, 1));
    ck_assert_str_eq(out, want);
    mem_free(want);
    mem_free(out);
    json_decref(json);
}
END_TEST

/* The batch size and the tile size change only rounding. */
START_TEST(batches_and_tiles)
{
    static const char *const settings[] = {"eval.batch=1", "model.tile=1",
                                           "eval.batch=3 model.tile=4"};
    char *line =
        mem_format(FIND "--json --top 20 --texts @/texts.txt " RED TEST " %s", settings[_i]);
    json_t *json = tiny_json(line);
    json_t *want = tiny_json(FIND "--json --top 20 --texts @/texts.txt " RED TEST);
    for (size_t t = 0; t < 3; t++)
        for (size_t i = 0; i < IMAGES; i++)
            ck_assert_double_eq_tol(score_at(json, t, i), score_at(want, t, i), 2e-6);
    json_decref(want);
    json_decref(json);
    mem_free(line);
}
END_TEST

START_TEST(bad_images_among_good_ones)
{
    char *out, *messages, *good = tiny_out(0, FIND RED ONE " " TWO);
    ck_assert_int_eq(tiny_run(FIND RED ONE " @/text.png @/none.png " TWO, &out, &messages),
                     DATA);
    ck_assert_str_eq(out, good);
    ck_assert_ptr_nonnull(strstr(messages, "/text.png: "));
    ck_assert_ptr_nonnull(strstr(messages, "/none.png: cannot open"));
    ck_assert_ptr_nonnull(strstr(messages, "error: 2 of 4 images could not be read\n"));
    mem_free(messages);
    mem_free(out);
    mem_free(good);
    ck_assert_int_eq(tiny_run(FIND RED "--sheet @/none_good.png @/text.png", &out, &messages),
                     DATA);
    ck_assert_str_eq(out, "");
    mem_free(messages);
    mem_free(out);
}
END_TEST

static const uint8_t *pixel(const Image *sheet, int64_t x, int64_t y)
{
    return sheet->rgb + (y * sheet->width + x) * 3;
}

/* Two texts and three plain-colored images of different shapes: each image is centered in its
 * cell, and the lengths of the bars are the scores. */
START_TEST(contact_sheet)
{
    static const int64_t size[3][2] = {{300, 100}, {10, 20}, {50, 50}};
    for (int i = 0; i < 3; i++) {
        Image plain = image_new(size[i][0], size[i][1]);
        memset(plain.rgb, 40 + 50 * i, (size_t)(plain.width * plain.height * 3));
        char *name = mem_format("@/plain/%d.png", i), *path = tiny_path(name);
        tiny_write(name, ""); /* creates the folder */
        ck_assert_int_eq(image_write_png(path, &plain, NULL), 0);
        image_free(&plain);
        mem_free(path);
        mem_free(name);
    }
    json_t *json = tiny_json(FIND "--json --top 9 --texts @/texts.txt --sheet @/s.png @/plain");
    char *path = tiny_path("@/s.png");
    Image sheet;
    ck_assert_int_eq(image_read(path, NULL, &sheet, NULL, NULL), 0);
    const int64_t step = SHEET_CELL + SHEET_GAP, down = step + SHEET_GAP + SHEET_BAR;
    ck_assert_int_eq(sheet.width, 3 * step + SHEET_GAP);
    ck_assert_int_eq(sheet.height, 2 * down + SHEET_GAP);
    for (size_t t = 0; t < 2; t++)
        for (size_t i = 0; i < 3; i++) {
            const int number = strstr(image_at(json, t, i), "/0.png")   ? 0
                               : strstr(image_at(json, t, i), "/1.png") ? 1
                                                                        : 2;
            const int64_t left = SHEET_GAP + (int64_t)i * step, half = SHEET_CELL / 2,
                          top = SHEET_GAP + (int64_t)t * down;
            ck_assert_int_eq(*pixel(&sheet, left + half, top + half), 40 + 50 * number);
            /* 300 x 100 leaves the top of the cell empty, 10 x 20 the left side */
            ck_assert_int_eq(*pixel(&sheet, left + half, top),
                             number == 0 ? 255 : 40 + 50 * number);
            ck_assert_int_eq(*pixel(&sheet, left, top + half),
                             number == 1 ? 255 : 40 + 50 * number);
            const int64_t bar = top + SHEET_CELL + SHEET_GAP / 2,
                          end = left + lround(SHEET_CELL * score_at(json, t, i));
            ck_assert_int_eq(*pixel(&sheet, end - 1, bar), 37);
            ck_assert_int_eq(*pixel(&sheet, end, bar), 228);
        }
    image_free(&sheet);
    mem_free(path);
    json_decref(json);
}
END_TEST

/* ---- recall ------------------------------------------------------------------------------ */

enum { EACH = 2, CAPTIONS = EACH * IMAGES };

#define RECALL "retrieve --checkpoint @/m/checkpoints/latest --recall "

/* @/data/k.json, two captions for each test image, and the same captions in @/captions.txt. */
static void write_captions(void)
{
    static const char *const shape[] = {"circle", "star", "square", "ring"};
    Text json = {0}, lines = {0};
    for (int i = 0; i < IMAGES; i++) {
        text_add(&json,
                 "%s{\"filepath\": \"images/test\", \"filename\": \"%06d.png\", \"split\": "
                 "\"test\", \"sentences\": [",
                 i ? ",\n" : "{\"images\": [", i);
        for (int k = 0; k < EACH; k++) {
            char *text = mem_format("%d %s and %d of them", i, shape[(i + k) % 4], k);
            text_add(&json, "%s{\"raw\": \"%s.\"}", k ? ", " : "", text);
            text_add(&lines, "%s\n", text);
            mem_free(text);
        }
        text_put(&json, "]}");
    }
    text_put(&json, "]}");
    tiny_write("@/data/k.json", json.data);
    tiny_write("@/captions.txt", lines.data);
    text_free(&json);
    text_free(&lines);
}

/* score [images, captions] as the ranking of images shows them. */
static void read_scores(double *score)
{
    json_t *json = tiny_json(FIND "--json --top 20 --texts @/captions.txt " TEST);
    ck_assert_uint_eq(json_array_size(json), CAPTIONS);
    for (size_t t = 0; t < CAPTIONS; t++)
        for (size_t i = 0; i < IMAGES; i++) {
            const int image = atoi(strrchr(image_at(json, t, i), '/') + 1);
            score[(size_t)image * CAPTIONS + t] = score_at(json, t, i);
        }
    json_decref(json);
}

/* Captions whose image has a rank below k, images with a caption of such a rank. */
static void count_hits(const double *score, int k, double *by_text, double *by_image)
{
    *by_text = *by_image = 0;
    for (int own = 0; own < IMAGES; own++) {
        bool found = false;
        for (int t = EACH * own; t < EACH * (own + 1); t++) {
            const double mine = score[own * CAPTIONS + t];
            int above = 0, before = 0;
            for (int i = 0; i < IMAGES; i++) above += score[i * CAPTIONS + t] > mine;
            for (int u = 0; u < CAPTIONS; u++) before += score[own * CAPTIONS + u] > mine;
            *by_text += above < k;
            found = found || before < k;
        }
        *by_image += found;
    }
}

static double recall_at(const json_t *json, const char *direction, int k)
{
    char key[16];
    snprintf(key, sizeof key, "recall@%d", k);
    return json_number_value(json_object_get(json_object_get(json, direction), key));
}

START_TEST(recall_of_a_benchmark)
{
    static double score[IMAGES * CAPTIONS];
    static const char *const settings[] = {"", "eval.batch=3 model.tile=7"};
    write_captions();
    read_scores(score);
    char *line = mem_format(RECALL "@/data/k.json --json %s", settings[_i]);
    json_t *json = tiny_json(line);
    for (int k = 1; k <= 10; k += k == 1 ? 4 : 5) {
        double by_text, by_image;
        count_hits(score, k, &by_text, &by_image);
        ck_assert_double_eq_tol(recall_at(json, "text_to_image", k), by_text / CAPTIONS, 1e-9);
        ck_assert_double_eq_tol(recall_at(json, "image_to_text", k), by_image / IMAGES, 1e-9);
    }
    ck_assert_int_eq(json_integer_value(json_object_get(json, "images")), IMAGES);
    ck_assert_int_eq(json_integer_value(json_object_get(json, "captions")), CAPTIONS);
    json_decref(json);
    mem_free(line);
}
END_TEST

/* Two images of a part find more by chance than twenty. */
START_TEST(recall_in_parts)
{
    write_captions();
    json_t *json = tiny_json(RECALL "@/data/k.json --json --folds 10");
    ck_assert_double_eq_tol(recall_at(json, "text_to_image", 5), 1, 1e-9);
    ck_assert_double_ge(recall_at(json, "text_to_image", 1), 0.2);
    ck_assert_double_eq_tol(recall_at(json, "image_to_text", 5), 1, 1e-9);
    ck_assert_int_eq(json_integer_value(json_object_get(json, "captions")), CAPTIONS);
    json_decref(json);
    char *out = tiny_out(0, RECALL "@/data/k.json --limit 1");
    ck_assert_ptr_nonnull(strstr(out, "images    1\ncaptions  2\n"));
    ck_assert_ptr_nonnull(strstr(out, "\ntext to image  1.0000  1.0000  1.0000\n"));
    mem_free(out);
}
END_TEST

START_TEST(recall_without_an_image)
{
    write_captions();
    char *line = tiny_path("mkdir -p @/part && cp -r @/data/images @/data/k.json @/part && "
                           "echo x > @/part/images/test/000003.png"),
         *out, *messages;
    ck_assert_int_eq(system(line), 0);
    ck_assert_int_eq(tiny_run(RECALL "@/part/k.json", &out, &messages), DATA);
    ck_assert_ptr_nonnull(strstr(out, "images    19\ncaptions  38\n"));
    ck_assert_ptr_nonnull(strstr(messages, "error: 1 of 20 images could not be read\n"));
    mem_free(messages);
    mem_free(out);
    mem_free(line);
    line = tiny_path("rm @/part/images/test/000003.png");
    ck_assert_int_eq(system(line), 0);
    tiny_refused(DATA, RECALL "@/part/k.json", "error: 1 of 20 images are missing below ");
    mem_free(line);
}
END_TEST

static const struct {
    int code;
    const char *arguments, *message;
} bad[] = {
    {USAGE, "retrieve " RED ONE, "retrieve: --checkpoint is missing"},
    {USAGE, FIND ONE, "retrieve: neither --text nor --texts; see ramplus retrieve --help"},
    {USAGE, FIND RED, "retrieve: expected IMAGE-or-FOLDER..., got no argument"},
    {USAGE, FIND "--csv --json " RED ONE, "retrieve: either --csv or --json"},
    {USAGE, FIND "-c @/tiny.yaml " RED ONE, "-c: this command reads no configuration file"},
    {USAGE, FIND "--top 0 " RED ONE, "retrieve: --top: '0': out of range, expected at least 1"},
    {USAGE, FIND "--txet x " ONE, "--txet: no such option; did you mean '--text'?"},
    {USAGE, FIND "--text '' " ONE, "retrieve: --text '': no words"},
    {USAGE, FIND "--text ' .:* ' " ONE, "retrieve: --text ' .:* ': no words"},
    {USAGE, FIND "--text $(printf '\\351') " ONE, "not UTF-8"},
    {USAGE, FIND RED "eval.bacth=5 " ONE, "did you mean 'eval.batch'?"},
    {USAGE, FIND RED "--split val " ONE, "retrieve: --split, --root, --limit and --folds need"},
    {USAGE, RECALL "@/k.json " RED,
     "retrieve: of the other options, --recall takes --json alone"},
    {USAGE, RECALL "@/k.json " ONE, "000000.png: unexpected argument"},
    {USAGE, RECALL "@/k.json --folds 0", "--folds: '0': out of range"},
    {DATA, RECALL "@/none.json", "none.json: cannot open"},
    {DATA, FIND "--texts @/none.txt " ONE, "none.txt: cannot open"},
    {DATA, FIND "--texts @/empty.txt " ONE, "empty.txt: no text inside"},
    {DATA, FIND "--texts @/blank.txt " ONE, "blank.txt: line 2: no words"},
    {DATA, FIND "--texts @/latin.txt " ONE, "latin.txt: line 2: not UTF-8"},
    {DATA, FIND RED "@/m/eval", "eval: contains no images"},
    {CHECKPOINT, "retrieve --checkpoint @/none " RED ONE, "none: cannot open"},
};
enum { BAD = sizeof bad / sizeof *bad };

START_TEST(refuses) { tiny_refused(bad[_i].code, bad[_i].arguments, bad[_i].message); }
END_TEST

/* The ranking is printed nevertheless. */
START_TEST(a_sheet_that_cannot_be_written)
{
    char *out, *messages;
    ck_assert_int_eq(tiny_run(FIND RED "--sheet @/no/folder/s.png " ONE, &out, &messages),
                     FAILED);
    ck_assert_ptr_nonnull(strstr(messages, "/no/folder/s.png"));
    ck_assert_int_eq(strncmp(out, "a red circle\n", 13), 0);
    mem_free(out);
    mem_free(messages);
}
END_TEST

START_TEST(sheets_too_large)
{
    Error err = {0};
    ck_assert_int_eq(contact_sheet_check(100, 100, &err), 0);
    ck_assert_int_eq(contact_sheet_check(1, 1000, &err), -1);
    ck_assert_int_eq(err.code, USAGE);
    ck_assert_ptr_nonnull(strstr(err.text, "--sheet: 1 text, 1000 images each: too large"));
    ck_assert_int_eq(contact_sheet_check(INT64_MAX / 2, 1, NULL), -1);
    ck_assert_int_eq(contact_sheet_check(390, 420, NULL), -1); /* 2^28 pixels */
}
END_TEST

Suite *test_cmd_retrieve_suite(void);
Suite *test_cmd_retrieve_suite(void)
{
    Suite *suite = suite_create("cmd_retrieve");
    TCase *c = tcase_create("cmd_retrieve");
    tcase_add_unchecked_fixture(c, setup, tiny_free);
    tcase_add_test(c, json_document);
    tcase_add_test(c, scores_are_those_of_training);
    tcase_add_test(c, ties);
    tcase_add_test(c, lines_and_csv);
    tcase_add_loop_test(c, batches_and_tiles, 0, 3);
    tcase_add_test(c, bad_images_among_good_ones);
    tcase_add_test(c, contact_sheet);
    tcase_add_test(c, a_sheet_that_cannot_be_written);
    tcase_add_test(c, sheets_too_large);
    tcase_add_loop_test(c, recall_of_a_benchmark, 0, 2);
    tcase_add_test(c, recall_in_parts);
    tcase_add_test(c, recall_without_an_image);
    tcase_add_loop_test(c, refuses, 0, BAD);
    suite_add_tcase(suite, c);
    return suite;
}
