/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of images: the columns, the three forms of tags, captions, roles, faulty rows. */
#include "data/folder/csv_set.h"

#include "core/io/file.h"
#include "core/mem.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <string.h>

static Scratch scratch;

static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

/* Reads the table into out/, without a look at images. */
static int read_table(const char *text, const CsvRules *rules, CsvCounts *counts, Error *err)
{
    OwnSet own;
    OwnCounts made;
    char *out = mem_strdup(scratch_path(&scratch, "out"));
    char *path = mem_strdup(scratch_text(&scratch, "a.csv", text));
    const OwnRules division = {.images = scratch.dir, .least = 1};
    int status = own_set_begin(out, &division, &own, err);
    if (status == 0) status = csv_set_read(path, rules, false, &own, counts, err);
    if (status == 0) status = own_set_write(&own, &made, err);
    status = own_set_end(&own, status, err);
    mem_free(path);
    mem_free(out);
    return status;
}

static CsvCounts must_read(const char *text, const CsvRules *rules)
{
    CsvCounts counts;
    Error err = {0};
    ck_assert_msg(read_table(text, rules, &counts, &err) == 0, "%s", err.text);
    return counts;
}

static const CsvRules usual;

#define NAMED(text)                                                                            \
    {                                                                                          \
        1, (char *[])                                                                          \
        {                                                                                      \
            (char[]) { text }                                                                  \
        }                                                                                      \
    } /* one column */

/* ---- forms ------------------------------------------------------------------------------- */

#define RECORD(image, labels, rest)                                                            \
    "{\"image_path\": \"" image "\", \"union_label_id\": " labels ", " rest "}"
#define TWO                                                                                    \
    "[" RECORD("1.jpg", "[0, 2]", "\"caption\": []") ",\n" RECORD("2.jpg", "[1]",              \
                                                                  "\"caption\": []") "]\n"

/* bird, cat, dog: 1.jpg is a bird and a dog, 2.jpg a cat. */
static const struct {
    const char *text;
    CsvRules rules;
} same[] = {
    {"image,tags\n1.jpg,\"bird,dog\"\n2.jpg,cat\n", {0}},
    {"image;tags\r\n1.jpg;bird, dog\r\n2.jpg;cat;;\r\n", {0}},
    {"image\ttags\n1.jpg\tdog|bird\n2.jpg\tcat\n", {0}},
    {"\xef\xbb\xbf"
     "File Name,LABELS\n1.jpg,dog;bird;\n2.jpg, cat \n",
     {0}},
    {",image_path,label\n0,2.jpg,cat\n1,1.jpg,bird\n2,./1.jpg,dog\n", {0}}, /* long */
    {"filename,width,class\n1.jpg,1,bird\n1.jpg,1,dog\n1.jpg,1,dog\n2.jpg,0,cat\n", {0}},
    {"path,bird,cat,dog\n1.jpg,1,0,1\n2.jpg,0,1,0\n", {0}}, /* wide */
    {"Unnamed: 0,path,bird,cat,dog\n0,1.jpg,1.0,0.0,1.0\n1,2.jpg,0.0,1.0,0.0\n", {0}},
    {"path,bird,cat,dog\n1.jpg,True,False,True\n2.jpg,False,True,False\n", {0}},
    {"path,bird,cat,dog\n1.jpg,x,,x\n2.jpg,,x,\n", {0}},
    {"path,bird,cat,dog\n1.jpg,1,,1\n2.jpg,,1,\n", {0}},
    {"path,bird,cat,dog\n1.jpg,1,-1,1\n2.jpg,-1,1,-1\n", {.minus_one = CSV_MEANS_ABSENT}},
    {"path,bird,cat,dog,z\n1.jpg,1,0,1,text\n2.jpg,0,1,,more\n", {.empty = CSV_MEANS_ABSENT}},
    {"image,tags_1,tags_2\n1.jpg,bird,dog\n2.jpg,,cat\n", {0}},
    {"image,tags\n1.jpg,\"['bird', 'dog']\"\n2.jpg,['cat']\n", {0}},
    {"image,tags\n1.jpg,\"[\"\"dog\"\", \"\"bird\"\"]\"\n2.jpg,[cat]\n", {0}},
    {"image,tags,,\n1.jpg,dog;bird\n2.jpg,cat,,\n", {0}}, /* a header as wide as the sheet */
    {"1.jpg,bird;dog\n2.jpg,cat\n", {.no_header = true}},
    {"x,bird;dog,1.jpg\nx,cat,2.jpg\n", {.no_header = true, .image = "3"}},
    {"a,image,b\nbird dog,1.jpg,x\ncat,2.jpg,x\n",
     {.tags = NAMED("A"), .tag_separator = "space"}},
    {"a:image\nbird/dog:1.jpg\ncat:2.jpg\n",
     {.tags = NAMED("a"), .tag_separator = "/", .separator = ":"}},
    {"sep=;\nimage;tags\n1.jpg;\"bird\ndog\"\n2.jpg;cat\n", {0}}, /* lines in a cell */
};

START_TEST(forms_of_one_set)
{
    const CsvCounts c = must_read(same[_i].text, &same[_i].rules);
    scratch_contains(&scratch, "out/train.json", TWO);
    scratch_contains(&scratch, "out/train_tags.txt", "bird\ncat\ndog\n");
    scratch_contains(&scratch, "out/bad.txt", "");
    ck_assert_int_eq(c.bad, 0);
    ck_assert_int_eq(c.rows - c.merged, 2);
}
END_TEST

/* -1 and empty cells are not annotated where other cells are 0; no flag at all tells
 * nothing. */
START_TEST(flags_that_are_not_annotated)
{
    must_read("path,bird,cat,caption\n1.jpg,1,-1,x\n2.jpg,,0,\n3.jpg,nan,,y\n4.jpg,0,1,\n",
              &usual);
    scratch_contains(&scratch, "out/train.json",
                     "[" RECORD("1.jpg", "[0]", "\"unknown_label_id\": [1], \"caption\": [\"x\"]") ",\n" RECORD(
                         "2.jpg", "[]",
                         "\"unknown_label_id\": [0], \"caption\": []") ",\n" RECORD("3.jpg",
                                                                                    "null",
                                                                                    "\"caption"
                                                                                    "\": "
                                                                                    "[\"y\"]") ",\n" RECORD("4.jpg",
                                                                                                            "[1]",
                                                                                                            "\"caption\": []") "]\n");
}
END_TEST

START_TEST(minus_one_is_asked_about)
{
    CsvCounts c;
    Error err = {0};
    const char text[] = "path,bird,cat\n1.jpg,1,-1\n2.jpg,-1,1\n";
    ck_assert_int_eq(read_table(text, &usual, &c, &err), -1);
    expect_error(&err, ERROR_DATA, "what does -1 mean? --minus-one absent");
    must_read(text, &(CsvRules){.minus_one = CSV_MEANS_UNKNOWN});
    scratch_contains(
        &scratch, "out/train.json",
        "[" RECORD("1.jpg", "[0]", "\"unknown_label_id\": [1], \"caption\": []") ",\n" RECORD(
            "2.jpg", "[1]", "\"unknown_label_id\": [0], \"caption\": []") "]\n");
}
END_TEST

START_TEST(one_column_of_flags_needs_the_option)
{
    CsvCounts c;
    Error err = {0};
    const char text[] = "path,cat\n1.jpg,1\n2.jpg,0\n";
    ck_assert_int_eq(read_table(text, &usual, &c, &err), -1);
    expect_error(&err, ERROR_DATA, "give --wide");
    c = must_read(text, &(CsvRules){.wide = true});
    ck_assert_int_eq(c.rows, 2);
    scratch_contains(&scratch, "out/train_tags.txt", "cat\n");
}
END_TEST

/* ---- captions and roles ------------------------------------------------------------------ */

START_TEST(captions)
{
    must_read("image,tags,caption_1,caption 2,title\n"
              "1.jpg,cat,\"A cat,\r\n\"\"Tom\"\"\",nan,no\n1.jpg,,,A second,no\n2.jpg,[],,,no\n"
              "3.jpg,,Words,Words,no\n",
              &usual);
    scratch_contains(&scratch, "out/train.json",
                     "[" RECORD("1.jpg", "[0]", "\"caption\": [\"A cat, \\\"Tom\\\"\", \"A second\"]") ",\n" RECORD(
                         "2.jpg", "[]",
                         "\"caption\": []") ",\n" RECORD("3.jpg", "null",
                                                         "\"caption\": [\"Words\"]") "]\n");
    must_read("image,tags,caption,note\n1.jpg,cat,no,\"yes\"\n",
              &(CsvRules){.captions = NAMED("note")});
    scratch_contains(&scratch, "out/train.json",
                     "[" RECORD("1.jpg", "[0]", "\"caption\": [\"yes\"]") "]\n");
}
END_TEST

static const char *const splits[] = {
    "image,tags,split\n1.jpg,cat,train\n2.jpg,cat,val\n3.jpg,cat,TEST\n4.jpg,cat,\n",
    "fname,labels,is_valid\n1.jpg,cat,False\n2.jpg,cat,True\n3.jpg,cat,1\n4.jpg,cat,\n",
    "image,tags,x\n1.jpg,cat,training\n2.jpg,cat,valid\n3.jpg,cat,dev\n4.jpg,cat,nan\n",
};

START_TEST(roles)
{
    must_read(splits[_i], &(CsvRules){.split = _i == 2 ? "x" : NULL});
    scratch_contains(&scratch, "out/test/annotations.txt", "2.jpg,cat\n3.jpg,cat\n");
    scratch_contains(&scratch, "out/train.json",
                     "[" RECORD("1.jpg", "[0]", "\"caption\": []") ",\n" RECORD(
                         "4.jpg", "[0]", "\"caption\": []") "]\n");
}
END_TEST

/* ---- faulty rows ------------------------------------------------------------------------- */

static const struct {
    const char *row, *why;
} rows[] = {
    {"x.jpg,cat", "2 fields, expected 4: is a quote missing?"},
    {"x.jpg,cat,a,train,more", "5 fields, expected 4"},
    {",cat,a,train", "column 'image': '': no name of an image"},
    {"../x.jpg,cat,a,train", "column 'image': '../x.jpg': ../x.jpg: leaves the folder"},
    {"/x.jpg,cat,a,train", "choose the folder with --images"},
    {"x.jpg,\"good;b\x01"
     "d\",a,train",
     "column 'tags': 'b"},
    {"x.jpg,cat,a,half", "column 'split': 'half': expected train, val, valid, dev or test"},
    {"1.jpg,dog,a,test", "1.jpg: is for training in one row and for testing in another"},
    {"x.jpg,\"cat,a,train", "field 2: the quote of line 3 is not closed"},
    {"x.jpg,caf\xe9,a,train", "field 2: not UTF-8 (byte 0xE9)"},
};

/* Nothing of a faulty row is kept. */
START_TEST(faulty_rows_are_listed)
{
    char *text = mem_format("image,tags,caption,split\n1.jpg,cat;bird,,train\n%s\n,,,\n2.jpg,"
                            "cat,,train\n",
                            rows[_i].row);
    const CsvCounts c = must_read(text, &usual);
    char *bad = scratch_read(&scratch, "out/bad.txt");
    ck_assert_msg(strstr(bad, rows[_i].why) != NULL, "%s", bad);
    ck_assert_msg(strstr(bad, "a.csv: record 3 (line 3): ") != NULL, "%s", bad);
    ck_assert_int_eq(strcspn(bad, "\n"), strlen(bad) - 1);
    ck_assert(c.bad == 1 && c.rows == 2 && c.empty == 1);
    scratch_contains(&scratch, "out/train_tags.txt", "bird\ncat\n");
    scratch_contains(&scratch, "out/train.json",
                     "[" RECORD("1.jpg", "[0, 1]", "\"caption\": []") ",\n" RECORD(
                         "2.jpg", "[1]", "\"caption\": []") "]\n");
    mem_free(bad);
    mem_free(text);
}
END_TEST

/* A column of flags with a typing error remains one, and the error is listed. */
START_TEST(faulty_flags)
{
    const CsvCounts c = must_read("path,cat,dog\n1.jpg,1,0\n2.jpg,O,1\n3.jpg,0,1\n4.jpg,1,0\n"
                                  "5.jpg,0,0\n6.jpg,0,7\n",
                                  &usual);
    char *bad = scratch_read(&scratch, "out/bad.txt");
    ck_assert_ptr_nonnull(
        strstr(bad, "record 3 (line 3): column 'cat': 'O': expected 1, 0, -1"));
    ck_assert_ptr_nonnull(strstr(bad, "column 'dog': '7': expected 1, 0, -1 or nothing"));
    ck_assert_int_eq(c.bad, 2);
    mem_free(bad);
}
END_TEST

/* ---- refusals ---------------------------------------------------------------------------- */

static const struct {
    const char *text;
    CsvRules rules;
    int code;
    const char *why;
} refused[] = {
    {"1.jpg,cat\n2.jpg,dog\n", {0}, ERROR_DATA, "'1.jpg' is no name of a column"},
    {"a,b\n1.jpg,x\n",
     {0},
     ERROR_DATA,
     "which column has the images? name it with --image; the "
     "columns are 'a', 'b'"},
    {"image,b\n1.jpg,x\n", {0}, ERROR_DATA, "which column has tags or captions?"},
    {"image\n1.jpg\n", {0}, ERROR_DATA, "which column has tags or captions?"},
    {"image,tags\n1.jpg,x\n",
     {.image = "img"},
     ERROR_USAGE,
     "no column 'img'; the columns are 'image', 'tags'"},
    {"image,tags\n1.jpg,x\n", {.captions = NAMED("x")}, ERROR_USAGE, "no column 'x'"},
    {"image,tags\n1.jpg,x\n",
     {.image = "tags", .tags = NAMED("Tags")},
     ERROR_USAGE,
     "column 'Tags' is named twice"},
    {"image,tags\n1.jpg,x\n", {.separator = "ab"}, ERROR_USAGE, "--separator: 'ab': expected"},
    {"image,tags\n1.jpg,x\n", {.tag_separator = "\xc3\xa9"}, ERROR_USAGE, "--tag-separator"},
    {"\n\n", {0}, ERROR_DATA, "no line with anything in it"},
    {"image,\"tags\n1.jpg,x\n", {0}, ERROR_DATA, "line 1): field 2: the quote of line 1"},
    {"imag\xe9,tags\n1.jpg,x\n", {0}, ERROR_DATA, "not UTF-8"},
    {"image,tags\n", {0}, ERROR_DATA, "nothing left"},
    {"image,tags\n,\n", {0}, ERROR_DATA, "nothing left"},
};

START_TEST(refuses)
{
    CsvCounts c;
    Error err = {0};
    ck_assert_int_eq(read_table(refused[_i].text, &refused[_i].rules, &c, &err), -1);
    expect_error(&err, refused[_i].code, refused[_i].why);
    ck_assert(!file_exists(scratch_path(&scratch, "out/train.json")));
}
END_TEST

Suite *test_csv_set_suite(void);
Suite *test_csv_set_suite(void)
{
    Suite *s = suite_create("csv_set");
    TCase *t = tcase_create("csv_set");
    tcase_add_checked_fixture(t, setup, teardown);
    suite_add_tcase(s, t);
    tcase_add_loop_test(t, forms_of_one_set, 0, sizeof same / sizeof *same);
    tcase_add_test(t, flags_that_are_not_annotated);
    tcase_add_test(t, minus_one_is_asked_about);
    tcase_add_test(t, one_column_of_flags_needs_the_option);
    tcase_add_test(t, captions);
    tcase_add_loop_test(t, roles, 0, 3);
    tcase_add_loop_test(t, faulty_rows_are_listed, 0, sizeof rows / sizeof *rows);
    tcase_add_test(t, faulty_flags);
    tcase_add_loop_test(t, refuses, 0, sizeof refused / sizeof *refused);
    return s;
}
