/* SPDX-License-Identifier: Apache-2.0 */
/* Means over the seeds of a cell. */
#include "train/report/report_merge.h"

#include "core/io/file.h"
#include "core/mem.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <math.h>
#include <string.h>

static Scratch scratch;

static void setup(void) { scratch_new(&scratch); }

static void teardown(void) { scratch_free(&scratch); }

static ReportRun read_run(const char *name, const char *metrics, const char *summary)
{
    Error err = {0};
    ReportRun r;
    char *log = mem_format("%s/metrics.jsonl", name);
    char *file = mem_format("%s/eval/step_9/seen/summary.json", name);
    char *config = mem_format("%s/config.yaml", name), *path = file_join(scratch.dir, name);
    scratch_text(&scratch, log, metrics);
    scratch_text(&scratch, config, "train.batch: 36\noptim.accumulate: 2\n");
    if (summary) scratch_text(&scratch, file, summary);
    ck_assert_msg(report_run_read(path, name, &r, &err) == 0, "%s", err.text);
    mem_free(path);
    mem_free(config);
    mem_free(file);
    mem_free(log);
    return r;
}

static void is_curve(const Curve *c, int64_t n, const double (*want)[4])
{
    ck_assert_int_eq(c->count, n);
    for (int64_t i = 0; i < n; i++)
        ck_assert_msg(fabs(c->step[i] - want[i][0]) + fabs(c->value[i] - want[i][1]) +
                              fabs(c->low[i] - want[i][2]) + fabs(c->high[i] - want[i][3]) <
                          1e-12,
                      "%ld: %g %g %g %g", i, c->step[i], c->value[i], c->low[i], c->high[i]);
}

START_TEST(curves_and_numbers_are_means)
{
    ReportRun run[3] = {
        read_run("a",
                 "{\"step\": 1, \"loss\": 4}\n{\"step\": 2, \"loss\": 2}\n{\"step\": 4, "
                 "\"loss\": 1}\n{\"step\": 4, \"eval\": \"seen\", \"mAP\": 0.5, \"F1\": 0.2}\n",
                 "{\"mAP\": 0.5, \"per_tag\": [{\"tag\": \"x\", \"AP\": 0.5}, {\"tag\": \"y\", "
                 "\"AP\": 1}]}"),
        read_run(
            "b",
            "{\"step\": 2, \"loss\": 8}\n{\"step\": 3, \"loss\": 7}\n{\"step\": 4, "
            "\"loss\": 4}\n{\"step\": 4, \"eval\": \"seen\", \"mAP\": 0.7, \"F1\": 0.4}\n",
            "{\"mAP\": 0.7, \"per_tag\": [{\"tag\": \"x\", \"AP\": 0.25}, {\"tag\": \"y\", "
            "\"AP\": 0.5}]}"),
        read_run("c", "{\"step\": 9}\n", NULL), /* no loss and no evaluation yet */
    };
    ReportRun mean;
    report_merge(run, 3, "cell", &mean);
    ck_assert_str_eq(mean.name, "cell");
    ck_assert_int_eq(mean.seeds, 3);
    is_curve(&mean.series[REPORT_LOSS], 2, (const double[][4]){{2, 5, 2, 8}, {4, 2.5, 1, 4}});
    is_curve(&mean.list[0].map, 1, (const double[][4]){{4, 0.6, 0.5, 0.7}});
    ck_assert(fabs(mean.list[0].last_map - 0.6) < 1e-12);
    ck_assert(fabs(mean.list[0].best_map - 0.6) < 1e-12);
    ck_assert(fabs(mean.list[0].last_f1 - 0.3) < 1e-12);
    ck_assert(fabs(mean.list[0].tag[0].ap - 0.375) < 1e-12);
    ck_assert(fabs(mean.list[0].tag[1].ap - 0.75) < 1e-12);
    /* what has no mean is that of the better run */
    ck_assert_ptr_nonnull(strstr(mean.path, "/b"));
    ck_assert_ptr_nonnull(strstr(mean.list[0].folder, "/b/eval/step_9/seen"));
    for (int i = 0; i < 3; i++) ck_assert_ptr_null(run[i].name);
    report_run_free(&mean);
}
END_TEST

START_TEST(one_run_stays_as_it_is)
{
    ReportRun run =
        read_run("a", "{\"step\": 1, \"loss\": 4}\n{\"step\": 3, \"loss\": 2}\n", NULL);
    ReportRun mean;
    report_merge(&run, 1, "cell", &mean);
    ck_assert_int_eq(mean.series[REPORT_LOSS].count, 2);
    ck_assert_ptr_null(mean.series[REPORT_LOSS].low);
    report_run_free(&mean);
}
END_TEST

START_TEST(other_tags_have_no_mean)
{
    ReportRun run[2] = {read_run("a", "{\"step\": 1, \"eval\": \"seen\", \"mAP\": 0.5}\n",
                                 "{\"per_tag\": [{\"tag\": \"x\", \"AP\": 0.5}]}"),
                        read_run("b", "{\"step\": 1, \"eval\": \"seen\", \"mAP\": 0.25}\n",
                                 "{\"per_tag\": [{\"tag\": \"z\", \"AP\": 0.25}]}")};
    ReportRun mean;
    report_merge(run, 2, "cell", &mean);
    ck_assert(mean.list[0].tags == 1 && mean.list[0].tag[0].ap == 0.5);
    report_run_free(&mean);
}
END_TEST

/* Hours add up images / speed; an epoch ends with the last record before the next one. */
START_TEST(epochs_and_hours)
{
    ReportRun r = read_run("a",
                           "{\"step\": 1, \"epoch\": 0, \"samples_per_s\": 72}\n"
                           "{\"step\": 50, \"epoch\": 0, \"samples_per_s\": 0.98}\n"
                           "{\"step\": 60, \"epoch\": 1, \"eval\": \"seen\", \"mAP\": 0.5}\n"
                           "{\"step\": 100, \"epoch\": 1, \"samples_per_s\": 2}\n",
                           NULL);
    /* 72 images each: 1 s, then 49 * 72 / 0.98 = 3600 s, then 50 * 72 / 2 = 1800 s */
    ck_assert_int_eq(r.hours.count, 3);
    ck_assert(fabs(r.hours.value[0] - 1.0 / 3600) < 1e-12);
    ck_assert(fabs(r.hours.value[2] - 5401.0 / 3600) < 1e-9);
    ck_assert(r.hours.step[2] == 100.0);
    ck_assert_msg(r.epoch_steps == 50.0, "%g", r.epoch_steps);
    report_run_free(&r);
}
END_TEST

Suite *test_report_merge_suite(void);
Suite *test_report_merge_suite(void)
{
    Suite *s = suite_create("report_merge");
    TCase *t = tcase_create("report_merge");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, curves_and_numbers_are_means);
    tcase_add_test(t, one_run_stays_as_it_is);
    tcase_add_test(t, other_tags_have_no_mean);
    tcase_add_test(t, epochs_and_hours);
    suite_add_tcase(s, t);
    return s;
}
