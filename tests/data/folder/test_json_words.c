/* SPDX-License-Identifier: Apache-2.0 */
/* Values of records in all shapes, and those that are none. */
#include "core/mem.h"
#include "data/folder/json_words.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <string.h>

static Scratch scratch;
static char zero[] = "zero", one[] = "one", *const name[] = {zero, one};

static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

static void put_list(Text *t, const char *what, const json_t *list)
{
    size_t i;
    const json_t *text;
    if (!list) return;
    text_add(t, " %s:", what);
    json_array_foreach(list, i, text) text_add(t, "<%s>", json_string_value(text));
}

/* What the record says, as a line: `IMAGE tags:<a><b> unknown: captions:<x> role`. Owned. */
static char *take(const char *record, const JsonWordsRules *rules, Error *err)
{
    JsonArray *array;
    json_t *json;
    JsonWords w;
    JsonKeys keys[JSON_PARTS];
    const OptionStrings none = {0};
    Text t = {0};
    for (int i = 0; i < JSON_PARTS; i++) keys[i] = json_keys_new((enum JsonPart)i, &none);
    const char *path = scratch_text(&scratch, "r.jsonl", record);
    ck_assert_int_eq(json_array_open_lines(path, NULL, &array, NULL), 0);
    ck_assert_int_eq(json_array_next(array, &json, NULL), 0);
    if (json_words_take(rules, keys, array, json, &w, err) == 0) {
        text_put(&t, w.image);
        put_list(&t, "tags", w.tags);
        put_list(&t, "unknown", w.unknown);
        put_list(&t, "captions", w.captions);
        static const char *const role[] = {"", " train", " test"};
        text_put(&t, role[w.role]);
        json_words_free(&w);
    }
    json_decref(json);
    json_array_close(array);
    for (int i = 0; i < JSON_PARTS; i++) json_keys_free(&keys[i]);
    return t.data;
}

static const struct {
    const char *record, *want;
} taken[] = {
    {"{\"file_name\": \"a/1.jpg\"}", "a/1.jpg"},
    {"{\"file_name\": null, \"image\": \"./1.jpg\"}", "./1.jpg"},
    {"{\"image\": {\"bytes\": null, \"path\": \"1.jpg\"}}", "1.jpg"},
    {"{\"path\": \"1\", \"file_name\": \"2\"}", "2"},
    {"{\"file\": \"1\", \"tags\": \"cat,, long_hair , fate \\\\(x\\\\)\"}",
     "1 tags:<cat><long_hair><fate (x)>"},
    {"{\"file\": \"1\", \"tags\": [\"cat\", \"a, b\", null, \" \", \"d\"]}",
     "1 tags:<cat><a, b><d>"},
    {"{\"file\": \"1\", \"tags\": []}", "1 tags:"},
    {"{\"file\": \"1\", \"tags\": \"\"}", "1 tags:"},
    {"{\"file\": \"1\", \"tags\": null}", "1"},
    {"{\"file\": \"1\", \"tags\": NaN}", "1"},
    {"{\"file\": \"1\", \"tags\": null, \"labels\": [\"x\"]}", "1 tags:<x>"},
    {"{\"file\": \"1\", \"label\": 1}", "1 tags:<one>"},
    {"{\"file\": \"1\", \"labels\": [1.0, 0]}", "1 tags:<one><zero>"},
    {"{\"file\": \"1\", \"objects\": [{\"name\": \"cat\"}, {\"label\": \"dog\"}]}",
     "1 tags:<cat><dog>"},
    {"{\"file\": \"1\", \"objects\": {\"bbox\": [[1, 2]], \"categories\": [1]}}",
     "1 tags:<one>"},
    {"{\"file\": \"1\", \"objects\": [{\"names\": [\"a\", \"b\"], \"object_id\": 3}]}",
     "1 tags:<a><b>"},
    {"{\"image_path\": \"1\", \"union_label_id\": [0], \"unknown_label_id\": [1], \"caption\": "
     "[\"x\"]}",
     "1 tags:<zero> unknown:<one> captions:<x>"},
    {"{\"image_path\": \"1\", \"union_label_id\": null, \"caption\": []}", "1 captions:"},
    {"{\"file\": \"1\", \"caption\": \"A cat, (asleep)\"}", "1 captions:<A cat, (asleep)>"},
    {"{\"file\": \"1\", \"text\": [\"a\", null, \" \", \"b\"]}", "1 captions:<a><b>"},
    {"{\"file\": \"1\", \"sentences\": [{\"raw\": \"A.\", \"sentid\": 3}, {\"raw\": \"B.\"}]}",
     "1 captions:<A.><B.>"},
    {"{\"image\": \"1\", \"conversations\": [{\"from\": \"human\", \"value\": \"Q\"}, "
     "{\"from\": "
     "\"gpt\", \"value\": \"a bus\"}, {\"from\": \"human\", \"value\": \"R\"}, {\"from\": "
     "\"gpt\", \"value\": \"no\"}]}",
     "1 captions:<a bus>"},
    {"{\"file\": \"1\", \"split\": \"validation\"}", "1 test"},
    {"{\"file\": \"1\", \"split\": \"Train\"}", "1 train"},
    {"{\"file\": \"1\", \"split\": \"\"}", "1"},
};

START_TEST(takes)
{
    Error err = {0};
    TagList names = tags_new(name, 2);
    char *got = take(taken[_i].record, &(JsonWordsRules){.names = &names}, &err);
    ck_assert_msg(got != NULL, "%s", err.text);
    ck_assert_str_eq(got, taken[_i].want);
    mem_free(got);
    tags_free(&names);
}
END_TEST

static const struct {
    const char *record, *why;
} refused[] = {
    {"{\"x\": 1}", "no image under file_name, image_path, image, "},
    {"{\"images\": [], \"annotations\": []}", "prepare coco reads such files"},
    {"{\"image\": 3}", "image: a number: --image-path makes it a path"},
    {"{\"image\": {\"bytes\": \"x\"}}", "image: expected a text, the path of an image"},
    {"{\"image\": \" \"}", "image: blank"},
    {"{\"image\": \"a\\u0000\"}", "image: holds \\u0000"},
    {"{\"file\": \"1\", \"tags\": true}", "tags: expected a text, a list or an object"},
    {"{\"file\": \"1\", \"tags\": [{\"box\": 1}]}", "tags: an object without a name, label,"},
    {"{\"file\": \"1\", \"tags\": [[[[[\"a\"]]]]]}", "tags: too many lists inside each other"},
    {"{\"file\": \"1\", \"tags\": \"a\\nb\"}", "tags: 'a?b': several lines"},
    {"{\"file\": \"1\", \"tags\": [\"a\\u202e\"]}", "or characters that cannot be printed"},
    {"{\"file\": \"1\", \"tags\": [\"a\\ud800\"]}", "tags: holds half a surrogate pair"},
    {"{\"file\": \"1\", \"label\": -1}", "label: -1: expected a whole number in 0..1"},
    {"{\"file\": \"1\", \"label\": 2}", "label: 2: expected a whole number in 0..1"},
    {"{\"file\": \"1\", \"label\": 0.5}", "label: 0.5: expected a whole number in 0..1"},
    {"{\"file\": \"1\", \"label\": 1e300}", "label: 1e+300: expected a whole number"},
    {"{\"file\": \"1\", \"unknown_label_id\": [7]}", "unknown_label_id: 7: expected a whole"},
    {"{\"file\": \"1\", \"caption\": 4}", "caption: expected a text or a list of texts"},
    {"{\"file\": \"1\", \"caption\": [{\"id\": 1}]}", "caption: an object without a caption,"},
    {"{\"file\": \"1\", \"caption\": [[[[[\"a\"]]]]]}", "caption: too many lists inside"},
    {"{\"file\": \"1\", \"split\": \"extra\"}", "split: 'extra': expected train, val or test"},
    {"{\"file\": \"1\", \"split\": 1}", "split: expected a text"},
};

START_TEST(refuses)
{
    Error err = {0};
    TagList names = tags_new(name, 2);
    ck_assert_ptr_null(take(refused[_i].record, &(JsonWordsRules){.names = &names}, &err));
    expect_error(&err, ERROR_DATA, refused[_i].why);
    expect_error(&err, ERROR_DATA, "r.jsonl: record 1 (line 1): ");
    tags_free(&names);
}
END_TEST

START_TEST(rules)
{
    Error err = {0};
    char *got = take("{\"image\": 17, \"tags\": \"long_hair, ^_^\"}",
                     &(JsonWordsRules){.path = "VG/{}.jpg", .underscores = true}, &err);
    ck_assert_str_eq(got, "VG/17.jpg tags:<long hair><^_^>");
    mem_free(got);
    got = take("{\"image\": \"a\"}", &(JsonWordsRules){.path = "{}.png"}, &err);
    ck_assert_str_eq(got, "a.png");
    mem_free(got);
    ck_assert_ptr_null(take("{\"image\": \"a\", \"label\": 0}", &(JsonWordsRules){0}, &err));
    expect_error(&err, ERROR_DATA, "label: 0 is a number: --names FILE gives the names");
}
END_TEST

Suite *test_json_words_suite(void);
Suite *test_json_words_suite(void)
{
    Suite *s = suite_create("json_words");
    TCase *t = tcase_create("json_words");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, takes, 0, sizeof taken / sizeof *taken);
    tcase_add_loop_test(t, refuses, 0, sizeof refused / sizeof *refused);
    tcase_add_test(t, rules);
    suite_add_tcase(s, t);
    return s;
}
