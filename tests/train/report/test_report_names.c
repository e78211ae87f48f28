/* SPDX-License-Identifier: Apache-2.0 */
/* Runs from elsewhere: what their files name does not get into the page, and nothing blocks. */
#include "core/io/file.h"
#include "core/mem.h"
#include "eval/scores/scores.h"
#include "tests/train/report/report_case.h"
#include "train/report/report.h"

#include <check.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static Scratch scratch;

static void setup(void) { scratch_new(&scratch); }

static void teardown(void) { scratch_free(&scratch); }

static char *page_of(const char *run, const char *images)
{
    Bytes file;
    char *out = report_case_path(&scratch, "page.html");
    ck_assert_int_eq(report_write(&run, 1, images, out, NULL), 0);
    ck_assert_int_eq(file_read(out, &file, NULL), 0);
    char *page = mem_strdup((const char *)file.data);
    bytes_free(&file);
    mem_free(out);
    return page;
}

/* Whoever wrote the run cannot put a file from elsewhere into the page. */
START_TEST(images_from_elsewhere_stay_out)
{
    char *other = report_case_path(&scratch, "other.png"),
         *run = report_case_path(&scratch, "run");
    char *pipe = report_case_path(&scratch, "run/a.png"),
         *link = report_case_path(&scratch, "run/link.png");
    scratch_text(&scratch, "run/metrics.jsonl", "{\"step\": 1, \"loss\": 2}\n");
    report_case_image(&scratch, "other.png");
    ck_assert_int_eq(mkfifo(pipe, 0600), 0);
    char *examples = mem_format("[{\"image\": \"../other.png\"}, {\"image\": \"%s\"}, "
                                "{\"image\": \"a.png\"}, {\"image\": \"/dev/stdin\"}, "
                                "{\"image\": \"link.png\"}]",
                                other);
    ck_assert_int_eq(symlink("../other.png", link), 0);
    scratch_text(&scratch, "run/eval/examples.json", examples);
    char *page = page_of(run, NULL);
    ck_assert_int_eq(report_case_count(page, "src="), 0);
    ck_assert_int_eq(report_case_count(page, "(cannot be read)"), 5);
    mem_free(page);
    /* in the user's folder of images, also by an absolute path */
    page = page_of(run, scratch.dir);
    ck_assert_int_eq(report_case_count(page, "src="), 1);
    mem_free(page);
    mem_free(examples);
    mem_free(link);
    mem_free(pipe);
    mem_free(run);
    mem_free(other);
}
END_TEST

/* An evaluation of a set on this machine, with scores of these images. */
static void put_evaluation(const char *set, const char *const *image, int64_t images)
{
    static const char *const tag[] = {"cat", "sea"};
    Scores *s = scores_new(image, images, tag, 2);
    for (int64_t i = 0; i < images; i++) s->truth[2 * i] = 1;
    ck_assert_int_eq(scores_write(s, scratch_path(&scratch, "run/eval/list/scores.h5"), NULL),
                     0);
    scores_free(s);
    char *summary = mem_format("{\"mAP\": 0.5, \"data\": \"%s/%s\"}", scratch.dir, set);
    scratch_text(&scratch, "run/eval/list/summary.json", summary);
    mem_free(summary);
}

/* The images of an evaluation come from the set itself, if its own list names them. */
START_TEST(images_of_an_evaluation_set)
{
    static const char *const image[] = {"in.png", "../../out.png", "unlisted.png", "in.png"};
    char *run = report_case_path(&scratch, "run");
    scratch_text(&scratch, "run/metrics.jsonl", "{\"step\": 1, \"loss\": 2}\n");
    scratch_text(&scratch, "set/list/tags.txt", "cat\nsea\n");
    scratch_text(&scratch, "set/list/annotations.txt", "in.png,cat\n");
    report_case_image(&scratch, "set/list/in.png");
    report_case_image(&scratch, "set/list/unlisted.png");
    report_case_image(&scratch, "out.png");
    scratch_text(&scratch, "run/eval/list/x", ""); /* makes the folder */
    put_evaluation("set/list", image, 4);
    char *page = page_of(run, NULL);
    ck_assert_int_eq(report_case_count(page, "src="), 2);
    ck_assert_int_eq(report_case_count(page, "alt=\"image in.png: cat, sea\""), 2);
    ck_assert_int_eq(report_case_count(page, "(cannot be read)"), 2);
    mem_free(page);
    mem_free(run);
}
END_TEST

/* Whoever made the run made a set inside it, and its configuration: neither opens a folder from
 * elsewhere. */
START_TEST(a_run_chooses_no_images_from_elsewhere)
{
    static const char *const image[] = {"private.png", "private.png", "private.png"};
    char *run = report_case_path(&scratch, "run");
    char *config = mem_format("data.root: \"%s/victim\"\neval.root: \"%s/victim\"\n",
                              scratch.dir, scratch.dir);
    scratch_text(&scratch, "run/metrics.jsonl", "{\"step\": 1, \"loss\": 2}\n");
    scratch_text(&scratch, "run/config.yaml", config);
    scratch_text(&scratch, "victim/x", "");
    report_case_image(&scratch, "victim/private.png");
    scratch_text(&scratch, "run/eval/list/x", "");
    static const char *const set[] = {"run/set/list", "set/list"}; /* inside, and not */
    for (int i = 0; i < 2; i++) {
        char *tags = mem_format("%s/tags.txt", set[i]),
             *list = mem_format("%s/annotations.txt", set[i]);
        scratch_text(&scratch, tags, "cat\nsea\n");
        scratch_text(&scratch, list, "private.png,cat\n");
        put_evaluation(set[i], image, 3);
        if (i == 0) { /* a link in a run leads nowhere, either */
            char *link = report_case_path(&scratch, "run/set/list/imgs"),
                 *victim = report_case_path(&scratch, "victim");
            ck_assert_int_eq(symlink(victim, link), 0);
            mem_free(victim);
            mem_free(link);
        }
        char *page = page_of(run, NULL);
        ck_assert_int_eq(report_case_count(page, "src="), 0);
        mem_free(page);
        mem_free(list);
        mem_free(tags);
    }
    mem_free(config);
    mem_free(run);
}
END_TEST

START_TEST(a_pipe_in_a_run_does_not_block)
{
    char *log = report_case_path(&scratch, "run/metrics.jsonl"),
         *run = report_case_path(&scratch, "run"),
         *out = report_case_path(&scratch, "page.html");
    Error err = {0};
    scratch_text(&scratch, "run/metrics.jsonl", "{\"step\": 1, \"loss\": 2}\n");
    unlink(log);
    ck_assert_int_eq(mkfifo(log, 0600), 0);
    ck_assert_int_eq(report_write((const char *const[]){run}, 1, NULL, out, &err), -1);
    expect_error(&err, ERROR_DATA, "metrics.jsonl: not a regular file");
    mem_free(out);
    mem_free(run);
    mem_free(log);
}
END_TEST

Suite *test_report_names_suite(void);
Suite *test_report_names_suite(void)
{
    Suite *s = suite_create("report_names");
    TCase *t = tcase_create("report_names");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, images_from_elsewhere_stay_out);
    tcase_add_test(t, images_of_an_evaluation_set);
    tcase_add_test(t, a_run_chooses_no_images_from_elsewhere);
    tcase_add_test(t, a_pipe_in_a_run_does_not_block);
    suite_add_tcase(s, t);
    return s;
}
