/* SPDX-License-Identifier: Apache-2.0 */
#include "core/io/text.h"
#include "core/mem.h"
#include "core/strings/strings.h"
#include "data/annotations.h"
#include "tests/support/sanitized.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TAGS = 10 };

static Scratch scratch;

static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

#define GOOD "{\"image_path\": \"a.jpg\", \"union_label_id\": [1], \"caption\": [\"one\"]}"

START_TEST(reads_and_concatenates)
{
    const char *first = "\xef\xbb\xbf [\n{\"image_path\": \"a/b.jpg\", \"union_label_id\": "
                        "[7, 3, 7, 0, 3],\n \"caption\": [\"one {\", \"two \\\"]\\\\\"],\n"
                        " \"parse_label_id\": [[1, 2], []], \"extra\": {\"deep\": [{}]}},\n"
                        "{\"image_path\": \"caf\\u00e9.png\", \"union_label_id\": [], "
                        "\"caption\": [\"\"]}\n]\n";
    Scratch other = scratch;
    const char *path[2] = {scratch_text(&scratch, "a.json", first),
                           scratch_text(&other, "b.json", "[" GOOD "]")};
    Annotations a;
    Error err = {0};
    ck_assert_msg(annotations_read(path, 2, TAGS, &a, &err) == 0, "%s", err.text);
    ck_assert_int_eq(a.count, 3);
    ck_assert_str_eq(a.image_path[0], "a/b.jpg");
    ck_assert_str_eq(a.image_path[1], "caf\xc3\xa9.png");
    const int64_t tag_offset[] = {0, 3, 3, 4}, caption_offset[] = {0, 2, 3, 4};
    const int32_t tag[] = {0, 3, 7, 1};
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(a.tag_offset[i], tag_offset[i]);
        ck_assert_int_eq(a.caption_offset[i], caption_offset[i]);
        ck_assert_int_eq(a.tag[i], tag[i]);
    }
    ck_assert_str_eq(a.caption[0], "one {");
    ck_assert_str_eq(a.caption[1], "two ]\\"); /* cleaned */
    ck_assert_str_eq(a.caption[2], "");
    annotations_free(&a);
    annotations_free(&a);
}
END_TEST

/* clang's UBSan stops at sums of NULL, which the lists of tags are as long as they are
 * empty. */
START_TEST(the_first_record_has_no_tag)
{
    const char *path = scratch_text(
        &scratch, "a.json",
        "[{\"image_path\": \"a\", \"union_label_id\": [], \"caption\": [\"x\"]}," GOOD "]");
    Annotations a;
    ck_assert_int_eq(annotations_read(&path, 1, TAGS, &a, NULL), 0);
    ck_assert_int_eq(a.count, 2);
    ck_assert_int_eq(a.tag_offset[1], 0);
    ck_assert_int_eq(a.tag_offset[2], 1);
    ck_assert_int_eq(a.tag[0], 1);
    annotations_free(&a);
}
END_TEST

typedef struct Bad {
    const char *text, *why; /* why: the message after the file name */
} Bad;

static const Bad bad[] = {
    {"", "line 1: not a JSON array: looks like an empty file"},
    {"\n\n  ", "line 3: not a JSON array: looks like an empty file"},
    {GOOD, "line 1: not a JSON array: looks like one object: expected an array of them, "
           "[{...}, ...]"},
    {"\x1f\x8b\x08", "line 1: not a JSON array: looks like gzip data: unpack it first"},
    {"[]", "no records"},
    {"[", "record 1 (line 1): the end of the file instead of an object {...}"},
    {"[\n" GOOD,
     "record 1 (line 2): the end of the file after this record instead of ',' or ']'"},
    {"[\n" GOOD ",\n]", "record 2 (line 3): ']' instead of an object {...}"},
    {"[\n" GOOD "\n" GOOD "]",
     "record 1 (line 2): '{' after this record instead of ',' or ']'"},
    {"[" GOOD "]\n x", "line 2: 'x' after the end of the array"},
    {"[" GOOD ",\n 5]", "record 2 (line 2): '5' instead of an object {...}"},
    {"[" GOOD ",\n{\"image_path\": \"b", "record 2 (line 2): the file ends inside this record"},
    {"[{\"image_path\": \"b.jpg\n\"}]", "record 1 (line 1): unexpected newline near '\"b.jpg'"},
    {"[{\"image_path\": \"b.jpg\", \"caption\": [\"x\"}, " GOOD "]",
     "record 1 (line 1): ']' expected near '}'"},
    {"[{\"image_path\": \"b.jpg\" \"caption\": 1}]",
     "record 1 (line 1): '}' expected near '\"caption\"'"},
    {"[{\n\n\"a\": tru}]", "record 1 (line 3): invalid token near 'tru'"},
    {"[" GOOD ",\n{\"image_path\": \"b\", \"union_label_id\": [NaN]},\n" GOOD "]",
     "record 2 (line 2): union_label_id holds NaN"},
    {"[" GOOD ", null, " GOOD "]", "record 2 (line 1): 'n' instead of an object {...}"},
    {"[{\"image_path\": \"b\", \"image_path\": \"c\"}]",
     "record 1 (line 1): image_path is given twice"},
    {"[{\"a\": \"\xff\"}]", "record 1 (line 1): unable to decode byte 0xff near '\"'"},
    {"[{\"image_path\": \"\\u0000\"}]", "record 1 (line 1): image_path holds \\u0000"},
    {"[{\"caption\": [\"\\ud83d\"]}]",
     "record 1 (line 1): caption holds half a surrogate pair"},
    {"[{\"union_label_id\": [99999999999999999999]}]",
     "record 1 (line 1): union_label_id holds 99999999999999999999"},
    {"[{\"parse_label_id\": 1e999}]", "record 1 (line 1): parse_label_id holds 1e999"},
    {"[{\"union_label_id\": [], \"caption\": [\"x\"]}]", "record 1 (line 1): no image_path"},
    {"[{\"image_path\": 5}]", "record 1 (line 1): image_path: expected a string, got a number"},
    {"[{\"image_path\": \"\"}]", "record 1 (line 1): image_path is empty"},
    {"[{\"image_path\": \"a\"}]",
     "record 1 (line 1): neither tags (union_label_id) nor a caption: nothing to learn"},
    {"[{\"image_path\": \"a\", \"union_label_id\": [-1], \"caption\": []}]",
     "record 1 (line 1): neither tags (union_label_id) nor a caption: nothing to learn"},
    {"[{\"image_path\": \"a\", \"union_label_id\": null, \"caption\": null}]",
     "record 1 (line 1): neither tags (union_label_id) nor a caption: nothing to learn"},
    {"[{\"image_path\": \"a\", \"union_label_id\": [], \"unknown_label_id\": [0, 1, 2, 3, 4, "
     "5, "
     "6, 7, 8, 9]}]",
     "record 1 (line 1): neither tags (union_label_id) nor a caption: nothing to learn"},
    {"[{\"image_path\": \"a\", \"union_label_id\": [], \"unknown_label_id\": 3}]",
     "record 1 (line 1): unknown_label_id: not a list: got a number"},
    {"[{\"image_path\": \"a\", \"union_label_id\": [], \"unknown_label_id\": [10]}]",
     "record 1 (line 1): unknown_label_id[0]: 10 is outside 0..9"},
    {"[{\"image_path\": \"a\", \"union_label_id\": [8, 3], \"unknown_label_id\": [2, 3]}]",
     "record 1 (line 1): unknown_label_id[1]: 3 is in union_label_id, too"},
    {"[{\"image_path\": \"a\", \"caption\": [\"x\"], \"unknown_label_id\": [2]}]",
     "record 1 (line 1): unknown_label_id without union_label_id: [] says that the image has "
     "none of the other tags"},
    {"[{\"unknown_label_id\": [NaN]}]", "record 1 (line 1): unknown_label_id holds NaN"},
    {"[{\"image_path\": \"a\", \"union_label_id\": 3}]",
     "record 1 (line 1): union_label_id: not a list: got a number"},
    {"[{\"image_path\": \"a\", \"union_label_id\": [1, \"2\"]}]",
     "record 1 (line 1): union_label_id[1]: expected an integer, got a text string"},
    {"[{\"image_path\": \"a\", \"union_label_id\": [1.5]}]",
     "record 1 (line 1): union_label_id[0]: expected an integer, got 1.5"},
    {"[" GOOD ",\n\n{\"image_path\": \"a\", \"union_label_id\": [0, 9, 10]}]",
     "record 2 (line 3): union_label_id[2]: 10 is outside 0..9"},
    {"[{\"image_path\": \"a\", \"union_label_id\": [-1, 2]}]",
     "record 1 (line 1): union_label_id[0]: -1 is outside 0..9"},
    {"[{\"image_path\": \"a\", \"union_label_id\": [], \"caption\": \"x\"}]",
     "record 1 (line 1): caption: not a list: got a text string"},
    {"[{\"image_path\": \"a\", \"union_label_id\": [], \"caption\": [\"x\", null]}]",
     "record 1 (line 1): caption[1]: expected a string, got null"},
    {"[{\"image_path\": \"a\", \"union_label_id\": [], \"caption\": [\"x\"], "
     "\"parse_label_id\": [[], []]}]",
     "record 1 (line 1): parse_label_id: expected one list per caption, got 2 lists for 1 "
     "captions"},
    {"[{\"image_path\": \"a\", \"union_label_id\": [], \"caption\": [\"x\"], "
     "\"parse_label_id\": [7]}]",
     "record 1 (line 1): parse_label_id[0]: not a list: got a number"},
    {"[{\"image_path\": \"a\", \"union_label_id\": [], \"caption\": [\"x\"], "
     "\"parse_label_id\": [[12]]}]",
     "record 1 (line 1): parse_label_id[0][0]: 12 is outside 0..9"},
};

#define REMEDY "; `ramplus prepare triplets` writes a copy without the bad records"

START_TEST(refuses_malformed_files)
{
    Annotations a;
    Error err = {0};
    const char *path = scratch_text(&scratch, "bad.json", bad[_i].text);
    ck_assert_int_eq(annotations_read(&path, 1, TAGS, &a, &err), -1);
    ck_assert_int_eq(err.code, ERROR_DATA);
    char *want = mem_format("%s: %s", path, bad[_i].why);
    const bool no_array =
        strstr(bad[_i].why, "not a JSON array") || strstr(bad[_i].why, "no records");
    ck_assert_msg(strncmp(err.text, want, strlen(want)) == 0, "%s\nis not %s", err.text, want);
    ck_assert_msg(no_array || strstr(err.text, "; bad records: 1 of "), "%s", err.text);
    ck_assert_msg(no_array || strings_end_in(err.text, REMEDY), "%s", err.text);
    mem_free(want);
    ck_assert_int_eq(a.count, 0);
    ck_assert_ptr_null(a.storage);
}
END_TEST

/* The number of bad records and the first of them. */
START_TEST(counts_bad_records)
{
    Annotations a;
    Error err = {0};
    const char *path = scratch_text(&scratch, "a.json",
                                    "[" GOOD ",\n{\"image_path\": 5},\n{\"image_path\n" GOOD
                                    ",\n" GOOD ",\n[]]");
    ck_assert_int_eq(annotations_read(&path, 1, TAGS, &a, &err), -1);
    expect_error(
        &err, ERROR_DATA,
        "record 2 (line 2): image_path: expected a string, got a number; bad records: 3 "
        "of 6; `ramplus prepare");
}
END_TEST

/* What nobody reads may be anything that Python's json module reads; pandas' ids are whole. */
START_TEST(reads_what_python_writes)
{
    Annotations a;
    Error err = {0};
    const char *path = scratch_text(
        &scratch, "a.json",
        "[{\"image_path\": \"a.jpg\", \"score\": NaN, \"area\": [Infinity, -Infinity, 1e400], "
        "\"id\": 123456789012345678901234567890, \"note\": \"\\udc00 \\u0000\", \"note\": {}, "
        "\"union_label_id\": [2.0, 0.0], \"\\u0000\": 0, \"caption\": [\"\\ud83d\\ude00\"]}]");
    ck_assert_msg(annotations_read(&path, 1, TAGS, &a, &err) == 0, "%s", err.text);
    ck_assert_int_eq(a.count, 1);
    ck_assert_int_eq(a.tag_offset[1], 2);
    ck_assert_int_eq(a.tag[1], 2);
    ck_assert_str_eq(a.caption[0], "\xf0\x9f\x98\x80");
    annotations_free(&a);
}
END_TEST

static void read_text(const char *text, Annotations *a)
{
    Error err = {0};
    const char *path = scratch_text(&scratch, "a.json", text);
    ck_assert_msg(annotations_read(&path, 1, TAGS, a, &err) == 0, "%s", err.text);
}

START_TEST(captions_may_be_missing)
{
    Annotations a;
    read_text("[{\"image_path\": \"a\", \"union_label_id\": [3], "
              "\"parse_label_id\": [[1]]},"
              "{\"image_path\": \"b\", \"union_label_id\": [], \"caption\": null},"
              "{\"image_path\": \"c\", \"union_label_id\": [], \"caption\": []}," GOOD "]",
              &a);
    const int64_t offset[] = {0, 0, 0, 0, 1};
    for (int i = 0; i < 5; i++) ck_assert_int_eq(a.caption_offset[i], offset[i]);
    ck_assert_int_eq(a.with_captions, 1);
    ck_assert_int_eq(a.with_tags, 4);
    ck_assert_ptr_null(a.tagged);
    ck_assert_ptr_null(a.unknown_offset);
    annotations_free(&a);
}
END_TEST

/* Missing, null, and the -1 of a matrix of labels; [] says that the image has none. The arrays
 * grow with the others. */
START_TEST(tags_may_be_missing)
{
    enum { EACH = 700, FORMS = 5 };
    static const char *const form[FORMS] = {
        "", "\"union_label_id\": null, ", "\"union_label_id\": [-1.0], ",
        "\"union_label_id\": [], ", "\"union_label_id\": [4, 2], "};
    Text text = {0};
    Annotations a;
    for (int i = 0; i < EACH * FORMS; i++)
        text_add(&text, "%s{%s\"image_path\": \"a\", \"caption\": [\"one\"]}", i ? ",\n" : "[",
                 form[(FORMS - 1) - i % FORMS]);
    text_put(&text, "]");
    read_text(text.data, &a);
    ck_assert_int_eq(a.with_tags, 2 * EACH);
    ck_assert_int_eq(a.with_captions, FORMS * EACH);
    for (int i = 0; i < EACH * FORMS; i++) {
        ck_assert_int_eq(annotations_tagged(&a, i), i % FORMS < 2);
        ck_assert_int_eq(a.tag_offset[i + 1] - a.tag_offset[i], i % FORMS == 0 ? 2 : 0);
    }
    ck_assert_int_eq(a.tag[2 * EACH - 2], 2);
    ck_assert_ptr_null(a.unknown_offset);
    annotations_free(&a);
    text_free(&text);
}
END_TEST

/* Single tags that nobody annotated; if all are, the record has no tags. */
START_TEST(tags_may_be_unknown)
{
    enum { RECORDS = 3000 };
    Text text = {0};
    Annotations a;
    text_put(&text, "[");
    for (int i = 0; i < RECORDS; i++)
        text_add(&text, "%s" GOOD ",\n",
                 i % 2 ? "{\"image_path\": \"b\", \"union_label_id\": [7], "
                         "\"unknown_label_id\": [9, 0.0, 9]},\n"
                       : "");
    text_put(&text, "{\"image_path\": \"c\", \"union_label_id\": [], \"caption\": [\"x\"], "
                    "\"unknown_label_id\": [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]}]");
    read_text(text.data, &a);
    const int64_t n = RECORDS + RECORDS / 2;
    ck_assert_int_eq(a.count, n + 1);
    ck_assert_int_eq(a.unknown_offset[0], 0);
    ck_assert_int_eq(a.unknown_offset[a.count], RECORDS);
    for (int64_t i = 0; i < n; i++) {
        const int64_t first = a.unknown_offset[i];
        ck_assert_int_eq(a.unknown_offset[i + 1] - first, i % 3 == 1 ? 2 : 0);
        if (i % 3 != 1) continue;
        ck_assert_int_eq(a.unknown[first], 0);
        ck_assert_int_eq(a.unknown[first + 1], 9);
    }
    ck_assert_int_eq(a.with_tags, n);
    ck_assert(!annotations_tagged(&a, n) && annotations_tagged(&a, n - 1));
    annotations_free(&a);
    text_free(&text);
}
END_TEST

START_TEST(names_the_second_file)
{
    Scratch other = scratch;
    const char *path[2] = {scratch_text(&scratch, "a.json", "[" GOOD "]"),
                           scratch_path(&other, "none.json")};
    Annotations a;
    Error err = {0};
    ck_assert_int_eq(annotations_read(path, 2, TAGS, &a, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "none.json: cannot open"));
}
END_TEST

/* Every proper prefix of a valid file is rejected, and none crashes. */
START_TEST(every_prefix_is_refused)
{
    const char *text = "[" GOOD ",{\"image_path\":\"\\u00e9\",\"union_label_id\":[1,2],"
                       "\"caption\":[\"a\",\"b\"],\"parse_label_id\":[[],[3]]}]";
    for (size_t n = 0; n < strlen(text); n++) {
        Annotations a;
        Error err = {0};
        const char *path = scratch_write(&scratch, "cut.json", text, n);
        ck_assert_msg(annotations_read(&path, 1, TAGS, &a, &err) == -1, "cut at %zu", n);
        ck_assert_int_eq(err.code, ERROR_DATA);
    }
}
END_TEST

static void write_many(const char *path, int records)
{
    FILE *f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    for (int i = 0; i < records; i++)
        fprintf(f,
                "%s{\"image_path\": \"images/%08d.jpg\", \"union_label_id\": [1, 2, 3, 4, 5], "
                "\"caption\": [\"an image of a thing number %d in a street\", \"a thing\"], "
                "\"parse_label_id\": [[1, 2, 3], [4, 5]]}",
                i ? ",\n" : "[", i, i);
    fputs("]\n", f);
    ck_assert_int_eq(fclose(f), 0);
}

/* 113,000 records took 455 MB as one JSON tree. */
START_TEST(memory_is_bounded_by_the_result)
{
    const char *path = scratch_path(&scratch, "many.json");
    write_many(path, 113000);
    Annotations a;
    Error err = {0};
    const size_t before = mem_peak();
    ck_assert_msg(annotations_read(&path, 1, TAGS, &a, &err) == 0, "%s", err.text);
    const size_t grown = mem_peak() - before;
    ck_assert_int_eq(a.count, 113000);
    ck_assert_str_eq(a.image_path[112999], "images/00112999.jpg");
    ck_assert_int_eq(a.tag_offset[113000], 565000);
    if (SANITIZED_MEMORY)
        fputs("skipped under sanitizers: memory of 113,000 records\n", stderr);
    ck_assert_msg(SANITIZED_MEMORY || grown < ((size_t)48 << 20), "grew by %zu MiB",
                  grown >> 20);
    annotations_free(&a);
}
END_TEST

Suite *test_annotations_suite(void);
Suite *test_annotations_suite(void)
{
    Suite *s = suite_create("annotations");
    TCase *t = tcase_create("annotations");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, reads_and_concatenates);
    tcase_add_test(t, the_first_record_has_no_tag);
    tcase_add_loop_test(t, refuses_malformed_files, 0, sizeof bad / sizeof *bad);
    tcase_add_test(t, counts_bad_records);
    tcase_add_test(t, reads_what_python_writes);
    tcase_add_test(t, captions_may_be_missing);
    tcase_add_test(t, tags_may_be_missing);
    tcase_add_test(t, tags_may_be_unknown);
    tcase_add_test(t, names_the_second_file);
    tcase_add_test(t, every_prefix_is_refused);
    tcase_add_test(t, memory_is_bounded_by_the_result);
    suite_add_tcase(s, t);
    return s;
}
