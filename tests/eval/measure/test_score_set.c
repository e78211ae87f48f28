/* SPDX-License-Identifier: Apache-2.0 */
/* Files of scores in all forms, with the lists that they belong to. */
#include "eval/measure/score_set.h"

#include "core/mem.h"
#include "eval/scores/scores.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static Scratch scratch;
static ScoreSet set;

static void setup(void) { scratch_new(&scratch); }
static void teardown(void)
{
    score_set_free(&set);
    scratch_free(&scratch);
}

/* An evaluation folder with two tags, three images, thresholds and groups. */
static char *write_folder(void)
{
    scratch_text(&scratch, "list/tags.txt", "cat\ndog\n");
    scratch_text(&scratch, "list/annotations.txt", "a.jpg,dog\nb.jpg,cat,dog\nc.jpg\n");
    scratch_text(&scratch, "list/thresholds.txt", "0.25\n0.75\n");
    scratch_text(&scratch, "list/groups.txt", "small\nlarge\n");
    return mem_strdup(scratch_path(&scratch, "list"));
}

static int open_set(const char *name, const ScoreSetPaths *p, Error *err)
{
    score_set_free(&set);
    return score_set_open(scratch_path(&scratch, name), p, &set, err);
}

static double value_of(int64_t image, int64_t tag)
{
    double row[8];
    ck_assert_int_eq(score_matrix_read(&set.scores, set.row[image], 0, set.tags, row, NULL), 0);
    for (int64_t c = 0; c < set.tags; c++)
        if (set.tag_of[c] == tag) return row[c];
    ck_abort_msg("no column of tag %ld", tag);
}

START_TEST(a_table_against_a_folder)
{
    Error err = {0};
    char *folder = write_folder();
    const ScoreSetPaths p = {.data = folder};
    scratch_text(&scratch, "s.csv", "image,dog,\"cat\"\nc,0.1,0.2\na,0.3,0.4\nb,5e-1,-6\n");
    ck_assert_msg(open_set("s.csv", &p, &err) == 0, "%s", err.text);
    ck_assert(set.images == 3 && set.tags == 2);
    ck_assert_str_eq(set.image[1], "b.jpg");
    ck_assert(value_of(0, 0) == 0.4 && value_of(0, 1) == 0.3);
    ck_assert(value_of(1, 0) == -6.0 && value_of(1, 1) == 0.5 && value_of(2, 0) == 0.2);
    ck_assert_int_eq(truth_table_get(&set.truth, 0, 1), 1);
    ck_assert_int_eq(truth_table_get(&set.truth, 0, 0), 0);
    ck_assert_int_eq(truth_table_get(&set.truth, 1, 0), 1);
    ck_assert(set.threshold[0] == 0.25F && set.threshold[1] == 0.75F);
    ck_assert_str_eq(set.group[1], "large");
    mem_free(folder);
}
END_TEST

START_TEST(other_groups_and_thresholds)
{
    Error err = {0};
    char *folder = write_folder();
    char *groups = mem_strdup(scratch_text(&scratch, "g.txt", "x\ny\n"));
    char *thresholds = mem_strdup(scratch_text(&scratch, "t.txt", "0.5\n1\n"));
    ScoreSetPaths p = {.data = folder, .groups = groups, .folder.thresholds = thresholds};
    scratch_text(&scratch, "s.csv", "image,dog,cat\nc,0.1,0.2\na,0.3,0.4\nb,0.5,0.6\n");
    ck_assert_msg(open_set("s.csv", &p, &err) == 0, "%s", err.text);
    ck_assert_str_eq(set.group[0], "x");
    ck_assert(set.threshold[1] == 1.0F);
    /* Without a folder: thresholds of the tags of the labels. */
    char *labels =
        mem_strdup(scratch_text(&scratch, "y.csv", "image,cat,dog\na,0,1\nb,-1,1\nc,0,0\n"));
    p.data = NULL;
    p.truth = labels;
    ck_assert_msg(open_set("s.csv", &p, &err) == 0, "%s", err.text);
    ck_assert(set.threshold[1] == 1.0F);
    ck_assert_int_eq(truth_table_get(&set.truth, 1, 0), -1);
    ck_assert(value_of(1, 0) == 0.6);
    mem_free(labels);
    mem_free(thresholds);
    mem_free(groups);
    mem_free(folder);
}
END_TEST

/* Labels of a folder give way to those of a file, which may say that nobody knows. */
START_TEST(labels_in_a_file)
{
    Error err = {0};
    char *folder = write_folder();
    char *labels =
        mem_strdup(scratch_text(&scratch, "y.csv", "image,dog,cat\nc,0,1\nb,1,-1\na,1,0\n"));
    const ScoreSetPaths p = {.data = folder, .truth = labels};
    scratch_text(&scratch, "s.csv", "image,dog,cat\nc,0.1,0.2\na,0.3,0.4\nb,0.5,0.6\n");
    ck_assert_msg(open_set("s.csv", &p, &err) == 0, "%s", err.text);
    ck_assert_int_eq(truth_table_get(&set.truth, 1, 0), -1);
    ck_assert_int_eq(truth_table_get(&set.truth, 2, 0), 1);
    ck_assert_int_eq(set.truth.unknown, 1);
    ck_assert_str_eq(set.list, folder);
    mem_free(labels);
    mem_free(folder);
}
END_TEST

START_TEST(scores_of_an_evaluation)
{
    Error err = {0};
    Scores *s = scores_new((const char *[]){"a", "b"}, 2, (const char *[]){"x", "y", "x"}, 3);
    for (int i = 0; i < 6; i++) s->score[i] = (float)i / 8;
    s->truth[4] = 1;
    s->threshold[2] = 0.125F;
    ck_assert_int_eq(scores_write(s, scratch_path(&scratch, "s.h5"), NULL), 0);
    scores_free(s);
    const ScoreSetPaths p = {0};
    ck_assert_msg(open_set("s.h5", &p, &err) == 0, "%s", err.text);
    ck_assert(set.images == 2 && set.tags == 3);
    for (int i = 0; i < 6; i++) {
        ck_assert(value_of(i / 3, i % 3) == i / 8.0);
        ck_assert_int_eq(truth_table_get(&set.truth, i / 3, i % 3), i == 4);
    }
    ck_assert(set.threshold[2] == 0.125F && set.threshold[0] == 0.5F);
    ck_assert_str_eq(set.tag[2], "x");
    /* A list in another order, in which x stands twice. */
    scratch_text(&scratch, "list/tags.txt", "y\nx\nx\n");
    scratch_text(&scratch, "list/annotations.txt", "b,y\na,x\n");
    char *folder = mem_strdup(scratch_path(&scratch, "list"));
    const ScoreSetPaths other = {.data = folder};
    ck_assert_msg(open_set("s.h5", &other, &err) == 0, "%s", err.text);
    ck_assert(value_of(0, 0) == 4 / 8.0 && value_of(0, 1) == 3 / 8.0 &&
              value_of(0, 2) == 5 / 8.0 && value_of(1, 2) == 2 / 8.0);
    mem_free(folder);
}
END_TEST

/* [3, 2] of float64. */
static void write_npy(const char *name)
{
    static const char head[] = "\x93NUMPY\1\0\x44\0{'descr': '<f8', 'fortran_order': False, "
                               "'shape': (3, 2), }        \n";
    const double value[] = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6};
    char file[sizeof head - 1 + sizeof value];
    memcpy(file, head, sizeof head - 1);
    memcpy(file + sizeof head - 1, value, sizeof value);
    scratch_write(&scratch, name, file, sizeof file);
}

START_TEST(an_array_is_in_the_order_of_the_list)
{
    Error err = {0};
    char *folder = write_folder();
    const ScoreSetPaths p = {.data = folder};
    write_npy("s.npy");
    ck_assert_msg(open_set("s.npy", &p, &err) == 0, "%s", err.text);
    ck_assert(value_of(0, 1) == 0.2 && value_of(2, 0) == 0.5);
    ck_assert_str_eq(set.tag[0], "cat");
    scratch_text(&scratch, "list/tags.txt", "cat\ndog\nfox\n");
    scratch_text(&scratch, "list/thresholds.txt", "0\n0\n0\n");
    scratch_text(&scratch, "list/groups.txt", "a\na\na\n");
    ck_assert_int_eq(open_set("s.npy", &p, &err), -1);
    expect_error(&err, ERROR_DATA, "s.npy: 2 columns for the 3 tags of ");
    mem_free(folder);
}
END_TEST

/* A file of scores, and why it is refused. */
static const struct {
    const char *csv, *message;
} bad[] = {
    {"", "s.csv: no scores: expected a header and lines"},
    {"image,cat,dog\n", "no scores: expected a header"},
    {"image\na\n", "line 1: expected a header: image,TAG,TAG"},
    {"image,cat,\na,1,2\n", "line 1: a tag without a name"},
    {"image,\"cat\na,1,2\n", "line 1: a quote is not closed"},
    {"image,cat,dog\na,1,x\n", "line 2: expected a number, got 'x'"},
    {"image,cat,dog\na,1,\n", "line 2: expected a number, got ''"},
    {"image,cat,dog\na,1,nan\n", "line 2: expected a number, got 'nan'"},
    {"image,cat,dog\na,1,2\nb,1\n", "line 3: fewer numbers than the header has tags (2)"},
    {"image,cat,dog\na,1,2,3\n", "line 2: more numbers than the header has tags (2)"},
    {"image,cat,dog\n,1,2\n", "line 2: no image name"},
    {"image,cat,dog\n\"a,1,2\n", "line 2: a quote is not closed"},
    {"image,cat,fox\na,1,2\nb,1,2\nc,1,2\n", "it lacks: 1, the first one 'dog'"},
    {"image,cat,dog\na,1,2\nb,1,2\n", "it lacks: 1, the first one 'c.jpg'"},
    {"image,cat,dog\na,1,2\nb,1,2\nc,0,0\nd,0,0\n", "lacks: 1, the first one 'd'"},
    {"{\"image\": [1, 2]}\n", "a header of tags, then lines of an image and its scores"},
};
enum { BAD = sizeof bad / sizeof *bad };

START_TEST(bad_tables)
{
    Error err = {0};
    char *folder = write_folder();
    const ScoreSetPaths p = {.data = folder};
    scratch_text(&scratch, "s.csv", bad[_i].csv);
    ck_assert_int_eq(open_set("s.csv", &p, &err), -1);
    expect_error(&err, ERROR_DATA, bad[_i].message);
    ck_assert_ptr_null(set.scores.path);
    mem_free(folder);
}
END_TEST

START_TEST(without_labels)
{
    Error err = {0};
    const ScoreSetPaths p = {0};
    write_npy("s.npy");
    ck_assert_int_eq(open_set("s.npy", &p, &err), -1);
    expect_error(&err, ERROR_DATA, "s.npy: has no labels: name its evaluation folder");
    char *groups = mem_strdup(scratch_text(&scratch, "g.txt", "x\n"));
    char *labels =
        mem_strdup(scratch_text(&scratch, "y.csv", "image,cat,dog\na,0,1\nb,-1,1\nc,0,0\n"));
    const ScoreSetPaths q = {.truth = labels, .groups = groups};
    err = (Error){0};
    ck_assert_int_eq(open_set("s.npy", &q, &err), -1);
    expect_error(&err, ERROR_DATA, "g.txt: 1 lines for 2 tags");
    mem_free(labels);
    mem_free(groups);
}
END_TEST

Suite *test_score_set_suite(void);
Suite *test_score_set_suite(void)
{
    Suite *s = suite_create("score_set");
    TCase *t = tcase_create("score_set");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_table_against_a_folder);
    tcase_add_test(t, other_groups_and_thresholds);
    tcase_add_test(t, labels_in_a_file);
    tcase_add_test(t, scores_of_an_evaluation);
    tcase_add_test(t, an_array_is_in_the_order_of_the_list);
    tcase_add_loop_test(t, bad_tables, 0, BAD);
    tcase_add_test(t, without_labels);
    suite_add_tcase(s, t);
    return s;
}
