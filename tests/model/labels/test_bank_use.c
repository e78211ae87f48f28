/* SPDX-License-Identifier: Apache-2.0 */
/* Using label banks: train, eval and tag give the same results with a bank as with its texts,
 * need no encoder, and reject a bank that does not fit; new tags in addition to the trained
 * ones. */
#include "core/io/file.h"
#include "core/io/text.h"
#include "core/mem.h"
#include "tests/model/labels/bank_case.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEEN_TAGS = 67, UNSEEN_TAGS = 13 };

static void damage(const char *path)
{
    Bytes b;
    char *full = tiny_path(path);
    ck_assert_int_eq(file_read(full, &b, NULL), 0);
    b.data[b.len / 2] ^= 4;
    ck_assert_int_eq(file_write(full, b.data, b.len, NULL), 0);
    bytes_free(&b);
    mem_free(full);
}

/* @/m is a run without a bank. The banks have its own texts or the unseen tags, or are invalid.
 */
static void setup(void)
{
    tiny_new();
    bank_case_clip();
    mem_free(tiny_train(0, "m", SMALL));
    mem_free(tiny_messages(0, EMBED SEEN "-o @/seen.h5"));
    mem_free(tiny_messages(0, EMBED UNSEEN "-o @/unseen.h5"));
    mem_free(tiny_messages(0, EMBED UNSEEN "-o @/unseen.safetensors"));
    mem_free(tiny_messages(0, EMBED "--tags @/data/train_tags.txt -o @/template.h5"));
    mem_free(tiny_messages(0, "embed --encoder clip " CLIP SEEN "-o @/clip.h5"));
    mem_free(tiny_messages(0, "embed model.text_width=48 " SEEN "-o @/narrow.h5"));
    mem_free(tiny_messages(0, EMBED SEEN "-o @/flipped.h5"));
    mem_free(tiny_messages(0, EMBED SEEN "-o @/flipped.safetensors"));
    damage("@/flipped.h5");
    damage("@/flipped.safetensors");
    char *tags = tiny_read("@/data/train_tags.txt");
    bank_case_bank("@/other_hash.h5", tags, 64, "hash");
    mem_free(tags);
    tiny_write("@/text.h5", "no bank\n");
}

static json_t *tags_of(json_t *json, size_t i)
{
    return json_object_get(json_array_get(json, i), "tags");
}

/* ---- the same as with texts ---- */

START_TEST(training_with_a_bank)
{
    char want[33], have[33];
    tiny_content("m", want);
    mem_free(tiny_train(0, "banked", SMALL "model.bank=@/seen.h5"));
    tiny_content("banked", have);
    ck_assert_str_eq(have, want);
    /* the other format, with the texts compared; stopped and resumed */
    mem_free(tiny_messages(0, EMBED SEEN "-o @/seen.safetensors"));
    mem_free(tiny_train(
        0, "both",
        "swin.depths=1,1,1,1 model.layers=1 train.max_steps=3 model.bank=@/seen.safetensors "
        "model.descriptions=@/data/seen/descriptions.json"));
    char *messages = tiny_train(0, "both", SMALL "model.bank=@/seen.h5");
    ck_assert_ptr_nonnull(strstr(messages, "resuming from "));
    mem_free(messages);
    tiny_content("both", have);
    ck_assert_str_eq(have, want);
}
END_TEST

/* Without captions, evaluation sets and texts to encode, the encoder's files are not needed,
 * and the tags come from the bank. */
START_TEST(training_without_an_encoder)
{
    char *link = tiny_path("mkdir @/bare && cp -r @/data/images @/bare && "
                           "cp @/data/train.json @/bare/triplets.json");
    ck_assert_int_eq(system(link), 0);
    mem_free(link);
    mem_free(tiny_train(0, "alone",
                        SMALL "data.root=@/bare data.train=@/bare/triplets.json "
                              "loss.weight.align=0 text_encoder=clip model.bank=@/clip.h5"));
    json_t *json = tiny_json("tag --checkpoint @/alone --json --threshold 0 " ONE);
    ck_assert_uint_eq(json_array_size(tags_of(json, 0)), SEEN_TAGS);
    json_decref(json);
    char *messages =
        tiny_messages(ERROR_CHECKPOINT, "train -c @/tiny.yaml run=@/alone data.root=@/bare "
                                        "data.train=@/bare/triplets.json "
                                        "loss.weight.align=0 model.bank=@/clip.h5");
    ck_assert_ptr_nonnull(
        strstr(messages, "clip.h5: made by text_encoder=clip: the configuration has hash"));
    mem_free(messages);
    messages =
        tiny_messages(ERROR_DATA, "train -c @/tiny.yaml run=@/alone data.root=@/bare "
                                  "data.train=@/bare/triplets.json text_encoder=clip "
                                  "loss.weight.align=0 model.bank=@/clip.h5 model.class_num=9");
    ck_assert_ptr_nonnull(strstr(messages, "clip.h5: 67 tags, but model.class_num is 9"));
    mem_free(messages);
}
END_TEST

START_TEST(evaluating_with_a_bank)
{
    bank_case_equal("eval --json --checkpoint @/m --data @/data/unseen -o @/e1",
                    "eval --json --checkpoint @/m --data @/data/unseen -o @/e2 --bank "
                    "@/unseen.h5");
    bank_case_equal("eval --json --checkpoint @/m --data @/data/unseen -o @/e1",
                    "eval --json --checkpoint @/m --data @/data/unseen -o @/e2 --bank "
                    "@/unseen.safetensors");
}
END_TEST

START_TEST(tagging_with_a_bank)
{
    bank_case_equal(TAG UNSEEN ONE " " TWO, TAG "--bank @/unseen.h5 " ONE " " TWO);
    bank_case_equal(TAG UNSEEN ONE " " TWO, TAG "--bank @/unseen.safetensors " ONE " " TWO);
    bank_case_equal(TAG ONE, TAG "--bank @/seen.h5 " ONE);
}
END_TEST

/* ---- lists of trained and new tags ---- */

/* tag -> score of image i. Owned. */
static json_t *scores_of(const char *line, size_t i)
{
    json_t *json = tiny_json(line), *map = json_object(), *tag;
    size_t k;
    json_array_foreach(tags_of(json, i), k, tag) json_object_set(
        map, json_string_value(json_object_get(tag, "tag")), json_object_get(tag, "score"));
    json_decref(json);
    return map;
}

/* Every score of `part` equals that of `whole`. */
static void expect_part(json_t *part, json_t *whole)
{
    const char *tag;
    json_t *score;
    json_object_foreach(part, tag, score)
    {
        json_t *other = json_object_get(whole, tag);
        ck_assert_msg(other != NULL, "no %s", tag);
        ck_assert_double_eq_tol(json_number_value(other), json_number_value(score), 2e-6);
    }
}

static const char *const mixed[] = {TAG "--add-bank @/unseen.h5 " ONE " " TWO,
                                    TAG "--add-tags @/data/unseen/tags.txt --descriptions "
                                        "@/data/unseen/descriptions.json " ONE " " TWO};

START_TEST(mixed_lists)
{
    for (size_t i = 0; i < 2; i++) {
        json_t *whole = scores_of(mixed[_i], i), *seen = scores_of(TAG ONE " " TWO, i),
               *new = scores_of(TAG UNSEEN ONE " " TWO, i);
        ck_assert_uint_eq(json_object_size(seen), SEEN_TAGS);
        ck_assert_uint_eq(json_object_size(new), UNSEEN_TAGS);
        ck_assert_uint_eq(json_object_size(whole), SEEN_TAGS + UNSEEN_TAGS);
        expect_part(seen, whole);
        expect_part(new, whole);
        json_decref(new);
        json_decref(seen);
        json_decref(whole);
    }
}
END_TEST

/* Tags that are already in the list, and repetitions, are skipped with one warning. */
START_TEST(tags_already_there)
{
    char *first = tiny_read("@/data/train_tags.txt");
    *strchr(first, '\n') = 0;
    char *list = mem_format("walrus\n%s\nteapot\nwalrus\n", first);
    tiny_write("@/add.txt", list);
    char *out, *messages;
    ck_assert_int_eq(tiny_run(TAG "--add-tags @/add.txt " ONE, &out, &messages), 0);
    char *want = mem_format("add.txt: 2 of 4 tags are already in the list and skipped, such "
                            "as '%s'\n",
                            first);
    ck_assert_msg(strstr(messages, want), "%s", messages);
    json_t *json = json_loads(out, 0, NULL);
    ck_assert_uint_eq(json_array_size(tags_of(json, 0)), SEEN_TAGS + 2);
    json_decref(json);
    mem_free(want);
    mem_free(messages);
    mem_free(out);
    messages = tiny_messages(0, TAG "--add-bank @/seen.h5 " ONE);
    ck_assert_ptr_nonnull(strstr(messages, "seen.h5: 67 of 67 tags are already in the list"));
    mem_free(messages);
    mem_free(list);
    mem_free(first);
}
END_TEST

/* The lines of a file of thresholds belong to the trained tags, then to the new ones. */
START_TEST(thresholds_of_a_mixed_list)
{
    Text lines = {0};
    for (int i = 0; i < SEEN_TAGS + UNSEEN_TAGS; i++)
        text_put(&lines, i == 0 || i == SEEN_TAGS + 2 ? "0\n" : "1\n");
    tiny_write("@/t.txt", lines.data);
    text_free(&lines);
    json_t *json = tiny_json("tag --checkpoint @/m --json --add-bank @/unseen.h5 --thresholds "
                             "@/t.txt " ONE);
    char *seen = tiny_read("@/data/train_tags.txt"),
         *unseen = tiny_read("@/data/unseen/tags.txt"),
         *third = strchr(strchr(unseen, '\n') + 1, '\n') + 1;
    *strchr(seen, '\n') = *strchr(third, '\n') = 0;
    ck_assert_uint_eq(json_array_size(tags_of(json, 0)), 2);
    bool first = false, other = false;
    for (size_t k = 0; k < 2; k++) {
        const char *name =
            json_string_value(json_object_get(json_array_get(tags_of(json, 0), k), "tag"));
        first = first || strcmp(name, seen) == 0;
        other = other || strcmp(name, third) == 0;
    }
    ck_assert(first && other);
    mem_free(unseen);
    mem_free(seen);
    json_decref(json);
    char *messages =
        tiny_messages(ERROR_DATA, "tag --checkpoint @/m --add-bank @/unseen.h5 --thresholds "
                                  "@/data/train_tags.txt " ONE);
    ck_assert_ptr_nonnull(
        strstr(messages, "67 thresholds for 80 tags: expected one line per tag"));
    mem_free(messages);
}
END_TEST

/* ---- banks that do not fit ---- */

static const struct {
    int code;
    const char *bank, *words;
} unfit[] = {
    {ERROR_CHECKPOINT, "@/narrow.h5",
     "narrow.h5: vectors of width 48, but model.text_width is 64"},
    {ERROR_CHECKPOINT, "@/clip.h5", "clip.h5: made by text_encoder=clip: the "},
    {ERROR_CHECKPOINT, "@/other_hash.h5",
     "other_hash.h5: made by another hash encoder than the "},
    {ERROR_CHECKPOINT, "@/flipped.h5",
     "flipped.h5: checksum of the whole file: does not match"},
    {ERROR_CHECKPOINT, "@/flipped.safetensors", "flipped.safetensors: "},
    {ERROR_CHECKPOINT, "@/text.h5", "text.h5: "},
    {ERROR_CHECKPOINT, "@/m/checkpoints/latest", "latest: a checkpoint, not a label bank"},
    {ERROR_CHECKPOINT, "@/clip.safetensors", "clip.safetensors: not a label bank"},
    {ERROR_DATA, "@/none.h5", "none.h5: cannot open"},
};
enum { UNFIT = sizeof unfit / sizeof *unfit };

static void expect_refusal(const char *format, int i)
{
    char *line = mem_format(format, unfit[i].bank);
    char *messages = tiny_messages(unfit[i].code, line);
    ck_assert_msg(strstr(messages, unfit[i].words), "%s: %s", line, messages);
    mem_free(messages);
    mem_free(line);
}

START_TEST(unfit_banks)
{
    expect_refusal("train -c @/tiny.yaml run=@/new " SMALL "model.bank=%s", _i);
    expect_refusal("eval --checkpoint @/m --data @/data/seen -o @/e3 --bank %s", _i);
    expect_refusal("tag --checkpoint @/m --bank %s " ONE, _i);
    expect_refusal("tag --checkpoint @/m --add-bank %s " ONE, _i);
}
END_TEST

static const struct {
    int code;
    const char *line, *words;
} bad[] = {
    {ERROR_CHECKPOINT, "train -c @/tiny.yaml run=@/new " SMALL "model.bank=@/unseen.h5",
     "unseen.h5: tag 1 is '"},
    {ERROR_CHECKPOINT,
     "train -c @/tiny.yaml run=@/new " SMALL "model.bank=@/template.h5 "
     "model.descriptions=@/data/seen/descriptions.json",
     "template.h5: made from other descriptions than those of "},
    {ERROR_DATA,
     "train -c @/tiny.yaml run=@/new " SMALL "model.bank=@/seen.h5 model.class_num=5",
     "train_tags.txt: 67 tags, but model.class_num is 5"},
    {ERROR_CHECKPOINT, "train -c @/tiny.yaml run=@/m " SMALL "model.bank=@/template.h5",
     "its label bank differs: the descriptions or the text encoder changed"},
    {ERROR_CHECKPOINT, "eval --checkpoint @/m --data @/data/seen -o @/e3 --bank @/unseen.h5",
     "unseen.h5: tag 1 is '"},
    {ERROR_USAGE,
     "eval --checkpoint @/m --data @/data/seen --bank @/seen.h5 --tags @/data/train_tags.txt",
     "eval: either --bank or --tags and --descriptions"},
    {ERROR_USAGE,
     "eval --checkpoint @/m --data @/data/seen --bank @/seen.h5 --descriptions @/x.json",
     "eval: either --bank or --tags and --descriptions"},
    {ERROR_USAGE, "tag --checkpoint @/m --bank @/seen.h5 --tags @/data/train_tags.txt " ONE,
     "tag: only one of --tags, --add-tags, --bank, --add-bank"},
    {ERROR_USAGE, "tag --checkpoint @/m --add-bank @/seen.h5 --add-tags @/x.txt " ONE,
     "tag: only one of --tags, --add-tags, --bank, --add-bank"},
    {ERROR_USAGE, "tag --checkpoint @/m --bank @/seen.h5 --descriptions @/x.json " ONE,
     "tag: --descriptions needs --tags or --add-tags"},
    {ERROR_DATA, "tag --checkpoint @/m --add-tags @/none.txt " ONE, "none.txt: cannot open"},
};
enum { BAD = sizeof bad / sizeof *bad };

START_TEST(refuses)
{
    char *messages = tiny_messages(bad[_i].code, bad[_i].line);
    ck_assert_msg(strstr(messages, bad[_i].words), "%s: %s", bad[_i].line, messages);
    mem_free(messages);
}
END_TEST

Suite *test_bank_use_suite(void);
Suite *test_bank_use_suite(void)
{
    Suite *suite = suite_create("bank_use");
    TCase *c = tcase_create("bank_use");
    tcase_add_unchecked_fixture(c, setup, tiny_free);
    tcase_add_test(c, training_with_a_bank);
    tcase_add_test(c, training_without_an_encoder);
    tcase_add_test(c, evaluating_with_a_bank);
    tcase_add_test(c, tagging_with_a_bank);
    tcase_add_loop_test(c, mixed_lists, 0, 2);
    tcase_add_test(c, tags_already_there);
    tcase_add_test(c, thresholds_of_a_mixed_list);
    tcase_add_loop_test(c, unfit_banks, 0, UNFIT);
    tcase_add_loop_test(c, refuses, 0, BAD);
    suite_add_tcase(suite, c);
    return suite;
}
