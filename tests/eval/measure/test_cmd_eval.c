/* SPDX-License-Identifier: Apache-2.0 */
/* `ramplus eval` as a user runs it: its JSON document, its files, and scores that depend only
 * on the model. */
#include "core/io/file.h"
#include "core/mem.h"
#include "eval/scores/scores.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EVAL "eval --checkpoint @/m --data @/data/"

enum { USAGE = 2, DATA = 3, CHECKPOINT = 6 };

static void setup(void)
{
    tiny_new();
    mem_free(tiny_train(0, "m", "train.max_steps=7"));
    mem_free(tiny_out(0, EVAL "seen -o @/seen"));
}

static double number_of(const json_t *json, const char *key)
{
    const json_t *value = json_object_get(json, key);
    ck_assert_msg(json_is_number(value), "%s is no number", key);
    return json_number_value(value);
}

static Scores *scores_of(const char *folder)
{
    Scores *s;
    Error err = {0};
    char *name = mem_format("%s/scores.h5", folder), *path = tiny_path(name);
    ck_assert_msg(scores_read(path, &s, &err) == 0, "%s", err.text);
    mem_free(path);
    mem_free(name);
    return s;
}

/* The document has every documented key and no other, and its means follow from its own
 * list. */
static void check_document(const json_t *json, size_t tags, int64_t images)
{
    static const char *const keys[] = {"mAP", "CP", "CR", "F1"};
    for (int i = 0; i < 4; i++) {
        ck_assert_double_ge(number_of(json, keys[i]), 0);
        ck_assert_double_le(number_of(json, keys[i]), 1);
    }
    const json_t *list = json_object_get(json, "per_tag");
    ck_assert_uint_eq(json_object_size(json), 17);
    ck_assert_uint_eq(json_array_size(list), tags);
    ck_assert_int_eq((int64_t)number_of(json, "tags"), (int64_t)tags);
    ck_assert_int_eq((int64_t)number_of(json, "images"), images);
    double sum = 0, with = 0;
    for (size_t i = 0; i < tags; i++) {
        const json_t *tag = json_array_get(list, i);
        const bool tied = json_object_get(tag, "AP_low") != NULL;
        ck_assert_uint_eq(json_object_size(tag), tied ? 5 : 3);
        with += number_of(tag, "positives") > 0;
        ck_assert_ptr_nonnull(json_string_value(json_object_get(tag, "tag")));
        ck_assert(json_is_integer(json_object_get(tag, "positives")));
        sum += number_of(tag, "AP");
    }
    ck_assert_double_eq_tol(number_of(json, "mAP"), sum / (double)tags, 1e-12);
    ck_assert_double_eq(number_of(json, "tags_with_positives"), with);
    ck_assert_double_eq_tol(number_of(json, "mAP_with_positives"), sum / with, 1e-12);
    const double p = number_of(json, "CP"), r = number_of(json, "CR");
    ck_assert_double_eq_tol(number_of(json, "F1"), 2 * p * r / (p + r + 1e-9), 1e-6);
}

static const struct {
    const char *list;
    size_t tags;
} lists[] = {{"seen", 67}, {"unseen", 13}};

START_TEST(document)
{
    char *line = mem_format(EVAL "%s --json", lists[_i].list);
    char *name = mem_format("@/m/eval/%s/summary.json", lists[_i].list);
    json_t *json = tiny_json(line);
    check_document(json, lists[_i].tags, 20);
    char *file = tiny_read(name);
    json_t *stored = json_loads(file, JSON_REJECT_DUPLICATES, NULL);
    ck_assert(json_equal(json, stored));
    mem_free(file);
    json_decref(stored);
    json_decref(json);
    mem_free(name);
    mem_free(line);
}
END_TEST

static int lines_of(const char *path)
{
    char *text = tiny_read(path);
    int n = 0;
    for (const char *p = text; *p; p++) n += *p == '\n';
    mem_free(text);
    return n;
}

START_TEST(files)
{
    ck_assert_int_eq(lines_of("@/seen/ap.txt"), 67);
    ck_assert_int_eq(lines_of("@/seen/pr.txt"), 67);
    ck_assert_int_eq(lines_of("@/seen/pred.txt"), 20);
    char *out = tiny_out(0, EVAL "seen -o @/again"), *file = tiny_read("@/again/summary.txt");
    ck_assert_int_eq(strncmp(out, file, strlen(file)), 0);
    /* The means of the groups follow. */
    ck_assert_ptr_nonnull(strstr(out, "  mAP of color (8 tags): 0."));
    ck_assert_ptr_nonnull(strstr(out, "  mAP of color + shape (51 tags): 0."));
    mem_free(file);
    mem_free(out);
}
END_TEST

/* The batch size and the tile size change only rounding. */
static const char *const ways[] = {"model.tile=1", "model.tile=100 eval.batch=3",
                                   "eval.batch=1", "eval.batch=64 threads=2"};

START_TEST(scores_do_not_depend_on_batches)
{
    char *line = mem_format(EVAL "seen -o @/way%d %s", _i, ways[_i]);
    char *folder = mem_format("@/way%d", _i);
    mem_free(tiny_out(0, line));
    Scores *a = scores_of("@/seen"), *b = scores_of(folder);
    ck_assert_int_eq(a->images, 20);
    ck_assert_int_eq(b->images, 20);
    double spread = 0;
    for (int64_t i = 0; i < a->images * a->tags; i++) {
        ck_assert_double_eq_tol((double)a->score[i], (double)b->score[i], 1e-5);
        spread = fmax(spread, fabs((double)a->score[i] - (double)a->score[i % a->tags]));
    }
    ck_assert_double_gt(spread, 1e-3); /* the images have different scores */
    scores_free(a);
    scores_free(b);
    mem_free(folder);
    mem_free(line);
}
END_TEST

START_TEST(settings_of_inference_count)
{
    mem_free(tiny_out(0, EVAL "seen -o @/mean eval.mean=0.5,0.5,0.5"));
    Scores *a = scores_of("@/seen"), *b = scores_of("@/mean");
    ck_assert_mem_ne(a->score, b->score, sizeof *a->score * 67);
    scores_free(a);
    scores_free(b);
    char *messages = tiny_messages(USAGE, EVAL "seen eval.std=0.5,0.5");
    ck_assert_ptr_nonnull(strstr(messages, "error: eval.std: 2 values: expected 3"));
    mem_free(messages);
}
END_TEST

static double score_of(const Scores *s, int64_t image, const char *tag)
{
    for (int64_t k = 0; k < s->tags; k++)
        if (strcmp(s->tag[k], tag) == 0) return (double)s->score[image * s->tags + k];
    ck_abort_msg("no tag %s", tag);
}

/* `eval` and `tag` give the same scores, stored and printed. */
static void compare_with_tag(const char *line, const Scores *s)
{
    json_t *json = tiny_json(line);
    ck_assert_uint_eq(json_array_size(json), 20);
    for (size_t i = 0; i < 20; i++) {
        const json_t *record = json_array_get(json, i), *tags = json_object_get(record, "tags");
        const char *image = json_string_value(json_object_get(record, "image"));
        ck_assert_ptr_nonnull(strstr(image, s->image[i]));
        ck_assert_int_eq((int64_t)json_array_size(tags), s->tags);
        for (size_t k = 0; k < json_array_size(tags); k++) {
            const json_t *one = json_array_get(tags, k);
            const char *tag = json_string_value(json_object_get(one, "tag"));
            ck_assert(number_of(one, "score") != 0);
            ck_assert_double_eq((double)(float)number_of(one, "score"),
                                score_of(s, (int64_t)i, tag)); /* all digits */
        }
    }
    json_decref(json);
}

START_TEST(the_same_scores_as_tag)
{
    Scores *seen = scores_of("@/seen");
    compare_with_tag("tag --checkpoint @/m --json --threshold 0 @/data/images/test", seen);
    scores_free(seen);
    mem_free(tiny_out(0, EVAL "unseen -o @/unseen"));
    Scores *unseen = scores_of("@/unseen");
    compare_with_tag("tag --checkpoint @/m --json --top 99 --tags @/data/unseen/tags.txt "
                     "--descriptions @/data/unseen/descriptions.json @/data/images/test",
                     unseen);
    scores_free(unseen);
}
END_TEST

/* A benchmark of the reference implementation: file names without extension, tag ids, a
 * repeated tag. */
START_TEST(a_benchmark)
{
    tiny_write("@/hico/hico_taglist.txt", "red circle\nblue star\nred circle\n");
    tiny_write("@/hico/hico_annots.txt", "000000,0\n000001,1 2\n000002\n");
    char *copy =
        tiny_path("mkdir @/hico/imgs && cp @/data/images/test/00000[0-4].png @/hico/imgs");
    ck_assert_int_eq(system(copy), 0);
    mem_free(copy);
    json_t *json = tiny_json("eval --checkpoint @/m --data @/hico --json -o @/hico/out");
    check_document(json, 3, 3);
    const json_t *list = json_object_get(json, "per_tag");
    const json_t *first = json_array_get(list, 0), *last = json_array_get(list, 2);
    ck_assert_int_eq((int64_t)number_of(first, "positives"), 1); /* each its own image */
    ck_assert_int_eq((int64_t)number_of(last, "positives"), 1);
    json_decref(json);
    ck_assert_int_eq(lines_of("@/hico/out/ap.txt"), 3);
    ck_assert_int_eq(lines_of("@/hico/out/pr.txt"), 2);
}
END_TEST

START_TEST(thresholds_decide)
{
    char text[67 * 2 + 1] = "";
    for (int i = 0; i < 67; i++) strcat(text, "0\n");
    tiny_write("@/zero.txt", text);
    json_t *same = tiny_json(EVAL "seen --json --threshold 0 -o @/zero");
    json_t *json = tiny_json(EVAL "seen --json --thresholds @/zero.txt -o @/zero");
    ck_assert(json_equal(json, same));
    json_decref(same);
    int64_t positive = 0;
    const json_t *list = json_object_get(json, "per_tag");
    for (size_t k = 0; k < 67; k++)
        positive += number_of(json_array_get(list, k), "positives") > 0;
    /* Every tag is predicted, so recall is 1 for every tag with a positive image. */
    ck_assert_double_eq_tol(number_of(json, "CR"), (double)positive / 67, 1e-6);
    json_decref(json);
}
END_TEST

/* The halves of --split: each image is in one, wherever it stands in the list. */
START_TEST(thresholds_of_a_split)
{
    json_t *whole = tiny_json("threshold --scores @/seen/scores.h5 -o @/w.txt --json");
    ck_assert_int_eq((int64_t)number_of(whole, "images_tuned"), 20);
    ck_assert_int_eq((int64_t)number_of(whole, "images_reported"), 20);
    json_decref(whole);
    char *sort = tiny_path("sort -r @/data/seen/annotations.txt > @/reverse.txt");
    ck_assert_int_eq(system(sort), 0);
    mem_free(sort);
    mem_free(tiny_out(0, EVAL "seen --annotations @/reverse.txt -o @/reverse eval.batch=20"));
    mem_free(tiny_out(0, EVAL "seen -o @/forward eval.batch=20"));
    static const char *const scores[] = {"forward", "reverse"};
    json_t *json[2];
    for (int i = 0; i < 2; i++) {
        char *line = mem_format("threshold --scores @/%s/scores.h5 -o @/half%d.txt --json "
                                "--split 0.6",
                                scores[i], i);
        json[i] = tiny_json(line);
        mem_free(line);
    }
    const int64_t tuned = (int64_t)number_of(json[0], "images_tuned");
    ck_assert_int_gt(tuned, 5);
    ck_assert_int_lt(tuned, 18);
    ck_assert_int_eq(tuned + (int64_t)number_of(json[0], "images_reported"), 20);
    for (size_t i = 0; i < 2; i++)
        ck_assert_int_eq((int64_t)number_of(json[i], "images_tuned"), tuned);
    char *a = tiny_read("@/half0.txt"), *b = tiny_read("@/half1.txt"),
         *w = tiny_read("@/w.txt");
    ck_assert_str_ne(a, w);
    ck_assert_uint_eq(strlen(a) > 0, strlen(b) > 0);
    for (int i = 0; i < 2; i++) json_decref(json[i]);
    mem_free(a);
    mem_free(b);
    mem_free(w);
}
END_TEST

/* Without -o, results go to the folder of the run, or else to the current folder. */
START_TEST(default_folder)
{
    char *copy =
        tiny_path("mkdir -p @/checkpoints/x/mycheckpoints && cp -r @/m @/checkpoints/run && "
                  "cp @/m/bank_*.h5 @/checkpoints/x/mycheckpoints && "
                  "cp @/m/checkpoints/best @/checkpoints/x/mycheckpoints/m.h5");
    ck_assert_int_eq(system(copy), 0);
    mem_free(copy);
    char *messages =
        tiny_messages(0, "eval --checkpoint @/checkpoints/run --data @/data/unseen");
    ck_assert_ptr_nonnull(strstr(messages, "/checkpoints/run/eval/unseen\n"));
    mem_free(messages);
    char *program =
        realpath(getenv("RAMPLUS") ? getenv("RAMPLUS") : "build/fast/ramplus", NULL);
    char *line = mem_format("cd @/checkpoints && %s eval --data ../data/unseen --checkpoint "
                            "x/mycheckpoints/m.h5 > out 2> messages",
                            program);
    char *full = tiny_path(line);
    ck_assert_int_eq(system(full), 0);
    messages = tiny_read("@/checkpoints/messages");
    ck_assert_ptr_nonnull(strstr(messages, "details: eval/unseen\n"));
    mem_free(messages);
    mem_free(full);
    mem_free(line);
    free(program);
}
END_TEST

/* A missing image is named and refused, or left out on request; an unreadable one is left
 * out. */
START_TEST(images_that_are_left_out)
{
    char *copy = tiny_path("mkdir -p @/gaps/imgs && cp @/data/seen/tags.txt @/gaps && "
                           "cp @/data/images/test/00000[0-3].png @/gaps/imgs && "
                           "echo text > @/gaps/imgs/000003.png");
    ck_assert_int_eq(system(copy), 0);
    mem_free(copy);
    tiny_write("@/gaps/annotations.txt", "000000,red\n000001\n000002,blue\n000003\n000009\n");
    const char *line = "eval --checkpoint @/m --data @/gaps -o @/gaps/out";
    char *messages = tiny_messages(DATA, line);
    ck_assert_ptr_nonnull(strstr(messages, "gaps: missing image: 000009\n"));
    mem_free(messages);
    ck_assert(!tiny_exists("@/gaps/out/summary.json"));
    char *one = mem_format("%s --json --allow-missing 1", line);
    json_t *json = tiny_json(one);
    ck_assert_int_eq((int64_t)number_of(json, "images"), 3);
    ck_assert_int_eq((int64_t)number_of(json, "images_left_out"), 2);
    json_decref(json);
    mem_free(one);
}
END_TEST

/* A folder of results that cannot be written costs the files, not the numbers. */
START_TEST(numbers_survive_their_folder)
{
    char *printed = tiny_out(1, EVAL "seen -o /dev/null/x");
    ck_assert_msg(strncmp(printed, "images  ", 8) == 0 && strstr(printed, "\nmAP "), "%s",
                  printed);
    mem_free(printed);
}
END_TEST

START_TEST(an_image_that_stands_twice)
{
    tiny_write("@/again.txt", "images/test/000003.png,red\nimages/test/000001.png\n"
                              "images/test/000003.png,blue\n");
    char *messages = tiny_messages(0, EVAL "seen --annotations @/again.txt -o @/again_out");
    ck_assert_ptr_nonnull(strstr(messages, "again.txt: images that stand more than once"));
    ck_assert_ptr_nonnull(
        strstr(messages, "1 line too many, the first one images/test/000003"));
    mem_free(messages);
    messages = tiny_messages(0, EVAL "seen -o @/again_out");
    ck_assert_ptr_null(strstr(messages, "more than once"));
    mem_free(messages);
}
END_TEST

/* Two evaluation sets whose folders have one name keep their own results. */
START_TEST(sets_of_one_name)
{
    char *copy = tiny_path("mkdir @/x @/y && cp -r @/data/unseen @/x/val && "
                           "cp -r @/data/unseen @/y/val && cp -r @/data/images @/x && "
                           "cp -r @/data/images @/y && mkdir -p @/x/y && cp -r @/y @/x");
    ck_assert_int_eq(system(copy), 0);
    mem_free(copy);
    static const char *const line[] = {"x/val", "y/val", "x/val/"};
    static const char *const out[] = {"/m/eval/val\n", "/m/eval/y-val\n", "/m/eval/val\n"};
    for (int i = 0; i < 3; i++) {
        char *eval = mem_format("eval --checkpoint @/m --data @/%s", line[i]);
        char *messages = tiny_messages(0, eval);
        ck_assert_ptr_nonnull(strstr(messages, out[i]));
        mem_free(messages);
        mem_free(eval);
    }
    tiny_refused(USAGE, "eval --checkpoint @/m --data @/x/y/val",
                 "y-val: holds the results of another evaluation set");
}
END_TEST

/* A list elsewhere, its images in the data.root of the training. */
START_TEST(images_of_the_training)
{
    char *copy = tiny_path("mkdir @/lists && cp -r @/data/seen @/lists/own");
    ck_assert_int_eq(system(copy), 0);
    mem_free(copy);
    json_t *json = tiny_json("eval --checkpoint @/m --data @/lists/own --json -o @/lists/out");
    ck_assert_int_eq((int64_t)number_of(json, "images"), 20);
    json_decref(json);
}
END_TEST

static const struct {
    int code;
    const char *arguments, *message;
} bad[] = {
    {USAGE, "eval --data @/data/seen", "eval: --checkpoint is missing"},
    {USAGE, "threshold --scores @/data/seen/tags.txt -o @/data/../data/seen/tags.txt",
     "threshold: -o names the file of --scores"},
    {USAGE, "eval --checkpoint @/m", "eval: --data is missing"},
    {USAGE, EVAL "seen --threshold 0.5 --thresholds @/zero.txt", "either --threshold or"},
    {USAGE, EVAL "seen extra", "eval: extra: unexpected argument"},
    {USAGE, EVAL "seen -c @/tiny.yaml", "eval: -c: this command reads no configuration file"},
    {USAGE, EVAL "seen loss.tag=x", "loss.tag: 'x': expected asl|"},
    {DATA, EVAL "none", "none: no such folder"},
    {DATA, EVAL "seen --tags @/none.txt", "none.txt: cannot open"},
    {DATA, EVAL "seen --root @/none", "20 of 20 images are missing below "},
    {CHECKPOINT, "eval --checkpoint @/none --data @/data/seen", "none: cannot open"},
    {CHECKPOINT, "eval --checkpoint @/seen/scores.h5 --data @/data/seen", "not a checkpoint"},
};
enum { BAD = sizeof bad / sizeof *bad };

START_TEST(refuses) { tiny_refused(bad[_i].code, bad[_i].arguments, bad[_i].message); }
END_TEST

Suite *test_cmd_eval_suite(void);
Suite *test_cmd_eval_suite(void)
{
    Suite *suite = suite_create("cmd_eval");
    TCase *c = tcase_create("cmd_eval");
    tcase_add_unchecked_fixture(c, setup, tiny_free);
    tcase_add_loop_test(c, document, 0, 2);
    tcase_add_test(c, files);
    tcase_add_loop_test(c, scores_do_not_depend_on_batches, 0, 4);
    tcase_add_test(c, settings_of_inference_count);
    tcase_add_test(c, the_same_scores_as_tag);
    tcase_add_test(c, a_benchmark);
    tcase_add_test(c, thresholds_decide);
    tcase_add_test(c, thresholds_of_a_split);
    tcase_add_test(c, default_folder);
    tcase_add_test(c, images_that_are_left_out);
    tcase_add_test(c, numbers_survive_their_folder);
    tcase_add_test(c, an_image_that_stands_twice);
    tcase_add_test(c, sets_of_one_name);
    tcase_add_test(c, images_of_the_training);
    tcase_add_loop_test(c, refuses, 0, BAD);
    suite_add_tcase(suite, c);
    return suite;
}
