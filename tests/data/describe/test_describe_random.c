/* SPDX-License-Identifier: Apache-2.0 */
/* With random schedules of faults, the output equals that of a run without faults, byte for
 * byte. Ten schedules, or a hundred with SLOW=1 in the environment (make check-slow); FIRST=N
 * starts at another seed. */
#include "core/error.h"
#include "core/mem.h"
#include "tests/data/describe/fault_case.h"

#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Job job;
static void setup(void) { job_new(&job); }
static void teardown(void) { job_free(&job); }

static const char *const tags[] = {"fox", "brown bear", "wolf"};

static int faults_met(void)
{
    int faults = 0;
    for (size_t i = 0; i < json_array_size(job.requests); i++) {
        const json_t *one = json_array_get(job.requests, i);
        faults += strcmp(json_string_value(json_object_get(one, "fault")), "none") != 0;
    }
    return faults;
}

START_TEST(faults_leave_no_trace)
{
    const char *first = getenv("FIRST");
    char arguments[64];
    job_tags(&job, "fox\nbrown bear\nwolf\n");
    ck_assert_msg(job_run(&job, NULL, "", "") == EXIT_OK, "%s", job.messages);
    job_expect_all(&job, tags, 3);
    char *want = job_file(&job, "out.json");
    job_forget(&job);
    snprintf(arguments, sizeof arguments, "--schedule %d --rate 0.3",
             _i + (first ? atoi(first) : 0));
    const int status =
        job_run(&job, NULL, arguments, "--parallel 8 --tries 100 --max-retries-per-answer 100");
    ck_assert_msg(status == EXIT_OK, "%s: exit code %d: %s", arguments, status, job.messages);
    char *got = job_file(&job, "out.json");
    ck_assert_msg(strcmp(got, want) == 0, "%s: the output differs", arguments);
    ck_assert_msg(faults_met() > 0, "%s: no fault", arguments);
    mem_free(got);
    mem_free(want);
}
END_TEST

Suite *test_describe_random_suite(void);
Suite *test_describe_random_suite(void)
{
    const char *slow = getenv("SLOW");
    Suite *s = suite_create("describe_random");
    TCase *c = tcase_create("describe_random");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_loop_test(c, faults_leave_no_trace, 0, slow && atoi(slow) ? 100 : 10);
    suite_add_tcase(s, c);
    return s;
}
