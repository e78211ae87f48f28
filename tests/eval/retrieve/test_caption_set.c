/* SPDX-License-Identifier: Apache-2.0 */
/* Files in Karpathy's form. */
#include "eval/retrieve/caption_set.h"

#include "tests/support/scratch.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static Scratch scratch;

static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

#define SAY(text) "{\"tokens\": [\"x\"], \"raw\": \"" text "\", \"imgid\": 0, \"sentid\": 0}"

static const char FILE_TEXT[] =
    "{\"images\": [{\"sentids\": [0, 1], \"imgid\": 0, "
    "\"sentences\": [" SAY("Two men (smiling).") ", " SAY(
        "A dog") "], \"split\": \"test\", \"filename\": "
                 "\"1.jpg\"},\n"
                 "{\"filepath\": \"val2014\", \"filename\": "
                 "\"2.jpg\", \"split\": \"restval\", "
                 "\"sentences\": []},\n"
                 "{\"filepath\": \"val2014\", \"filename\": "
                 "\"3.jpg\", \"split\": \"test\", \"cocoid\": 7, "
                 "\"sentences\": [" SAY("A \\u00c9clair") "]}], \"dataset\": "
                                                          "\"coco\"}";

static int read_text(const char *text, const char *split, int64_t limit, CaptionSet *s,
                     Error *err)
{
    return caption_set_read(scratch_text(&scratch, "k.json", text), split, limit, s, err);
}

START_TEST(reads_a_split)
{
    CaptionSet s, less;
    Error err = {0};
    ck_assert_msg(read_text(FILE_TEXT, "test", 0, &s, &err) == 0, "%s", err.text);
    ck_assert(s.images == 2 && s.captions == 3);
    ck_assert_str_eq(s.image[0], "1.jpg");
    ck_assert_str_eq(s.image[1], "val2014/3.jpg");
    ck_assert(s.first[0] == 0 && s.first[1] == 2 && s.first[2] == 3);
    ck_assert_str_eq(s.caption[0], "two men smiling");
    ck_assert_str_eq(s.caption[2], "a \xc3\xa9"
                                   "clair");
    ck_assert_int_eq(read_text(FILE_TEXT, "test", 1, &less, NULL), 0);
    ck_assert(less.images == 1 && less.captions == 2 && less.first[1] == 2);
    ck_assert_str_ne(less.hash, s.hash);
    caption_set_free(&less);
    caption_set_free(&s);
}
END_TEST

static void expect_list(const char *text)
{
    CaptionSet s;
    Error err = {0};
    ck_assert_msg(read_text(text, "test", 0, &s, &err) == 0, "%s", err.text);
    ck_assert(s.images == 2 && s.captions == 3);
    ck_assert_str_eq(s.image[0], "f/1.jpg");
    ck_assert_str_eq(s.image[1], "2.jpg");
    ck_assert(s.first[1] == 2 && s.first[2] == 3);
    ck_assert_str_eq(s.caption[1], "a dog");
    ck_assert_str_eq(s.caption[2], "a cat");
    caption_set_free(&s);
}

/* As ALBEF and BLIP have them, and as others do. */
START_TEST(reads_a_list)
{
    expect_list("[{\"image\": \"f/1.jpg\", \"caption\": [\"Two men.\", \"A dog\"]},"
                " {\"image\": \"2.jpg\", \"caption\": \"A cat\"}]");
    expect_list(
        "[{\"split\": \"test\", \"image_name\": \"1.jpg\", \"file_path\": \"f\","
        "  \"captions\": [\"Two men.\", \"A dog\"]},"
        " {\"split\": \"val\", \"image_name\": \"3.jpg\", \"captions\": []},"
        " {\"split\": \"test\", \"image_name\": \"2.jpg\", \"captions\": [\"A cat\"]}]");
}
END_TEST

/* More images than the first allocation holds. */
START_TEST(grows)
{
    static char text[300 * 100];
    size_t n = (size_t)sprintf(text, "{\"images\": [");
    for (int i = 0; i < 300; i++)
        n += (size_t)sprintf(text + n,
                             "%s{\"filename\": \"%d\", \"split\": \"test\", \"sentences\": "
                             "[{\"raw\": \"c%d\"}]}",
                             i ? "," : "", i, i);
    sprintf(text + n, "]}");
    CaptionSet s;
    ck_assert_int_eq(read_text(text, "test", 0, &s, NULL), 0);
    ck_assert(s.images == 300 && s.captions == 300);
    for (int i = 0; i <= 300; i++) ck_assert_int_eq(s.first[i], i);
    ck_assert_str_eq(s.caption[299], "c299");
    caption_set_free(&s);
}
END_TEST

#define IMAGE(more) "{\"images\": [{\"split\": \"test\", " more "}]}"

static const struct {
    const char *text, *message;
} bad[] = {
    {"[]", "no image of split 'test'; it has no images"},
    {"[{\"caption\": \"a\"}]", "record 1 (line 1): no image"},
    {"[{\"image\": \"a\"}]", "a: no caption"},
    {"[{\"image\": \"a\", \"caption\": [\"b\", 3]}]", "caption[1]: no text"},
    {"[{\"image\": \"a\", \"captions\": \" \"}]", "captions[0]: no words"},
    {"[{\"image\": \"a\", \"caption\": \"b\", \"split\": \"val\"}]", "it has 'val'"},
    {"\"text\"", "not a JSON object"},
    {"{\"dataset\": \"x\"}", "has no \"images\""},
    {"{\"images\": []}", "no image of split 'test'; it has no images"},
    {"{\"images\": [{\"split\": \"val\"}, {\"split\": \"train\"}, {\"split\": \"val\"}]}",
     "no image of split 'test'; it has 'val', 'train'"},
    {"{\"images\": [{\"filename\": \"a\"}]}", "record 1 (line 1): no split"},
    {IMAGE("\"sentences\": [" SAY("a") "]"), "no filename"},
    {IMAGE("\"filename\": \"a\\u0007\", \"sentences\": [" SAY("a") "]"), "cannot be printed"},
    {IMAGE("\"filename\": \"a\\u0000\", \"sentences\": [" SAY("a") "]"), "filename: holds"},
    {IMAGE("\"filename\": \"a\""), "a: no sentences"},
    {IMAGE("\"filename\": \"a\", \"sentences\": [" SAY("a") ", {}]"), "sentences[1]: no text"},
    {IMAGE("\"filename\": \"a\", \"sentences\": [" SAY("...") "]"), "sentences[0]: no words"},
    {"{\"images\": [{\"split\": \"val\"}, {\"split\": ", "the file ends inside this record"},
};

START_TEST(refuses)
{
    CaptionSet s;
    Error err = {0};
    ck_assert_int_eq(read_text(bad[_i].text, "test", 0, &s, &err), -1);
    expect_error(&err, ERROR_DATA, bad[_i].message);
    ck_assert_ptr_null(s.image);
}
END_TEST

Suite *test_caption_set_suite(void);
Suite *test_caption_set_suite(void)
{
    Suite *s = suite_create("caption_set");
    TCase *t = tcase_create("caption_set");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, reads_a_split);
    tcase_add_test(t, reads_a_list);
    tcase_add_test(t, grows);
    tcase_add_loop_test(t, refuses, 0, sizeof bad / sizeof *bad);
    suite_add_tcase(s, t);
    return s;
}
