/* SPDX-License-Identifier: Apache-2.0 */
#include "core/io/file.h"
#include "core/io/text.h"
#include "core/mem.h"
#include "data/annotations.h"
#include "data/image/image.h"
#include "data/prepare/triplets.h"
#include "tests/data/prepare/triplets_case.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static TripletsCase fixture;

static void setup(void) { triplets_case_new(&fixture); }

static void teardown(void) { triplets_case_free(&fixture); }

static int prepare(char *file, int64_t size, bool images, TripletsReport *r, Error *err)
{
    const TripletsConfig config = {
        .tags = fixture.tags_path, .root = fixture.scratch.dir, .images = images, .size = size};
    return triplets_prepare(fixture.out_dir, &file, 1, &config, r, err);
}

static const char MIXED[] =
    "[{\"image_path\": \"a.png\", \"union_label_id\": [2, 0], \"caption\": [\"A.\", \"...\"], "
    "\"own\": 1},\n"
    " {\"image_path\": \"a.png\", \"union_label_id\": [3], \"caption\": [\"b\"]},\n"
    " {\"image_path\": \"none.png\", \"union_label_id\": [1], \"caption\": [\"c\"]},\n"
    " {\"image_path\": \"tags.txt\", \"union_label_id\": [1], \"caption\": [\"d\"]},\n"
    " {\"image_path\": \"a.png\", \"union_label_id\": [], \"caption\": [\"e\"]},\n"
    " {\"image_path\": \"a.png\", \"union_label_id\": [1] \"caption\": [\"f\"]},\n"
    " {\"image_path\": \"a.png\", \"union_label_id\": [1], \"caption\": [\"good\"]}]\n";

START_TEST(keeps_valid_records_and_lists_the_rest)
{
    char *file = mem_strdup(scratch_text(&fixture.scratch, "mixed.json", MIXED));
    TripletsReport r;
    Error err = {0};
    ck_assert_msg(prepare(file, 0, true, &r, &err) == 0, "%s", err.text);
    ck_assert_int_eq(r.records, 7);
    ck_assert_int_eq(r.good, 3);
    ck_assert_int_eq(r.bad_records, 2);
    ck_assert_int_eq(r.bad_images, 2);
    ck_assert_int_eq(r.labels, 3);
    ck_assert_int_eq(r.captions, 4);
    ck_assert_int_eq(r.untagged, 1);
    ck_assert_int_eq(r.blank_captions, 1);
    ck_assert_int_eq(r.unused_tags, 0);
    char *bad = triplets_case_text(&fixture, "bad.txt"),
         *good = triplets_case_text(&fixture, "train.json");
    const char *lines[] = {
        "mixed.json: record 2 (line 2): union_label_id[0]: 3 is outside 0..2\n",
        "mixed.json: record 3 (line 3): ",
        "none.png: cannot open",
        "mixed.json: record 4 (line 4): ",
        "tags.txt: not a JPEG, PNG, WebP, GIF or BMP image",
        "mixed.json: record 6 (line 6): '}' expected near"};
    const char *at = bad; /* in file order */
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        at = strstr(at, lines[i]);
        ck_assert_msg(at != NULL, "%s\nlacks %s", bad, lines[i]);
    }
    ck_assert_str_eq(
        good, "[{\"image_path\":\"a.png\",\"union_label_id\":[2,0],"
              "\"caption\":[\"A.\",\"...\"],\"own\":1},\n"
              "{\"image_path\":\"a.png\",\"union_label_id\":[],\"caption\":[\"e\"]},\n"
              "{\"image_path\":\"a.png\",\"union_label_id\":[1],\"caption\":[\"good\"]}]\n");
    mem_free(bad);
    mem_free(good);
    mem_free(file);
}
END_TEST

/* A truncated image is kept, counted and listed with the reason. */
START_TEST(keeps_damaged_images)
{
    Bytes image;
    ck_assert_int_eq(file_read(scratch_path(&fixture.scratch, "a.png"), &image, NULL), 0);
    scratch_write(&fixture.scratch, "cut.png", image.data, image.len - 30);
    bytes_free(&image);
    char *file = mem_strdup(scratch_text(&fixture.scratch, "cut.json",
                                         "[{\"image_path\": \"cut.png\", "
                                         "\"union_label_id\": [1], \"caption\": "
                                         "[\"c\"]}]"));
    TripletsReport r;
    Error err = {0};
    ck_assert_msg(prepare(file, 16, true, &r, &err) == 0, "%s", err.text);
    ck_assert_int_eq(r.good, 1);
    ck_assert_int_eq(r.bad_images, 0);
    ck_assert_int_eq(r.damaged_images, 1);
    ck_assert_int_eq(r.transparent_images, 0);
    char *list = triplets_case_text(&fixture, "damaged.txt"),
         *bad = triplets_case_text(&fixture, "bad.txt");
    ck_assert_str_eq(bad, "");
    ck_assert_ptr_nonnull(strstr(list, "cut.json: record 1 (line 1): kept: "));
    ck_assert_ptr_nonnull(strstr(list, "/cut.png: PNG: the file is truncated: "));
    mem_free(bad);
    mem_free(list);
    mem_free(file);
}
END_TEST

/* Images that training sees in another way than people do. */
START_TEST(counts_transparent_and_rotated_images)
{
    static const char *const names[] = {"alpha.webp", "exif_rotated.jpg", "rgb.png"};
    Text records = {0};
    for (size_t i = 0; i < 3; i++) {
        Bytes image;
        char *path = mem_format("tests/golden/images/%s", names[i]);
        ck_assert_int_eq(file_read(path, &image, NULL), 0);
        scratch_write(&fixture.scratch, names[i], image.data, image.len);
        text_add(&records,
                 "%s{\"image_path\": \"%s\", \"union_label_id\": [1], \"caption\": [\"c\"]}",
                 i ? ", " : "[", names[i]);
        bytes_free(&image);
        mem_free(path);
    }
    text_put(&records, "]");
    char *file = mem_strdup(scratch_text(&fixture.scratch, "seen.json", records.data));
    for (int64_t size = 0; size < 32; size += 16) {
        TripletsReport r;
        Error err = {0};
        ck_assert_msg(prepare(file, size, true, &r, &err) == 0, "%s", err.text);
        ck_assert_int_eq(r.good, 3);
        ck_assert_int_eq(r.transparent_images, 1);
        ck_assert_int_eq(r.rotated_images, 1);
    }
    text_free(&records);
    mem_free(file);
}
END_TEST

#define GOOD "{\"image_path\": \"a.png\", \"union_label_id\": [1], \"caption\": [\"c\"]}"

/* A file with errors: its good records, its counts, and the contents of bad.txt. */
typedef struct Faulty {
    const char *text;
    int64_t good, records, lost;
    const char *why;
} Faulty;

static const Faulty faulty[] = {
    {"[" GOOD ",\n{\"image_path\": \"b\", \"score\": NaN},\n" GOOD ",\n" GOOD "]", 3, 4, 0,
     "record 2 (line 2): neither tags (union_label_id) nor a caption: nothing to learn\n"},
    {"[" GOOD ",\n{\"a\": [1}, " GOOD "]", 2, 3, 0, "record 2 (line 2): ']' expected"},
    {"[" GOOD ",\n{\"a\": 1, \"a\": 2},\n" GOOD "]", 2, 3, 0, "no image_path"},
    {"[" GOOD ", -1.5e+3\n, [{\"x\": [1]}], \"t,{\\\"\", " GOOD "]", 2, 4, 0,
     "record 3 (line 2): '[' instead of an object {...}\n"},
    {"[" GOOD ",\n" GOOD ",\n]\n", 2, 3, 0, "record 3 (line 3): ']' instead of an object"},
    {"[" GOOD ",\n{\"a\": \"b\n\"}, " GOOD "]", 2, 3, 0,
     "record 2 (line 2): unexpected newline near"},
    {"[" GOOD ",\n{\"a\": 1", 1, 1, 1,
     "record 2 (line 2): the file ends inside this record; the rest of the file is not read "
     "(records before: 1)\n"},
    {"[" GOOD "]\n[" GOOD "]", 2, 3, 0, "line 2: '[' after the end of the array\n"},
};

START_TEST(continues_after_a_broken_record)
{
    const Faulty *f = &faulty[_i];
    char *file = mem_strdup(scratch_text(&fixture.scratch, "faulty.json", f->text));
    TripletsReport r;
    Error err = {0};
    ck_assert_msg(prepare(file, 0, true, &r, &err) == 0, "%s", err.text);
    char *bad = triplets_case_text(&fixture, "bad.txt");
    ck_assert_msg(r.good == f->good && r.records == f->records && r.lost == f->lost,
                  "%ld good of %ld, %ld lost: %s", r.good, r.records, r.lost, bad);
    ck_assert_msg(strstr(bad, f->why) != NULL, "%s", bad);
    mem_free(bad);
    mem_free(file);
}
END_TEST

/* The results are written, and the exit code reports that part of the input was lost. */
START_TEST(a_lost_rest_is_an_error)
{
    scratch_text(&fixture.scratch, "cut.json", "[" GOOD ",\n{\"image_path\": ");
    char *line = mem_format("prepare triplets %s/out %s/cut.json --tags %s --root %s --json",
                            fixture.scratch.dir, fixture.scratch.dir, fixture.tags_path,
                            fixture.scratch.dir);
    char *out, *messages;
    ck_assert_int_eq(run_program(&fixture.scratch, line, &out, &messages), ERROR_DATA);
    ck_assert_ptr_nonnull(strstr(out, "\"good\": 1, \"bad_records\": 1,"));
    ck_assert_ptr_nonnull(strstr(messages, "1 of 1 files could not be read to the end"));
    mem_free(messages);
    mem_free(out);
    mem_free(line);
}
END_TEST

START_TEST(packs_smaller_images)
{
    char *file = mem_strdup(scratch_text(&fixture.scratch, "mixed.json", MIXED));
    TripletsReport r;
    Error err = {0};
    ck_assert_msg(prepare(file, 16, true, &r, &err) == 0, "%s", err.text);
    char *path = file_join(fixture.out_dir, "train.json");
    Annotations a;
    ck_assert_int_eq(annotations_read((const char *const *)&path, 1, 3, &a, &err), 0);
    ck_assert_int_eq(a.count, 3);
    for (int64_t i = 0; i < a.count; i++) {
        char *where = file_join(fixture.out_dir, a.image_path[i]);
        Image image;
        ck_assert_msg(image_read(where, NULL, &image, NULL, &err) == 0, "%s", err.text);
        ck_assert_int_eq(image.height, 16); /* shortest side */
        ck_assert_int_eq(image.width, 21);
        ck_assert(image.rgb[0] > 195 && image.rgb[0] < 205);
        image_free(&image);
        mem_free(where);
    }
    ck_assert_str_ne(a.image_path[0], a.image_path[1]);
    annotations_free(&a);
    mem_free(path);
    mem_free(file);
}
END_TEST

/* More records than one block holds keep their order. */
START_TEST(keeps_the_order_of_many_records)
{
    FILE *f = fopen(scratch_path(&fixture.scratch, "many.json"), "w");
    ck_assert_ptr_nonnull(f);
    for (int i = 0; i < 700; i++)
        fprintf(f, "%s{\"image_path\": \"%d\", \"union_label_id\": [%d], \"caption\": [\"c\"]}",
                i ? ",\n" : "[", i, i % 3);
    fputs("]", f);
    fclose(f);
    char *file = mem_strdup(fixture.scratch.path);
    TripletsReport r;
    Error err = {0};
    ck_assert_msg(prepare(file, 0, false, &r, &err) == 0, "%s", err.text);
    ck_assert_int_eq(r.good, 700);
    char *path = file_join(fixture.out_dir, "train.json");
    Annotations a;
    ck_assert_int_eq(annotations_read((const char *const *)&path, 1, 3, &a, &err), 0);
    ck_assert_int_eq(a.count, 700);
    for (int i = 0; i < 700; i++) {
        char want[8];
        snprintf(want, sizeof want, "%d", i);
        ck_assert_str_eq(a.image_path[i], want);
    }
    annotations_free(&a);
    mem_free(path);
    mem_free(file);
}
END_TEST

START_TEST(no_good_record_is_an_error)
{
    char *file =
        mem_strdup(scratch_text(&fixture.scratch, "bad.json", "[{\"image_path\": \"a.png\"}]"));
    TripletsReport r;
    Error err = {0};
    ck_assert_int_eq(prepare(file, 0, true, &r, &err), -1);
    expect_error(&err, ERROR_DATA, "no good records among 1: see ");
    char *bad = triplets_case_text(&fixture, "bad.txt");
    ck_assert_ptr_nonnull(
        strstr(bad, "bad.json: record 1 (line 1): neither tags (union_label_id)"));
    mem_free(bad);
    mem_free(file);
}
END_TEST

/* Records that train one half, and what they lack; they are written as they are. */
START_TEST(counts_what_is_not_annotated)
{
    static const char text[] =
        "[{\"image_path\":\"a.png\",\"caption\":[\"one\",\"two\"]},\n"
        "{\"image_path\":\"a.png\",\"union_label_id\":[-1],\"caption\":[\"one\"]},\n"
        "{\"image_path\":\"a.png\",\"union_label_id\":[1],\"unknown_label_id\":[0,2]},\n"
        "{\"image_path\":\"a.png\",\"union_label_id\":[],\"caption\":null}]\n";
    char *file = mem_strdup(scratch_text(&fixture.scratch, "half.json", text));
    TripletsReport r;
    Error err = {0};
    ck_assert_msg(prepare(file, 0, true, &r, &err) == 0, "%s", err.text);
    ck_assert_int_eq(r.good, 4);
    ck_assert_int_eq(r.untagged, 1);
    ck_assert_int_eq(r.unannotated, 2);
    ck_assert_int_eq(r.uncaptioned, 2);
    ck_assert_int_eq(r.unknown, 2);
    ck_assert_int_eq(r.labels, 1);
    ck_assert_int_eq(r.captions, 3);
    ck_assert_int_eq(r.unused_tags, 2);
    char *good = triplets_case_text(&fixture, "train.json");
    ck_assert_str_eq(good, text);
    mem_free(good);
    mem_free(file);
}
END_TEST

START_TEST(never_overwrites_its_input)
{
    ck_assert_int_eq(file_mkdirs(fixture.out_dir, NULL), 0);
    char *file = mem_strdup(scratch_text(&fixture.scratch, "out/train.json", MIXED));
    TripletsReport r;
    Error err = {0};
    ck_assert_int_eq(prepare(file, 0, true, &r, &err), -1);
    expect_error(&err, ERROR_USAGE, "would be overwritten");
    char *text = triplets_case_text(&fixture, "train.json");
    ck_assert_str_eq(text, MIXED);
    mem_free(text);
    mem_free(file);
}
END_TEST

/* A folder is complete if it has train.json: not while its tags or images are replaced. */
START_TEST(an_old_result_does_not_stay_beside_new_files)
{
    char *file = mem_strdup(scratch_text(&fixture.scratch, "mixed.json", MIXED));
    char *result = file_join(fixture.out_dir, "train.json");
    char *blocked = file_join(fixture.out_dir, _i ? "images/00000001.jpg" : "train_tags.txt");
    TripletsReport r;
    Error err = {0};
    ck_assert_int_eq(prepare(file, 0, true, &r, &err), 0);
    ck_assert(file_exists(result));
    remove(blocked);
    ck_assert_int_eq(file_mkdirs(blocked, &err), 0);
    ck_assert_int_eq(prepare(file, _i ? 16 : 0, true, &r, &err), -1);
    ck_assert_int_eq(err.code, ERROR_RUNTIME);
    ck_assert(!file_exists(result));
    mem_free(blocked);
    mem_free(result);
    mem_free(file);
}
END_TEST

/* Wrong command lines: the exit code and the single line of output. */
typedef struct Typed {
    int code;
    const char *line, *answer;
} Typed;

static const Typed typed[] = {
    {ERROR_USAGE, "prepare", "KIND is missing"},
    {ERROR_USAGE, "prepare sinth x", "sinth: no such kind; did you mean 'synth'?"},
    {ERROR_USAGE, "prepare synth", "prepare synth: expected OUT, got no argument"},
    {ERROR_USAGE, "prepare synth x y", "prepare synth: y: unexpected"},
    {ERROR_USAGE, "prepare synth x seed=1", "prepare synth: seed=1: unexpected"},
    {ERROR_USAGE, "prepare synth x --trian 5", "no such option; did you mean '--train'?"},
    {ERROR_USAGE, "prepare synth x --train 0", "--train: '0': out of range, expected 1 to "},
    {ERROR_USAGE, "prepare synth x --size 64px", "--size: '64px': expected a whole number"},
    {ERROR_USAGE, "prepare synth x --missing nan",
     "--missing: 'nan': expected a finite number"},
    {ERROR_DATA, "prepare openclipart x --png /nowhere", "/nowhere: no such folder"},
    {ERROR_USAGE, "prepare triplets x --tags y",
     "expected OUT FILE.json..., got too few arguments"},
    {ERROR_USAGE, "prepare triplets x y.json", "--tags is missing"},
    {ERROR_DATA, "prepare triplets x y.json --tags /nowhere", "/nowhere: cannot open"},
};

START_TEST(answers_wrong_command_lines)
{
    char *output, *messages;
    ck_assert_int_eq(run_program(&fixture.scratch, typed[_i].line, &output, &messages),
                     typed[_i].code);
    ck_assert_str_eq(output, "");
    ck_assert_msg(strstr(messages, typed[_i].answer) != NULL, "%s", messages);
    ck_assert_ptr_eq(strchr(messages, '\n'), messages + strlen(messages) - 1); /* one line */
    mem_free(output);
    mem_free(messages);
}
END_TEST

START_TEST(strict_fails_on_any_bad_record)
{
    scratch_text(&fixture.scratch, "mixed.json", MIXED);
    char *line = mem_format("prepare triplets %s/out %s/mixed.json --tags %s --root %s --json",
                            fixture.scratch.dir, fixture.scratch.dir, fixture.tags_path,
                            fixture.scratch.dir);
    char *strict = mem_format("%s --strict", line), *output;
    ck_assert_int_eq(run_program(&fixture.scratch, line, &output, NULL), EXIT_OK);
    ck_assert_ptr_nonnull(
        strstr(output, "\"good\": 3, \"bad_records\": 2, \"bad_pictures\": 2"));
    mem_free(output);
    ck_assert_int_eq(run_program(&fixture.scratch, strict, NULL, NULL), ERROR_DATA);
    mem_free(strict);
    mem_free(line);
}
END_TEST

Suite *test_triplets_suite(void);
Suite *test_triplets_suite(void)
{
    Suite *s = suite_create("triplets");
    TCase *t = tcase_create("triplets");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, keeps_valid_records_and_lists_the_rest);
    tcase_add_test(t, keeps_damaged_images);
    tcase_add_test(t, counts_transparent_and_rotated_images);
    tcase_add_loop_test(t, continues_after_a_broken_record, 0, sizeof faulty / sizeof *faulty);
    tcase_add_test(t, a_lost_rest_is_an_error);
    tcase_add_test(t, packs_smaller_images);
    tcase_add_test(t, keeps_the_order_of_many_records);
    tcase_add_test(t, no_good_record_is_an_error);
    tcase_add_test(t, counts_what_is_not_annotated);
    tcase_add_test(t, never_overwrites_its_input);
    tcase_add_loop_test(t, an_old_result_does_not_stay_beside_new_files, 0, 2);
    tcase_add_loop_test(t, answers_wrong_command_lines, 0, sizeof typed / sizeof *typed);
    tcase_add_test(t, strict_fails_on_any_bad_record);
    suite_add_tcase(s, t);
    return s;
}
