/* SPDX-License-Identifier: Apache-2.0 */
/* The key reaches the server but appears nowhere else: not in outputs, messages, the journal or
 * a command line, even if the server repeats it. */
#include "core/error.h"
#include "core/io/file.h"
#include "core/io/file_walk.h"
#include "core/mem.h"
#include "tests/data/describe/fault_case.h"

#include <check.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KEY "sk-proj-0Zq7_x/Y+w=.9f~LMN"
/* A part of the key, which no message may contain either. */
#define PART "0Zq7_x"

static Job job;

static void setup(void)
{
    job_new(&job);
    unsetenv("OPENAI_API_KEY");
    unsetenv("RAMPLUS_API_KEY");
    setenv("FAULT_KEY", KEY, 1); /* the server requires it */
}
static void teardown(void) { job_free(&job); }

static const char *const fox[] = {"fox"};

/* No file of the job contains the key. The server's log never does, by construction. */
static void expect_no_key(const char *what)
{
    Lines files;
    ck_assert_int_eq(file_walk(job.scratch.dir, &files, NULL), 0);
    ck_assert_uint_ge(files.count, 4);
    for (size_t i = 0; i < files.count; i++) {
        Bytes b;
        if (strcmp(files.line[i], "key") == 0) continue;
        ck_assert_int_eq(file_read(scratch_path(&job.scratch, files.line[i]), &b, NULL), 0);
        ck_assert_msg(strlen((char *)b.data) == b.len, "%s has NUL bytes", files.line[i]);
        ck_assert_msg(!strstr((char *)b.data, PART), "%s: the key is in %s: %s", what,
                      files.line[i], (char *)b.data);
        bytes_free(&b);
    }
    lines_free(&files);
}

/* ---- servers that repeat the key ---- */

typedef struct Echo {
    const char *fault;
    int status;
} Echo;
static const Echo echo[] = {
    {"none", EXIT_OK},
    {"echo-400", ERROR_NETWORK},
    {"echo-401", ERROR_NETWORK},
    {"echo-404", ERROR_NETWORK},
    {"echo-500", ERROR_NETWORK},
    {"echo-escaped", ERROR_NETWORK},
    {"echo-redirect", ERROR_NETWORK},
    {"echo-200", ERROR_NETWORK},
    {"echo-long", ERROR_NETWORK},
    {"echo-body", ERROR_NETWORK},
    {"echo-wait", ERROR_NETWORK},
    {"echo-answer", -1},
    {"echo-finish", -1},
};
enum { ECHOES = sizeof echo / sizeof *echo };
static const char *const level[] = {"", "--verbose", "--json", "--verbose --json"};
enum { LEVELS = sizeof level / sizeof *level };

START_TEST(nothing_repeats_the_key)
{
    char schedule[64], options[64];
    const Echo *e = &echo[_i / LEVELS];
    setenv("RAMPLUS_API_KEY", KEY, 1);
    snprintf(schedule, sizeof schedule, "2- %s\n", e->fault);
    snprintf(options, sizeof options, "--parallel 1 --tries 2 %s", level[_i % LEVELS]);
    job_tags(&job, "fox\n");
    const int status = job_run(&job, schedule, "", options);
    ck_assert_msg(e->status < 0 || status == e->status, "%s: exit code %d: %s", e->fault,
                  status, job.messages);
    ck_assert_int_ge(fault_requests(job.requests, NULL, e->fault), 1);
    expect_no_key(e->fault);
}
END_TEST

/* ---- sources of the key ---- */

static void expect_accepted(const char *options)
{
    job_tags(&job, "fox\n");
    job_forget(&job);
    const int status = job_run(&job, NULL, "", options);
    ck_assert_msg(status == EXIT_OK, "exit code %d: %s", status, job.messages);
    job_expect_all(&job, fox, 1);
    expect_no_key(options);
}

static char *key_file(const char *text, mode_t mode)
{
    ck_assert_int_eq(chmod(scratch_text(&job.scratch, "key", text), mode), 0);
    return mem_format("--key-file %s/key", job.scratch.dir);
}

START_TEST(key_from_environment_or_file)
{
    char *option = key_file(KEY "\n", 0600);
    setenv("RAMPLUS_API_KEY", KEY, 1);
    setenv("OPENAI_API_KEY", "sk-of-somebody-else", 1);
    expect_accepted("");
    unsetenv("RAMPLUS_API_KEY");
    expect_accepted(option);
    setenv("OPENAI_API_KEY", KEY, 1);
    expect_accepted("");
    unsetenv("OPENAI_API_KEY");
    expect_accepted(option);
    mem_free(option);
}
END_TEST

/* Azure's header for the key, and a header of the user's own. */
START_TEST(key_in_another_header)
{
    char *key = key_file(KEY "\n", 0600), *option = mem_format("%s --key-header api-key", key);
    char *header = mem_format("--header X-Token=%s/key", job.scratch.dir);
    setenv("FAULT_KEY_HEADER", "api-key", 1);
    expect_accepted(option);
    setenv("FAULT_KEY_HEADER", "X-Token", 1);
    expect_accepted(header);
    unsetenv("FAULT_KEY_HEADER");
    mem_free(key);
    mem_free(option);
    mem_free(header);
}
END_TEST

START_TEST(a_missing_key_ends_the_run)
{
    job_tags(&job, "fox\n");
    ck_assert_int_eq(job_run(&job, NULL, "", "--parallel 1"), ERROR_NETWORK);
    ck_assert_ptr_nonnull(strstr(job.messages, "this key is not known"));
    ck_assert_int_eq(fault_requests(job.requests, NULL, NULL), 1); /* nothing else was tried */
    ck_assert(json_is_false(json_object_get(json_array_get(job.requests, 0), "authorization")));
}
END_TEST

/* The file is refused before anything is sent; the message does not repeat its contents. */
START_TEST(key_files_that_are_refused)
{
    static const mode_t open_to_others[] = {0644, 0640, 0604, 0660};
    job_tags(&job, "fox\n");
    for (int i = 0; i < 4; i++) {
        char *option = key_file(KEY "\n", open_to_others[i]);
        const int status = job_run(&job, NULL, "", option);
        ck_assert_msg(status != EXIT_OK && status != ERROR_NETWORK, "%o: %d", open_to_others[i],
                      status);
        ck_assert_ptr_nonnull(strstr(job.messages, "key"));
        ck_assert_uint_eq(json_array_size(job.requests), 0);
        mem_free(option);
    }
    const char *const bad[] = {"", "\n", "a\001b\n", "sp ace\n"};
    for (int i = 0; i < 4; i++) {
        char *option = key_file(bad[i], 0600);
        const int status = job_run(&job, NULL, "", option);
        ck_assert_msg(status != EXIT_OK && status != ERROR_NETWORK, "case %d: %d", i, status);
        ck_assert_uint_eq(json_array_size(job.requests), 0);
        mem_free(option);
    }
}
END_TEST

/* The environment cannot inject a header. */
START_TEST(keys_with_line_ends)
{
    setenv("RAMPLUS_API_KEY", "abc\r\nX-Evil: 1", 1);
    job_tags(&job, "fox\n");
    const int status = job_run(&job, NULL, "", "");
    ck_assert_msg(status != EXIT_OK && status != ERROR_NETWORK, "%d", status);
    ck_assert_uint_eq(json_array_size(job.requests), 0);
}
END_TEST

/* No option takes a key. */
START_TEST(no_key_on_the_command_line)
{
    static const char *const option[] = {"--key " KEY, "--api-key " KEY, "key=" KEY,
                                         "--api_key=" KEY};
    job_tags(&job, "fox\n");
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(job_run(&job, NULL, "", option[i]), ERROR_USAGE);
        ck_assert_uint_eq(json_array_size(job.requests), 0);
    }
    char *inside = mem_format("--endpoint http://user:%s@127.0.0.1:9/v1", "secret-word");
    ck_assert_int_eq(job_run(&job, NULL, "", inside), ERROR_USAGE);
    ck_assert_ptr_null(strstr(job.messages, "secret-word"));
    mem_free(inside);
}
END_TEST

/* ---- a running process ---- */

START_TEST(key_is_in_no_command_line)
{
    char command[4096] = "", path[64];
    int status;
    setenv("RAMPLUS_API_KEY", KEY, 1);
    job_tags(&job, "fox\nbear\n");
    job_serve(&job, NULL, "--latency 300");
    const pid_t pid = job_start(&job, "--parallel 1");
    nanosleep(&(struct timespec){1, 0}, NULL); /* during the run */
    snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
    FILE *f = fopen(path, "rb");
    ck_assert_ptr_nonnull(f);
    const size_t n = fread(command, 1, sizeof command - 1, f);
    fclose(f);
    kill(pid, SIGTERM);
    waitpid(pid, &status, 0);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == ERROR_STOPPED, "status %x",
                  status);
    for (size_t i = 0; i < n; i++) command[i] = command[i] ? command[i] : ' ';
    ck_assert_msg(strstr(command, "describe --tags"), "%s", command);
    ck_assert_ptr_null(strstr(command, PART));
    job_stop(&job);
    ck_assert_int_ge(fault_requests(job.requests, NULL, "none"), 1);
    expect_no_key("stopped");
}
END_TEST

Suite *test_describe_key_suite(void);
Suite *test_describe_key_suite(void)
{
    Suite *s = suite_create("describe_key");
    TCase *c = tcase_create("describe_key");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_loop_test(c, nothing_repeats_the_key, 0, ECHOES * LEVELS);
    tcase_add_test(c, key_from_environment_or_file);
    tcase_add_test(c, key_in_another_header);
    tcase_add_test(c, a_missing_key_ends_the_run);
    tcase_add_test(c, key_files_that_are_refused);
    tcase_add_test(c, keys_with_line_ends);
    tcase_add_test(c, no_key_on_the_command_line);
    tcase_add_test(c, key_is_in_no_command_line);
    suite_add_tcase(s, c);
    return s;
}
