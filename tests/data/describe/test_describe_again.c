/* SPDX-License-Identifier: Apache-2.0 */
/* Resuming: no answer is requested twice, incomplete last lines are dropped, only one run uses
 * a journal at a time, and other settings start a new section. */
#include "core/error.h"
#include "core/io/file.h"
#include "core/mem.h"
#include "tests/data/describe/fault_case.h"

#include <check.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static Job job;
static void setup(void) { job_new(&job); }
static void teardown(void) { job_free(&job); }

static const char *const tags[] = {"fox", "bear"};

/* Runs the command, which must succeed; returns the number of requests. */
static int run(const char *options)
{
    const int status = job_run(&job, NULL, "", options);
    ck_assert_msg(status == EXIT_OK, "%s: exit code %d: %s", options, status, job.messages);
    return fault_requests(job.requests, NULL, NULL);
}

static void first_run(void)
{
    job_tags(&job, "fox\nbear\n");
    ck_assert_int_eq(run(""), 10);
    job_expect_all(&job, tags, 2);
}

START_TEST(nothing_is_requested_twice)
{
    first_run();
    char *want = job_file(&job, "out.json");
    ck_assert_int_eq(run("--json"), 0);
    ck_assert_int_eq(job_number(&job, "requests"), 0);
    ck_assert_int_eq(job_number(&job, "tags"), 2);
    ck_assert_int_eq(job_number(&job, "complete"), 2);
    unlink(scratch_path(&job.scratch, "out.json"));
    /* Answers do not depend on these options. */
    ck_assert_int_eq(run("--parallel 3 --tries 2 --timeout 99"), 0);
    char *got = job_file(&job, "out.json");
    ck_assert_str_eq(got, want);
    mem_free(got);
    mem_free(want);
}
END_TEST

START_TEST(other_tags_request_only_what_is_new)
{
    static const char *const more[] = {"wolf", "bear", "fox"};
    first_run();
    job_tags(&job, "wolf\nbear\nfox\n");
    ck_assert_int_eq(run(""), 5);
    ck_assert_int_eq(fault_requests(job.requests, "wolf", NULL), 5);
    job_expect_all(&job, more, 3);
    job_tags(&job, "bear\n");
    ck_assert_int_eq(run(""), 0);
    job_expect_all(&job, more + 1, 1);
}
END_TEST

/* ---- damaged and foreign journals ---- */

static void put_journal(const char *data, size_t len)
{
    scratch_write(&job.scratch, "out.json.journal", data, len);
}

/* The next run requests at most `max` items, and its output is complete. */
static void expect_repaired(int max)
{
    unlink(scratch_path(&job.scratch, "out.json"));
    const int requested = run("");
    ck_assert_msg(requested <= max, "%d requests, want at most %d", requested, max);
    job_expect_all(&job, tags, 2);
    ck_assert_int_eq(run(""), 0);
}

/* Truncated at many places, the journal is used up to its last line end. */
START_TEST(incomplete_last_line)
{
    first_run();
    char *whole = job_file(&job, "out.json.journal");
    const size_t len = strlen(whole);
    ck_assert_int_eq(whole[len - 1], '\n');
    const size_t cut[] = {1, 2, 3, 50, 200, 400};
    for (int i = 0; i < 6; i++) {
        put_journal(whole, len - cut[i]);
        expect_repaired(1);
        ck_assert_int_le((int)json_array_size(job.requests), 1);
    }
    put_journal(whole, 5); /* the first line */
    expect_repaired(10);
    put_journal(whole, 0);
    expect_repaired(10);
    mem_free(whole);
}
END_TEST

START_TEST(zeros_or_half_a_line_at_the_end)
{
    first_run();
    char *whole = job_file(&job, "out.json.journal");
    const size_t len = strlen(whole);
    char *longer = mem_calloc(len + 4096, 1);
    memcpy(longer, whole, len);
    put_journal(longer, len + 4096); /* as after a power failure */
    expect_repaired(0);
    memcpy(longer + len, "{\"kind\": \"answer\", \"tag\": \"fo", 29);
    put_journal(longer, len + 29);
    expect_repaired(0);
    mem_free(longer);
    mem_free(whole);
}
END_TEST

/* A file that is not a journal stays unchanged. */
START_TEST(foreign_file)
{
    static const char *const foreign[] = {"Dear diary,\nall is well.\n", "[1, 2]\n",
                                          "{\"a\": 1}\n{}\n"};
    job_tags(&job, "fox\nbear\n");
    for (int i = 0; i < 3; i++) {
        put_journal(foreign[i], strlen(foreign[i]));
        const int status = job_run(&job, NULL, "", "");
        ck_assert_msg(status != EXIT_OK && status != ERROR_NETWORK, "%d: %s", status,
                      job.messages);
        ck_assert_uint_eq(json_array_size(job.requests), 0);
        char *now = job_file(&job, "out.json.journal");
        ck_assert_str_eq(now, foreign[i]);
        mem_free(now);
    }
}
END_TEST

/* ---- one run at a time ---- */

START_TEST(two_runs_on_one_journal)
{
    int status;
    job_tags(&job, "fox\nbear\n");
    job_serve(&job, NULL, "--latency 200");
    const pid_t pid = job_start(&job, "--parallel 1");
    while (file_bytes(job.server.log) == 0) nanosleep(&(struct timespec){0, 5000000}, NULL);
    const int refused = job_describe(&job, "");
    ck_assert_msg(refused == ERROR_RUNTIME || refused == ERROR_USAGE, "%d: %s", refused,
                  job.messages);
    ck_assert_msg(strstr(job.messages, "journal") != NULL, "%s", job.messages);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_OK);
    job_expect_all(&job, tags, 2);
    job_stop(&job);
    ck_assert_int_eq(fault_requests(job.requests, NULL, NULL), 10);
}
END_TEST

/* ---- other settings ---- */

static int sections(void)
{
    int found = 0;
    char *text = job_file(&job, "out.json.journal");
    for (const char *p = text; (p = strstr(p, "\"kind\": \"section\"")); p++) found++;
    mem_free(text);
    return found;
}

START_TEST(other_settings_start_a_new_section)
{
    static const char *const other[] = {
        "--temperature 0.5", "--max-tokens 50",        "--role system", "--system Short.",
        "--stop END",        "--extra '{\"seed\":1}'", "--model other"};
    first_run();
    ck_assert_int_eq(sections(), 1);
    for (int i = 0; i < 7; i++) {
        const int requested = run(other[i]);
        ck_assert_msg(requested == 10, "%s: %d requests", other[i], requested);
        ck_assert_msg(sections() == 2 + i, "%s: %d sections", other[i], sections());
        ck_assert_msg(strstr(job.messages, "section") != NULL, "%s: '%s'", other[i],
                      job.messages);
        ck_assert_int_eq(run(other[i]), 0);
    }
}
END_TEST

START_TEST(other_prompts_start_a_new_section)
{
    static const char *const prompts[] = {"What is a {}?", "Where is a {}?"};
    char *option = mem_format("--count 4 --prompts %s/prompts", job.scratch.dir);
    first_run();
    scratch_text(&job.scratch, "prompts", "What is a {}?\n");
    ck_assert_int_eq(run(option), 2);
    job_expect(&job, tags, 2, prompts, 1, 4);
    scratch_text(&job.scratch, "prompts", "What is a {}?\nWhere is a {}?\n");
    ck_assert_int_eq(run(option), 4);
    job_expect(&job, tags, 2, prompts, 2, 4);
    ck_assert_int_eq(sections(), 3);
    mem_free(option);
}
END_TEST

/* ---- limits of a run ---- */

START_TEST(max_requests_ends_a_run)
{
    job_tags(&job, "fox\nbear\n");
    for (int i = 0; i < 3; i++) {
        const int status = job_run(&job, NULL, "", "--max-requests 3");
        ck_assert_msg(status == ERROR_STOPPED, "%d: %s", status, job.messages);
        ck_assert_int_eq(fault_requests(job.requests, NULL, NULL), 3);
        char *file = job_file(&job, "out.json");
        ck_assert_ptr_null(file);
    }
    ck_assert_int_eq(run("--max-requests 3"), 1);
    job_expect_all(&job, tags, 2);
}
END_TEST

START_TEST(dry_run_sends_nothing)
{
    job_tags(&job, "fox\nbear\n");
    ck_assert_int_eq(run("--dry-run"), 0);
    char *all = mem_format("%s%s", job.out, job.messages);
    ck_assert_msg(strstr(all, "requests   10") != NULL, "%s", all);
    mem_free(all);
    char *file = job_file(&job, "out.json"), *journal = job_file(&job, "out.json.journal");
    ck_assert(!file && !journal);
}
END_TEST

START_TEST(output_passes_the_check)
{
    first_run();
    char *arguments = mem_format("describe --check %s", scratch_path(&job.scratch, "out.json"));
    char *messages;
    ck_assert_int_eq(run_program(&job.scratch, arguments, NULL, &messages), EXIT_OK);
    char *whole = job_file(&job, "out.json");
    scratch_write(&job.scratch, "out.json", whole, strlen(whole) / 2);
    ck_assert_int_eq(run_program(&job.scratch, arguments, NULL, NULL), ERROR_DATA);
    mem_free(whole);
    mem_free(messages);
    mem_free(arguments);
}
END_TEST

/* A broken entry, an odd one, one with a key given twice and a cut do not hide the others. */
START_TEST(the_check_reads_around_faults)
{
    const char *path =
        scratch_text(&job.scratch, "out.json",
                     "[{\"fox\": [\"A fox.\n\"]},\n{\"elk\": [\"\\ud83d\"]},\n"
                     "{\"hen\": [\"x\"], \"hen\": [\"y\"]},\n{\"bear \": [\"A bear.\"]},\n"
                     "{\"bear\": [\"A bear.\"]},\n{\"wol");
    char *arguments = mem_format("describe --json --check %s", path), *out;
    ck_assert_int_eq(run_program(&job.scratch, arguments, &out, NULL), ERROR_DATA);
    ck_assert_msg(strstr(out, "\"tags\": 2, ") && strstr(out, "\"not_an_entry\": 4, ") &&
                      strstr(out, "\"repeated_tag\": 1,"),
                  "%s", out);
    mem_free(out);
    mem_free(arguments);
}
END_TEST

Suite *test_describe_again_suite(void);
Suite *test_describe_again_suite(void)
{
    Suite *s = suite_create("describe_again");
    TCase *c = tcase_create("describe_again");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, nothing_is_requested_twice);
    tcase_add_test(c, other_tags_request_only_what_is_new);
    tcase_add_test(c, incomplete_last_line);
    tcase_add_test(c, zeros_or_half_a_line_at_the_end);
    tcase_add_test(c, foreign_file);
    tcase_add_test(c, two_runs_on_one_journal);
    tcase_add_test(c, other_settings_start_a_new_section);
    tcase_add_test(c, other_prompts_start_a_new_section);
    tcase_add_test(c, max_requests_ends_a_run);
    tcase_add_test(c, dry_run_sends_nothing);
    tcase_add_test(c, output_passes_the_check);
    tcase_add_test(c, the_check_reads_around_faults);
    suite_add_tcase(s, c);
    return s;
}
