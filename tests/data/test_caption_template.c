/* SPDX-License-Identifier: Apache-2.0 */
/* Captions made from tags. */
#include "core/mem.h"
#include "data/caption_template.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <string.h>

static Scratch scratch;
static TagList tags;
static Annotations notes;

/* The second tag needs cleaning. */
static void setup(void)
{
    char a[] = "cat", b[] = "Red  Panda (wild)", c[] = "dog", *name[] = {a, b, c};
    Error err = {0};
    scratch_new(&scratch);
    tags = tags_new(name, 3);
    const char *path = scratch_text(
        &scratch, "a.json",
        "[{\"image_path\": \"a\", \"union_label_id\": [2, 0, 2]},"
        "{\"image_path\": \"b\", \"union_label_id\": [1], \"caption\": [\"own\", \"other\"]},"
        "{\"image_path\": \"c\", \"union_label_id\": []},"
        "{\"image_path\": \"d\", \"caption\": [\"alone\"]},"
        "{\"image_path\": \"e\", \"union_label_id\": [1, 0], \"unknown_label_id\": [2]}]");
    ck_assert_msg(annotations_read(&path, 1, 3, &notes, &err) == 0, "%s", err.text);
}

static void teardown(void)
{
    annotations_free(&notes);
    tags_free(&tags);
    scratch_free(&scratch);
}

static void expect_captions(const char *const *want, const int64_t *offset)
{
    for (int i = 0; i <= 5; i++) ck_assert_int_eq(notes.caption_offset[i], offset[i]);
    for (int64_t i = 0; i < offset[5]; i++) ck_assert_str_eq(notes.caption[i], want[i]);
}

/* Records with a caption, without tags, and with none of the tags stay as they are. */
START_TEST(fills_records_without_captions)
{
    char first[] = "A photo of {}.", second[] = "{} and {}!", *form[] = {first, second};
    static const char *const want[] = {"a photo of cat, dog",
                                       "cat, dog and cat, dog",
                                       "own",
                                       "other",
                                       "alone",
                                       "a photo of cat, red panda wild",
                                       "cat, red panda wild and cat, red panda wild"};
    const OptionStrings list = {2, form};
    ck_assert_int_eq(caption_template_fill(&list, &tags, &notes), 2);
    ck_assert_int_eq(notes.with_captions, 4);
    ck_assert_int_eq(notes.with_tags, 4);
    expect_captions(want, (const int64_t[]){0, 2, 4, 4, 5, 7});
    ck_assert_int_eq(caption_template_fill(&list, &tags, &notes), 0);
}
END_TEST

START_TEST(makes_none_unasked)
{
    ck_assert_int_eq(caption_template_fill(&(OptionStrings){0}, &tags, &notes), 0);
    ck_assert_int_eq(notes.with_captions, 2);
    expect_captions((const char *const[]){"own", "other", "alone"},
                    (const int64_t[]){0, 0, 2, 2, 3, 3});
}
END_TEST

START_TEST(a_template_has_a_place_for_tags)
{
    Error err = {0};
    char good[] = "{}", bad[] = "a photo", *form[] = {good, bad};
    ck_assert_int_eq(caption_template_check("k", &(OptionStrings){1, form}, &err), 0);
    ck_assert_int_eq(caption_template_check("k", &(OptionStrings){0}, &err), 0);
    ck_assert_int_eq(caption_template_check("k", &(OptionStrings){2, form}, &err), -1);
    expect_error(&err, ERROR_USAGE, "k: 'a photo': no {} that stands for the tags");
}
END_TEST

Suite *test_caption_template_suite(void);
Suite *test_caption_template_suite(void)
{
    Suite *s = suite_create("caption_template");
    TCase *t = tcase_create("caption_template");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, fills_records_without_captions);
    tcase_add_test(t, makes_none_unasked);
    tcase_add_test(t, a_template_has_a_place_for_tags);
    suite_add_tcase(s, t);
    return s;
}
