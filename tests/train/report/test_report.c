/* SPDX-License-Identifier: Apache-2.0 */
/* Reports: what is read from a run, and pages that stay well-formed for any names. */
#include "train/report/report.h"

#include "core/io/file.h"
#include "core/mem.h"
#include "tests/train/report/report_case.h"
#include "train/report/report_run.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static Scratch scratch;

static void setup(void) { scratch_new(&scratch); }

static void teardown(void) { scratch_free(&scratch); }

START_TEST(reads_what_a_run_logged)
{
    report_case_run(&scratch, "runs/first", report_case_records);
    char *path = report_case_path(&scratch, "runs/first/");
    ReportRun r;
    Error err = {0};
    ck_assert_msg(report_run_read(path, "run", &r, &err) == 0, "%s", err.text);
    ck_assert_str_eq(r.name, "run");
    ck_assert(r.steps == 30.0 && r.epochs == 1.0);
    ck_assert_int_eq(r.series[REPORT_LOSS].count, 2);
    ck_assert(r.series[REPORT_LOSS].value[0] == 500.5);
    ck_assert_int_eq(r.series[REPORT_NORM].count, 1); /* null is not a number */
    ck_assert(r.series[REPORT_NORM].step[0] == 20.0);
    ck_assert_int_eq(r.lists, 1);
    const ReportList *l = report_run_list(&r, "seen");
    ck_assert(l->best_map == 0.5 && l->last_map == 0.45 && l->last_f1 == 0.35);
    ck_assert_int_eq(l->map.count, 2);
    ck_assert_int_eq(l->tags, 3);
    ck_assert(l->tag[1].ap == 0.75 && l->tag[1].positives == 2);
    size_t len;
    ck_assert_str_eq(report_run_option(&r, "loss.tag", &len), "\"asl\"");
    ck_assert_uint_eq(len, 5);
    ck_assert_ptr_null(report_run_option(&r, "loss", &len));
    report_run_free(&r);
    mem_free(path);
}
END_TEST

START_TEST(the_newest_summary_counts)
{
    scratch_text(&scratch, "run/metrics.jsonl", "{\"step\": 1, \"loss\": 2}\n");
    static const struct {
        const char *file;
        double map;
    } made[] = {{"run/eval/step_300/unseen/summary.json", 0.1},
                {"run/eval/step_1000/unseen/summary.json", 0.3},
                {"run/eval/step_900/unseen/summary.json", 0.2}};
    for (int i = 0; i < 3; i++) {
        char *text = mem_format("{\"mAP\": %g, \"per_tag\": [{\"tag\": \"a\", \"AP\": %g}]}",
                                made[i].map, made[i].map);
        scratch_text(&scratch, made[i].file, text);
        mem_free(text);
    }
    char *path = report_case_path(&scratch, "run");
    ReportRun r;
    ck_assert_int_eq(report_run_read(path, "run", &r, NULL), 0);
    ck_assert_int_eq(r.lists, 1);
    ck_assert_str_eq(r.list[0].name, "unseen");
    ck_assert(r.list[0].last_map == 0.3 && r.list[0].tag[0].ap == 0.3);
    report_run_free(&r);
    mem_free(path);
}
END_TEST

static void refused(const char *words)
{
    char *run = report_case_path(&scratch, "bad"),
         *out = report_case_path(&scratch, "page.html");
    const char *const path[] = {run};
    Error err = {0};
    ck_assert_int_eq(report_write(path, 1, NULL, out, &err), -1);
    ck_assert_msg(err.code == ERROR_DATA, "code %d: %s", err.code, err.text);
    ck_assert_msg(strstr(err.text, words), "\"%s\" not in: %s", words, err.text);
    ck_assert(!file_exists(out));
    mem_free(out);
    mem_free(run);
}

static void metrics_refused(const char *metrics, const char *words)
{
    report_case_run(&scratch, "bad", metrics);
    refused(words);
}

START_TEST(a_folder_without_a_run_is_refused)
{
    refused("bad/metrics.jsonl");
    metrics_refused("", "contains no record");
    metrics_refused("{\"step\": 1}\nnonsense\n{\"step\": 2}\n", "line 2");
    metrics_refused("[1]\n{\"step\": 2}\n", "line 1");
    report_case_run(&scratch, "bad", report_case_records);
    scratch_text(&scratch, "bad/eval/seen/summary.json", "[]");
    refused("seen/summary.json: not a JSON object");
    scratch_text(&scratch, "bad/eval/seen/summary.json", "{\"mAP\": ");
    refused("seen/summary.json: line 1");
    scratch_text(&scratch, "bad/eval/seen/summary.json", "{\"mAP\": 1, \"mAP\": 0}");
    refused("seen/summary.json: line 1: duplicate object key");
    scratch_text(&scratch, "bad/eval/seen/summary.json", report_case_summary);
    scratch_text(&scratch, "bad/eval/examples.json", "{}");
    refused("examples.json: not a JSON array");
}
END_TEST

START_TEST(an_incomplete_last_line_is_ignored)
{
    char *metrics = mem_format("%s{\"step\": 4", report_case_records);
    report_case_run(&scratch, "run", metrics);
    mem_free(metrics);
    const char *const name[] = {"run"};
    char *page = report_case_page(&scratch, name, 1);
    ck_assert_ptr_nonnull(strstr(page, "<b>30</b>")); /* steps */
    mem_free(page);
}
END_TEST

START_TEST(a_switched_off_loss_has_no_chart)
{
    report_case_run(&scratch, "run", report_case_records);
    const char *const name[] = {"run"};
    char *page = report_case_page(&scratch, name, 1);
    ck_assert_ptr_nonnull(strstr(page, "Tagging loss"));
    ck_assert_ptr_null(strstr(page, "Distillation loss"));
    mem_free(page);
}
END_TEST

START_TEST(tags_are_ordered_by_their_ap)
{
    report_case_run(&scratch, "run", report_case_records);
    const char *const name[] = {"run"};
    char *page = report_case_page(&scratch, name, 1);
    const char *best =
        strstr(page, "<td>2</td><td class=\"ap\" style=\"--v:75.0%\">0.750</td>");
    ck_assert_ptr_nonnull(best);
    const char *middle =
        strstr(best, "<td>4</td><td class=\"ap\" style=\"--v:50.0%\">0.500</td>");
    ck_assert_ptr_nonnull(middle);
    ck_assert_ptr_nonnull(strstr(middle, ">0.250</td>"));
    mem_free(page);
}
END_TEST

START_TEST(runs_are_compared)
{
    report_case_run(&scratch, "a", report_case_records);
    report_case_run(&scratch, "b",
                    "{\"step\": 5, \"loss\": 9}\n"
                    "{\"eval\": \"seen\", \"step\": 5, \"mAP\": 0.6, \"F1\": 0.2}\n"
                    "{\"eval\": \"unseen\", \"step\": 5, \"mAP\": 0.125}\n");
    scratch_text(&scratch, "b/config.yaml", "seed: 1\nloss.tag: \"hill\"\n");
    const char *const name[] = {"a", "b"};
    char *page = report_case_page(&scratch, name, 2);
    report_case_balanced(page);
    ck_assert_ptr_nonnull(strstr(page, "<td class=\"win\">0.6000</td>"));
    ck_assert_ptr_nonnull(strstr(page, "<td>0.5000</td>"));
    ck_assert_ptr_nonnull(strstr(page, "<td class=\"win\">0.1250</td>"));
    ck_assert_ptr_nonnull(strstr(page, "mAP, unseen"));
    ck_assert_ptr_nonnull(strstr(page,
                                 "<tr><th scope=\"row\">loss.tag</th><td>&quot;asl&quot;</td>"
                                 "<td>&quot;hill&quot;</td></tr>"));
    ck_assert_ptr_null(strstr(page, ">seed</th>"));
    mem_free(page);
}
END_TEST

static void put_hostile_run(const char *run)
{
    char file[128];
    report_case_run(&scratch, run,
                    "{\"step\": 5, \"loss\": 9}\n{\"eval\": \"<script>seen\", \"step\": 5, "
                    "\"mAP\": 0.6}\n");
    snprintf(file, sizeof file, "%s/config.yaml", run);
    scratch_text(&scratch, file, "seed: <script>\n");
    snprintf(file, sizeof file, "%s/env.json", run);
    scratch_text(&scratch, file, "{\"cpu\": \"<script>\", \"version\": \"<script>\"}");
    snprintf(file, sizeof file, "%s/eval/examples.json", run);
    scratch_text(
        &scratch, file,
        "[{\"image\": \"a.png\", \"tags\": [{\"tag\": \"<script>t\", \"score\": 0.9}], "
        "\"truth\": [\"<script>missed\"]}, {\"image\": \"<script>gone\"}, 7, {}]");
    snprintf(file, sizeof file, "%s/a.png", run);
    report_case_image(&scratch, file);
}

START_TEST(hostile_names_stay_text)
{
    const char *const name[] = {"r<script>alert(1)<&'\"", "second"};
    put_hostile_run(name[0]);
    report_case_run(&scratch, name[1], report_case_records);
    for (int64_t runs = 1; runs <= 2; runs++) {
        char *page = report_case_page(&scratch, name, runs);
        ck_assert_int_eq(report_case_count(page, "<script>"), 2);
        ck_assert_int_eq(report_case_count(page, "<script"), 2);
        ck_assert_int_ge(report_case_count(page, "&lt;script&gt;"), 8);
        report_case_balanced(page);
        mem_free(page);
    }
}
END_TEST

START_TEST(images_are_inside_the_page)
{
    report_case_run(&scratch, "run", report_case_records);
    scratch_text(
        &scratch, "run/eval/examples.json",
        "[{\"image\": \"a.png\", \"tags\": [{\"tag\": \"cat\", \"score\": 0.91}, {\"tag\": "
        "\"sea\", \"score\": 0.5}], \"truth\": [\"cat\", \"sky\"]}]");
    report_case_image(&scratch, "run/a.png");
    const char *const name[] = {"run"};
    char *page = report_case_page(&scratch, name, 1);
    ck_assert_int_eq(report_case_count(page, "src=\"data:image/jpeg;base64,/9j/"), 1);
    ck_assert_int_eq(report_case_count(page, "src="), 1);
    ck_assert_int_eq(report_case_count(page, "http"),
                     2); /* http-equiv, and the address in uPlot */
    ck_assert_ptr_null(strstr(page, "url("));
    ck_assert_ptr_nonnull(strstr(page, "alt=\"image a.png: cat, sea\""));
    ck_assert_ptr_nonnull(strstr(page, "<span class=\"chip hit\">cat <small>0.91"));
    ck_assert_ptr_nonnull(strstr(page, "<span class=\"chip\">sea"));
    ck_assert_ptr_nonnull(strstr(page, "<span class=\"chip miss\">sky"));
    char *thumbnail = report_case_path(&scratch, "page.html.thumbnail");
    ck_assert(!file_exists(thumbnail));
    mem_free(thumbnail);
    mem_free(page);
}
END_TEST

Suite *test_report_suite(void);
Suite *test_report_suite(void)
{
    Suite *s = suite_create("report");
    TCase *t = tcase_create("report");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, reads_what_a_run_logged);
    tcase_add_test(t, the_newest_summary_counts);
    tcase_add_test(t, a_folder_without_a_run_is_refused);
    tcase_add_test(t, an_incomplete_last_line_is_ignored);
    tcase_add_test(t, a_switched_off_loss_has_no_chart);
    tcase_add_test(t, tags_are_ordered_by_their_ap);
    tcase_add_test(t, runs_are_compared);
    tcase_add_test(t, hostile_names_stay_text);
    tcase_add_test(t, images_are_inside_the_page);
    suite_add_tcase(s, t);
    return s;
}
