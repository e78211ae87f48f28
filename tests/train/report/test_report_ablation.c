/* SPDX-License-Identifier: Apache-2.0 */
/* Reports of ablations. */
#include "tests/train/report/report_case.h"

#include "core/mem.h"
#include "train/report/report.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static Scratch scratch;

static void setup(void) { scratch_new(&scratch); }

static void teardown(void) { scratch_free(&scratch); }

static char *page_of_ablation(void)
{
    static const char *const folder[] = {"abl"};
    char *page = report_case_page(&scratch, folder, 1);
    report_case_balanced(page);
    return page;
}

/* The folder of an ablation: its cells, which are means over their seeds, and its table. */
START_TEST(an_ablation)
{
    report_case_run(&scratch, "abl/loss=a&b/seed_0", report_case_records);
    report_case_run(&scratch, "abl/loss=a&b/seed_1", report_case_records);
    report_case_run(&scratch, "abl/b%3Dce/seed_0", report_case_records);
    report_case_run(&scratch, "abl/b%3Dce/seed_0/old/seed_7",
                    report_case_records); /* moved aside, not a cell */
    char *page = page_of_ablation();
    ck_assert_ptr_nonnull(strstr(page, "2 cells, 3 runs"));
    ck_assert_ptr_nonnull(strstr(page, "</i>b=ce</th>"));
    ck_assert_ptr_nonnull(strstr(page, "</i>loss=a&amp;b</th>"));
    ck_assert_ptr_null(strstr(page, "seed_"));
    ck_assert_ptr_null(strstr(page, "All numbers")); /* it is not finished */
    mem_free(page);
    scratch_text(
        &scratch, "abl/ablation.json",
        "[{\"cell\": \"a&b\", \"list\": \"seen\", \"mean\": 0.25, \"deviation\": 0.125, "
        "\"seeds\": 2},\n {\"cell\": \"a&b\", \"list\": \"new\", \"mean\": 0.5, "
        "\"deviation\": null, \"seeds\": 2},\n {\"cell\": \"bce\", \"list\": \"seen\", "
        "\"mean\": 0.75, \"deviation\": null, \"seeds\": 1}, {\"cell\": \"bce\", \"list\": "
        "\"new\", \"mean\": null, \"seeds\": 1, \"error\": \"<no> memory\"}]");
    page = page_of_ablation();
    ck_assert_ptr_nonnull(strstr(page, "Ablation abl</h1>"));
    ck_assert_ptr_nonnull(strstr(page, "<tr><th scope=\"row\">a&amp;b</th><td>0.2500</td>"
                                       "<td>0.1250</td><td>2</td></tr>"));
    ck_assert_ptr_nonnull(strstr(page, "<tr><th scope=\"row\">bce</th><td class=\"win\">0.7500"
                                       "</td><td class=\"soft\">&ndash;</td><td>1</td></tr>"));
    ck_assert_ptr_nonnull(strstr(page, "<tr><th scope=\"row\">bce</th><td class=\"soft\">failed"
                                       "</td><td>1</td><td class=\"fault\">&lt;no&gt; memory"
                                       "</td></tr>"));
    mem_free(page);
    scratch_text(&scratch, "abl/ablation.json", "{}");
    char *path = report_case_path(&scratch, "abl"),
         *out = report_case_path(&scratch, "page.html");
    Error err = {0};
    ck_assert_int_eq(report_write((const char *const[]){path}, 1, NULL, out, &err), -1);
    expect_error(&err, ERROR_DATA, "ablation.json: not a table of an ablation");
    mem_free(out);
    mem_free(path);
}
END_TEST

/* A table with folders of runs says which runs count, by paths that stay inside. */
START_TEST(an_ablation_that_names_its_runs)
{
    report_case_run(&scratch, "abl/x/seed_0/lr_1", report_case_records);
    report_case_run(&scratch, "abl/x/seed_0/lr_2", report_case_records);
    report_case_run(&scratch, "other", report_case_records);
    scratch_text(&scratch, "abl/ablation.json",
                 "[{\"cell\": \"x\", \"list\": \"seen\", \"mean\": 0.25, \"runs\": ["
                 "{\"seed\": 0, \"folder\": \"x/seed_0/lr_2\"}, {\"seed\": 1, \"folder\": "
                 "\"../other\"}, {\"seed\": 2, \"folder\": \"x/gone\"}, {\"folder\": 7}]}]");
    char *page = page_of_ablation();
    ck_assert_ptr_nonnull(strstr(page, "1 cell, 1 run<"));
    mem_free(page);
}
END_TEST

Suite *test_report_ablation_suite(void);
Suite *test_report_ablation_suite(void)
{
    Suite *s = suite_create("report_ablation");
    TCase *t = tcase_create("report_ablation");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, an_ablation);
    tcase_add_test(t, an_ablation_that_names_its_runs);
    suite_add_tcase(s, t);
    return s;
}
