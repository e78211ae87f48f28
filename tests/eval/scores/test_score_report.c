/* SPDX-License-Identifier: Apache-2.0 */
/* The files of an evaluation: their text, scores after writing and reading, and damaged
 * files. */
#include "eval/scores/score_report.h"

#include "core/hdf5/h5_write.h"
#include "core/io/file.h"
#include "core/mem.h"
#include "data/benchmark.h"
#include "data/thresholds.h"
#include "eval/commands.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IMAGES = 4, TAGS = 5 };

static Scratch scratch;
static Scores *scores;

/* "dog" occurs twice, "say \"hi\"" needs escapes, and "unicorn" is never positive. */
static void setup(void)
{
    static const char *const image[] = {"a.png", "b/c d.png", "\xe7\x8c\xab", "line\nbreak"};
    static const char *const tag[] = {"cat", "dog", "say \"hi\"", "dog", "unicorn"};
    static const float score[] = {0.9F,  0.5F, 0.1F, 0.2F, 0.0F, /* a.png */
                                  0.4F,  0.7F, 0.2F, 0.9F, 0.1F, /* b/c d.png */
                                  0.8F,  0.1F, 0.6F, 0.8F, 0.2F, /* third */
                                  0.25F, 0.3F, 1.0F, 0.1F, 0.3F};
    static const uint8_t truth[] = {1, 0, 0, 0, 0, /**/ 0, 1, 0, 1, 0,
                                    0, 0, 0, 0, 0, /**/ 1, 0, 1, 0, 0};
    scratch_new(&scratch);
    scores = scores_new(image, IMAGES, tag, TAGS);
    memcpy(scores->score, score, sizeof score);
    memcpy(scores->truth, truth, sizeof truth);
}

static void teardown(void)
{
    scores_free(scores);
    scratch_free(&scratch);
}

/* The text of a file in the scratch folder. Owned. */
static char *text_of(const char *name)
{
    char *path = file_join(scratch.dir, name);
    Bytes file;
    ck_assert_msg(file_read(path, &file, NULL) == 0, "%s", path);
    char *text = mem_strdup((const char *)file.data);
    bytes_free(&file);
    mem_free(path);
    return text;
}

static void file_is(const char *name, const char *want)
{
    char *got = text_of(name);
    ck_assert_str_eq(got, want);
    mem_free(got);
}

static void write_all(void)
{
    ScoreReport r;
    Error err = {0};
    ck_assert_msg(score_report_new(scores, &r, &err) == 0, "%s", err.text);
    char *folder = file_join(scratch.dir, "eval/seen");
    char *json = score_report_json(&r), *text = score_report_text(&r);
    ck_assert_msg(score_report_write(&r, json, text, folder, &err) == 0, "%s", err.text);
    mem_free(text);
    mem_free(json);
    mem_free(folder);
    score_report_free(&r);
}

START_TEST(writes_the_files_as_documented)
{
    write_all();
    /* cat: ranks 1 and 4 of 4 -> (1 + 2/4) / 2; dog: rank 1; hi: rank 1; second dog: rank 1. */
    file_is("eval/seen/ap.txt",
            "cat,0.750000,2\ndog,1.000000,1\n\"say \"\"hi\"\"\",1.000000,1\n"
            "dog,1.000000,1\nunicorn,0.000000,0\n");
    /* At 0.5, cat keeps a and the third image, one of them correct; dog keeps a and b, one
     * correct. */
    file_is(
        "eval/seen/pr.txt",
        "cat,0.500000,0.500000\ndog,0.500000,1.000000\n\"say \"\"hi\"\"\",0.500000,1.000000\n"
        "unicorn,0.000000,0.000000\n");
    file_is("eval/seen/pred.txt",
            "a.png,cat,dog\nb/c d.png,dog\n\xe7\x8c\xab,cat,\"say \"\"hi\"\"\"\n"
            "line?break,\"say \"\"hi\"\"\"\n");
    file_is("eval/seen/summary.txt", "images  4\n"
                                     "tags    5 (1 without a positive image count as AP 0)\n"
                                     "mAP     0.7500 (0.9375 over the 4 tags with a positive "
                                     "image)\nCP      0.3750\nCR      0.6250\n"
                                     "F1      0.4687\n");
}
END_TEST

/* pred.txt has the form of annotations.txt, also with quotes in a name. */
START_TEST(predictions_can_be_read_back)
{
    write_all();
    TagList tags = tags_new(scores->tag, TAGS);
    Benchmark b;
    Error err = {0};
    char *path = file_join(scratch.dir, "eval/seen/pred.txt");
    ck_assert_msg(benchmark_read(path, &tags, &b, &err) == 0, "%s", err.text);
    ck_assert_int_eq(b.images, IMAGES);
    ck_assert_int_eq(b.unknown, 0);
    for (int i = 0; i < IMAGES; i++)
        for (int k = 0; k < TAGS; k++)
            ck_assert_int_eq(b.truth[i * TAGS + k],
                             scores->score[i * TAGS + (k == 3 ? 1 : k)] >= 0.5F);
    mem_free(path);
    benchmark_free(&b);
    tags_free(&tags);
}
END_TEST

static double number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    ck_assert_msg(json_is_number(value), "%s", key);
    return json_number_value(value);
}

START_TEST(summary_json_has_the_documented_form)
{
    write_all();
    char *text = text_of("eval/seen/summary.json");
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_ptr_nonnull(json);
    ck_assert_double_eq_tol(number(json, "mAP"), (0.75 + 1 + 1 + 1) / 5, 1e-7);
    ck_assert_double_eq_tol(number(json, "CP"), 1.5 / 4, 1e-7);
    ck_assert_double_eq_tol(number(json, "CR"), 2.5 / 4, 1e-7);
    ck_assert_double_eq_tol(number(json, "F1"), 2 * 1.5 * 2.5 / 4 / 4, 1e-7);
    ck_assert(number(json, "images") == 4.0 && number(json, "tags") == 5.0);
    const json_t *tags = json_object_get(json, "per_tag");
    ck_assert_uint_eq(json_array_size(tags), TAGS);
    const json_t *hi = json_array_get(tags, 2), *unicorn = json_array_get(tags, 4);
    ck_assert_str_eq(json_string_value(json_object_get(hi, "tag")), "say \"hi\"");
    ck_assert_double_eq_tol(number(hi, "AP"), 1, 1e-7);
    ck_assert(number(hi, "positives") == 1.0 && number(unicorn, "AP") == 0.0);
    json_decref(json);
    mem_free(text);
}
END_TEST

/* cat: all four scores are equal, two of four images have it, images 0 and 3 in the list. */
START_TEST(equal_scores_are_told)
{
    for (int i = 0; i < IMAGES; i++) scores->score[i * TAGS] = 0.5F;
    ScoreReport r;
    ck_assert_int_eq(score_report_new(scores, &r, NULL), 0);
    ck_assert_int_eq(score_report_tied(&r), 1);
    char *text = score_report_json(&r);
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    const json_t *tags = json_object_get(json, "per_tag"), *cat = json_array_get(tags, 0);
    ck_assert_double_eq(number(json, "tags_tied"), 1);
    ck_assert_double_eq_tol(number(cat, "AP"), (1 + 2.0 / 4) / 2, 1e-7);
    ck_assert_double_eq_tol(number(cat, "AP_high"), 1, 1e-7);
    ck_assert_double_eq_tol(number(cat, "AP_low"), (1.0 / 3 + 2.0 / 4) / 2, 1e-7);
    ck_assert_uint_eq(json_object_size(json_array_get(tags, 1)), 3);
    json_decref(json);
    mem_free(text);
    score_report_free(&r);
}
END_TEST

START_TEST(scores_survive_their_file)
{
    for (int k = 0; k < TAGS; k++) scores->threshold[k] = 0.1F * (float)k;
    strcpy(scores->benchmark, "0123456789abcdef0123456789abcdef");
    write_all();
    char *path = file_join(scratch.dir, "eval/seen/scores.h5");
    Scores *back;
    Error err = {0};
    ck_assert_msg(scores_read(path, &back, &err) == 0, "%s", err.text);
    ck_assert(back->images == IMAGES && back->tags == TAGS);
    ck_assert_mem_eq(back->score, scores->score, IMAGES * TAGS * sizeof(float));
    ck_assert_mem_eq(back->truth, scores->truth, IMAGES * TAGS);
    ck_assert_mem_eq(back->threshold, scores->threshold, TAGS * sizeof(float));
    for (int i = 0; i < IMAGES; i++) ck_assert_str_eq(back->image[i], scores->image[i]);
    for (int k = 0; k < TAGS; k++) ck_assert_str_eq(back->tag[k], scores->tag[k]);
    ck_assert_str_eq(back->benchmark, scores->benchmark);
    scores_free(back);
    *scores->benchmark = 0; /* as in a file of an earlier version */
    ck_assert_int_eq(scores_write(scores, path, NULL), 0);
    ck_assert_int_eq(scores_read(path, &back, NULL), 0);
    ck_assert_str_eq(back->benchmark, "");
    scores_free(back);
    mem_free(path);
}
END_TEST

/* A folder is complete if it has summary.json: not while other files are replaced. */
START_TEST(the_summary_comes_last)
{
    write_all();
    ScoreReport r;
    Error err = {0};
    char *folder = file_join(scratch.dir, "eval/seen"), *blocked = file_join(folder, "pr.txt"),
         *summary = file_join(folder, "summary.json");
    ck_assert(file_exists(summary));
    ck_assert_int_eq(remove(blocked), 0);
    ck_assert_int_eq(file_mkdirs(blocked, &err), 0);
    ck_assert_int_eq(score_report_new(scores, &r, &err), 0);
    ck_assert_int_eq(score_report_write(&r, "{}\n", "", folder, &err), -1);
    expect_error(&err, ERROR_RUNTIME, "pr.txt: cannot save");
    ck_assert(!file_exists(summary));
    score_report_free(&r);
    mem_free(summary);
    mem_free(blocked);
    mem_free(folder);
}
END_TEST

START_TEST(scores_of_some_images)
{
    scores->threshold[1] = 0.25F;
    scores->softmax = true;
    Scores *part = scores_select(scores, (bool[IMAGES]){false, true, false, true});
    ck_assert_int_eq(part->images, 2);
    ck_assert_str_eq(part->image[0], "b/c d.png");
    ck_assert_str_eq(part->image[1], "line?break");
    ck_assert_mem_eq(part->score, scores->score + TAGS, TAGS * sizeof(float));
    ck_assert_mem_eq(part->truth + TAGS, scores->truth + 3 * TAGS, TAGS);
    ck_assert_mem_eq(part->threshold, scores->threshold, TAGS * sizeof(float));
    ck_assert(part->softmax);
    scores_free(part);
}
END_TEST

START_TEST(scores_that_are_not_numbers_are_refused)
{
    scores->score[7] = (float)NAN;
    ScoreReport r;
    Error err = {0};
    ck_assert_int_eq(score_report_new(scores, &r, &err), -1);
    ck_assert_int_eq(err.code, ERROR_NUMERIC);
    ck_assert_ptr_nonnull(strstr(err.text, "image 1, tag 2"));
}
END_TEST

/* Reading the file must fail with this error. */
static void reading_fails(const char *path, int code, const char *words)
{
    Scores *back;
    Error err = {0};
    ck_assert_int_eq(scores_read(path, &back, &err), -1);
    ck_assert_ptr_null(back);
    ck_assert_msg(err.code == code && strstr(err.text, words), "%d: %s", err.code, err.text);
}

/* Scores of this shape, at most 4, for the tags a and b. */
static void write_shape(const char *path, int64_t images, const char *names, int64_t tags)
{
    static const float four[4];
    H5Writer *w;
    ck_assert_int_eq(h5_create(path, "scores", &w, NULL), 0);
    h5_put(w, "scores", H5_F32, 2, (int64_t[]){images, tags}, four, NULL);
    h5_put_text(w, "images", names, NULL);
    h5_put_text(w, "tags", "a\nb\n", NULL);
    ck_assert_int_eq(h5_commit(w, NULL), 0);
}

/* One score with this function; NULL: a file of an earlier version. */
static void write_function(const char *path, const char *function)
{
    static const float one = 1;
    static const uint8_t yes = 1;
    H5Writer *w;
    ck_assert_int_eq(h5_create(path, "scores", &w, NULL), 0);
    h5_put(w, "scores", H5_F32, 2, (int64_t[]){1, 1}, &one, NULL);
    h5_put(w, "truth", H5_U8, 2, (int64_t[]){1, 1}, &yes, NULL);
    h5_put(w, "thresholds", H5_F32, 1, (int64_t[]){1}, &one, NULL);
    h5_put_text(w, "images", "i\n", NULL);
    h5_put_text(w, "tags", "a\n", NULL);
    if (function) h5_put_text(w, "score_function", function, NULL);
    ck_assert_int_eq(h5_commit(w, NULL), 0);
}

START_TEST(score_functions)
{
    char *path = file_join(scratch.dir, "s.h5");
    static const char *const name[] = {"softmax", "sigmoid", NULL, "cosine"};
    for (int i = 0; i < 4; i++) {
        Scores *back;
        write_function(path, name[i]);
        ck_assert_int_eq(scores_read(path, &back, NULL), 0);
        ck_assert_int_eq(back->softmax, i == 0);
        ck_assert_int_eq(back->cosine, i == 3);
        scores_free(back);
    }
    write_function(path, "tangent");
    reading_fails(path, ERROR_DATA, "\"score_function\": expected sigmoid, softmax or cosine");
    mem_free(path);
}
END_TEST

START_TEST(bad_score_files_are_refused)
{
    char *path = file_join(scratch.dir, "s.h5");
    reading_fails(path, ERROR_CHECKPOINT, "s.h5");
    ck_assert_int_eq(file_write(path, "not HDF5", 8, NULL), 0);
    reading_fails(path, ERROR_CHECKPOINT, "s.h5");
    scores->score[6] = 1.5F;
    ck_assert_int_eq(scores_write(scores, path, NULL), 0);
    reading_fails(path, ERROR_DATA, "image 1, tag 1 (from 0): outside 0..1");
    scores->score[6] = 0.5F;
    strcpy(scores->benchmark, "0123");
    ck_assert_int_eq(scores_write(scores, path, NULL), 0);
    reading_fails(path, ERROR_DATA, "\"benchmark\": not a hash");
    *scores->benchmark = 0;
    scores->threshold[3] = -0.5F;
    ck_assert_int_eq(scores_write(scores, path, NULL), 0);
    reading_fails(path, ERROR_DATA, "threshold 3");

    write_shape(path, 2, "one\ntwo\nthree\n", 2);
    reading_fails(path, ERROR_DATA, "\"images\": expected 2 names, got 3");
    write_shape(path, 0, "", (int64_t)1 << 60);
    reading_fails(path, ERROR_DATA, "\"tags\": expected 1152921504606846976 names, got 2");
    mem_free(path);
}
END_TEST

static int threshold_command(const char *const *arg, int n)
{
    char *argv[16] = {0};
    for (int i = 0; i < n; i++) argv[i] = (char *)(uintptr_t)arg[i];
    const CliProgram program = {.name = "ramplus"};
    return cli_run(&program, &cmd_threshold, n, argv);
}

START_TEST(the_threshold_command_writes_one_line_per_tag)
{
    write_all();
    char *in = file_join(scratch.dir, "eval/seen/scores.h5"),
         *out = file_join(scratch.dir, "t.txt");
    const char *good[] = {"threshold", "--scores", in, "-o", out};
    ck_assert_int_eq(threshold_command(good, 5), EXIT_OK);
    /* cat: 0.25 keeps all four images and 0.9 one of two; F1 is 2/3 for both, so the higher one
     * is chosen. unicorn keeps 0.5. */
    Lines lines;
    ck_assert_int_eq(lines_read(out, &lines, NULL), 0);
    ck_assert_uint_eq(lines.count, TAGS);
    ck_assert_double_eq_tol(atof(lines.line[0]), 0.85, 1e-6);
    ck_assert_double_eq_tol(atof(lines.line[1]), 0.6, 1e-6);
    ck_assert_double_eq_tol(atof(lines.line[2]), 0.8, 1e-6);
    ck_assert_double_eq_tol(atof(lines.line[3]), 0.85, 1e-6);
    ck_assert_str_eq(lines.line[4], "0.5");
    lines_free(&lines);
    /* The same as a table, which is read as thresholds of exactly these tags. */
    char *table = file_join(scratch.dir, "t.csv");
    const char *csv[] = {"threshold", "--scores", in, "-o", table};
    ck_assert_int_eq(threshold_command(csv, 5), EXIT_OK);
    char *text = text_of("t.csv");
    ck_assert_ptr_nonnull(strstr(text, "tag,threshold,precision,recall,f1,positives\n"
                                       "cat,0.850000024,1.000000,0.500000,0.666667,2\n"));
    ck_assert_ptr_nonnull(strstr(text, "\n\"say \"\"hi\"\"\",0.8"));
    TagList tags = tags_new(scores->tag, TAGS);
    float plain[TAGS], read[TAGS];
    ck_assert_int_eq(thresholds_read(out, &tags, plain, NULL), 0);
    ck_assert_int_eq(thresholds_read(table, &tags, read, NULL), 0);
    ck_assert_mem_eq(plain, read, sizeof read);
    tags_free(&tags);
    mem_free(text);
    mem_free(table);
    const char *half[] = {"threshold", "--scores", in, "-o", out, "--split", "0"};
    ck_assert_int_eq(threshold_command(half, 7), ERROR_DATA); /* nothing to tune on */
    const char *no_out[] = {"threshold", "--scores", in};
    ck_assert_int_eq(threshold_command(no_out, 3), ERROR_USAGE);
    const char *bad_goal[] = {"threshold", "--scores", in, "-o", out, "--objective", "f3"};
    ck_assert_int_eq(threshold_command(bad_goal, 7), ERROR_USAGE);
    const char *no_file[] = {"threshold", "--scores", "/nowhere.h5", "-o", out};
    ck_assert_int_eq(threshold_command(no_file, 5), ERROR_CHECKPOINT);
    mem_free(out);
    mem_free(in);
}
END_TEST

Suite *test_score_report_suite(void);
Suite *test_score_report_suite(void)
{
    Suite *s = suite_create("score_report");
    TCase *t = tcase_create("score_report");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, writes_the_files_as_documented);
    tcase_add_test(t, predictions_can_be_read_back);
    tcase_add_test(t, summary_json_has_the_documented_form);
    tcase_add_test(t, equal_scores_are_told);
    tcase_add_test(t, scores_survive_their_file);
    tcase_add_test(t, the_summary_comes_last);
    tcase_add_test(t, scores_of_some_images);
    tcase_add_test(t, scores_that_are_not_numbers_are_refused);
    tcase_add_test(t, score_functions);
    tcase_add_test(t, bad_score_files_are_refused);
    tcase_add_test(t, the_threshold_command_writes_one_line_per_tag);
    suite_add_tcase(s, t);
    return s;
}
