/* SPDX-License-Identifier: Apache-2.0 */
/* The journal as a file, and the state that is restored from it. */
#include "core/io/file.h"
#include "core/mem.h"
#include "data/commands.h"
#include "data/describe/journal.h"
#include "data/describe/resume.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static Scratch scratch;
static char path[160];
static DescribeOptions options;
static DescribeJob job; /* of the last visit(); plans borrow its tags */

static void setup(void)
{
    scratch_new(&scratch);
    snprintf(path, sizeof path, "%s", scratch_path(&scratch, "journal"));
}

static void teardown(void)
{
    describe_job_free(&job);
    scratch_free(&scratch);
}

static Journal *opened(bool reading)
{
    Journal *j;
    Error err = {0};
    ck_assert_msg(journal_open(path, reading, &j, &err) == 0, "%s", err.text);
    return j;
}

/* Reads all lines and returns their number. */
static int read_all(Journal *j)
{
    json_t *line;
    int64_t offset;
    Error err = {0};
    int n = 0;
    while (journal_next(j, &line, &offset, &err) == 0 && line) {
        n++;
        json_decref(line);
    }
    ck_assert_msg(err.code == 0, "%s", err.text);
    return n;
}

static int64_t append(Journal *j, const char *text)
{
    Text line = {0};
    int64_t offset;
    Error err = {0};
    text_put(&line, text);
    ck_assert_msg(journal_append(j, &line, &offset, &err) == 0, "%s", err.text);
    text_free(&line);
    return offset;
}

static void expect_number(Journal *j, int64_t offset, int number)
{
    json_t *line;
    Error err = {0};
    ck_assert_msg(journal_read(j, offset, &line, &err) == 0, "%s", err.text);
    ck_assert_int_eq(json_integer_value(json_object_get(line, "n")), number);
    json_decref(line);
}

START_TEST(lines_are_found_again_by_their_offsets)
{
    Error err = {0};
    Journal *j = opened(false);
    ck_assert_int_eq(read_all(j), 0);
    append(j, "{\"kind\": \"x\", \"n\": 1}");
    const int64_t second = append(j, "{\"kind\": \"x\", \"n\": 22}");
    ck_assert_int_eq(journal_sync(j, 0, &err), 0);
    expect_number(j, second, 22);
    expect_number(j, 0, 1);
    journal_close(j);

    j = opened(false);
    ck_assert_int_eq(read_all(j), 2);
    const int64_t third = append(j, "{\"kind\": \"x\", \"n\": 3}");
    expect_number(j, third, 3);
    expect_number(j, second, 22);
    journal_close(j);
}
END_TEST

/* Wherever the file is truncated, complete lines stay and new ones follow them. */
START_TEST(an_incomplete_line_is_dropped)
{
    static const char all[] = "{\"kind\": \"x\", \"n\": 1}\n{\"kind\": \"x\", \"n\": 2}\n";
    const size_t half = strlen(all) / 2;
    for (size_t len = 0; len <= strlen(all); len++) {
        scratch_write(&scratch, "journal", all, len);
        const int whole = len == strlen(all) ? 2 : len >= half ? 1 : 0;
        Journal *j = opened(false);
        ck_assert_int_eq(read_all(j), whole);
        append(j, "{\"kind\": \"x\", \"n\": 3}");
        journal_close(j);
        j = opened(true);
        ck_assert_int_eq(read_all(j), whole + 1);
        journal_close(j);
    }
}
END_TEST

/* A file that may not grow takes a part of the line only: the reason is named, and nothing of
 * the line stays. */
START_TEST(a_line_that_does_not_fit)
{
    Journal *j = opened(false);
    append(j, "{\"n\":1}");
    const int64_t before = file_bytes(path);
    const rlim_t most = (rlim_t)before + 3;
    Text line = {0};
    Error err = {0};
    int64_t offset;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){most, most});
    text_put(&line, "{\"n\":2}");
    ck_assert_int_eq(journal_append(j, &line, &offset, &err), -1);
    expect_error(&err, ERROR_RUNTIME, "cannot write: File too large");
    ck_assert_int_eq(file_bytes(path), before);
    journal_close(j);
    text_free(&line);
}
END_TEST

START_TEST(zeros_of_a_crashed_machine_are_dropped)
{
    scratch_write(&scratch, "journal", "{\"kind\": \"x\"}\n\0\0\0\0", 18);
    Journal *j = opened(false);
    ck_assert_int_eq(read_all(j), 1);
    journal_close(j);
    ck_assert_int_eq(file_bytes(path), 14);
}
END_TEST

START_TEST(a_reader_changes_nothing)
{
    Journal *j = opened(true);
    ck_assert_int_eq(read_all(j), 0);
    journal_close(j);
    ck_assert(!file_exists(path));
    scratch_text(&scratch, "journal", "{\"kind\": \"x\"}\n{\"kind\": \"");
    j = opened(true);
    ck_assert_int_eq(read_all(j), 1);
    journal_close(j);
    ck_assert_int_eq(file_bytes(path), 24);
}
END_TEST

typedef struct Bad {
    const char *text, *why;
} Bad;

static const Bad bad[] = {
    {"my notes", "line 1: not a line of a journal"},
    {"my notes\n", "line 1: not a line of a journal"},
    {"{\"kind\": \"x\"}\nmy notes", "line 2: not a line of a journal"},
    {"{\"kind\": \"x\"}\n{\"kind\": \"y\n{\"kind\": \"x\"}\n",
     "line 2: not a line of a journal"},
    {"[{\"tag\": []}]\n", "line 1: not a line of a journal: no kind"},
    {"{\"kind\": 7}\n", "line 1: not a line of a journal: no kind"},
    {"\n", "line 1: not a line of a journal"},
};

START_TEST(other_files_are_refused_and_left_alone)
{
    scratch_text(&scratch, "journal", bad[_i].text);
    Journal *j = opened(false);
    json_t *line = NULL;
    int64_t offset;
    Error err = {0};
    while (journal_next(j, &line, &offset, &err) == 0 && line) json_decref(line);
    expect_error(&err, ERROR_DATA, bad[_i].why);
    journal_close(j);
    ck_assert_int_eq(file_bytes(path), (int64_t)strlen(bad[_i].text));
}
END_TEST

START_TEST(a_second_run_is_refused)
{
    Journal *j = opened(false), *other;
    const pid_t child = fork();
    if (child == 0) {
        Error err = {0};
        const int status = journal_open(path, false, &other, &err);
        _exit(status == -1 && err.code == ERROR_RUNTIME && strstr(err.text, "another run") ? 0
                                                                                           : 1);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    journal_close(j);
    journal_close(opened(false));
}
END_TEST

static void expect_not_opened(const char *why)
{
    Journal *j;
    Error err = {0};
    ck_assert_int_eq(journal_open(path, false, &j, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, why));
}

/* Neither writes where a link leads, nor waits for the reader of a pipe. */
START_TEST(a_link_or_a_pipe_is_not_opened)
{
    const char *to = scratch_path(&scratch, "elsewhere");
    ck_assert_int_eq(symlink(to, path), 0);
    expect_not_opened("journal: cannot open: Too many levels of symbolic links");
    ck_assert_int_ne(access(to, F_OK), 0);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    expect_not_opened("journal: cannot open: No such device or address");
}
END_TEST

/* ---- sections ---- */

static void parse(const char *model, const char *endpoint)
{
    describe_job_free(&job);
    char tags[160], out[160];
    snprintf(tags, sizeof tags, "%s", scratch_text(&scratch, "tags.txt", "dog\n"));
    snprintf(out, sizeof out, "%s", scratch_path(&scratch, "out.json"));
    const char *argv[] = {"describe",         "--tags",     tags,      "-o",        out,
                          "--count",          "2",          "--model", model,       "--extra",
                          "{\"top_p\": 0.3}", "--endpoint", endpoint,  "--journal", path};
    Error err = {0};
    const CliProgram program = {.name = "ramplus"};
    Cli cli;
    int status = cli_parse(&program, &cmd_describe, sizeof argv / sizeof *argv,
                           (char **)(uintptr_t)argv, &options, &cli, &err);
    if (status == 0) status = describe_job_open(&cli, &options, &job, &err);
    ck_assert_msg(status == 0, "%s", err.text);
    cli_free(&cli);
}

/* Opens the journal, resumes, starts a section unless the last one is current, appends the
 * lines. */
static Resumed visit(const char *model, const char *endpoint, Plan *plan, const char *lines)
{
    Resumed from;
    Error err = {0};
    parse(model, endpoint);
    Journal *j = opened(false);
    *plan = plan_new(&job.tags, (int64_t)job.prompts.count, options.count, options.max_retries,
                     answer_max_bytes(77));
    ck_assert_msg(describe_resume(&job, j, plan, &from, &err) == 0, "%s", err.text);
    Text line = {0};
    int64_t offset;
    describe_section_line(&job, &line);
    if (!from.current) ck_assert_int_eq(journal_append(j, &line, &offset, &err), 0);
    if (*lines) append(j, lines);
    text_free(&line);
    journal_close(j);
    return from;
}

#define HOME "http://localhost:1/v1"
#define AWAY "https://example.org/v1"
#define ANSWER                                                                                 \
    "{\"kind\": \"answer\", \"tag\": \"dog\", \"prompt\": 1, \"first\": 0, \"texts\": [\"A "   \
    "dog.\"]}"

static int64_t kept_after(const char *model, const char *endpoint, const char *lines,
                          Resumed *from)
{
    Plan plan;
    *from = visit(model, endpoint, &plan, lines);
    const int64_t kept = plan.kept;
    text_free(&from->changed);
    plan_free(&plan);
    return kept;
}

START_TEST(answers_count_for_their_own_settings)
{
    Resumed r;
    ck_assert_int_eq(kept_after("a", HOME, ANSWER, &r), 0);
    ck_assert(!r.current);
    ck_assert_int_eq(kept_after("a", HOME, "", &r), 1);
    ck_assert(r.current);
    ck_assert_int_eq(kept_after("b", HOME, ANSWER, &r), 0); /* another model */
    ck_assert(!r.current);
    ck_assert_int_eq(r.unused, 1);
    ck_assert_int_eq(kept_after("b", HOME, "", &r), 1);
    ck_assert_int_eq(kept_after("a", HOME, "", &r),
                     1); /* back to the first model, whose answers count */
    ck_assert(!r.current);
    ck_assert_int_eq(r.unused, 1);
}
END_TEST

START_TEST(differences_are_named)
{
    Plan plan;
    Resumed r = visit("a", HOME, &plan, ANSWER);
    plan_free(&plan);
    r = visit("b", HOME, &plan, "");
    ck_assert_str_eq(r.changed.data, "model");
    text_free(&r.changed);
    plan_free(&plan);
}
END_TEST

START_TEST(traits_count_for_their_own_server)
{
    static const char traits[] = "{\"kind\": \"server\", \"endpoint\": \"localhost\", "
                                 "\"most\": 1, \"newer_limit\": true}";
    Resumed r;
    kept_after("a", HOME, traits, &r);
    kept_after("a", HOME, ANSWER, &r);
    ck_assert_int_eq(r.traits.max_answers, 1);
    ck_assert(r.traits.newer_limit);
    ck_assert_int_eq(kept_after("a", AWAY, "", &r), 1); /* answers count for every server */
    ck_assert(!r.current);
    ck_assert_int_eq(kept_after("a", AWAY, "", &r), 1);
    ck_assert(r.current);
    kept_after("b", HOME, "", &r);
    ck_assert_int_eq(r.traits.max_answers, 2);
    ck_assert(!r.traits.newer_limit);
}
END_TEST

Suite *test_describe_journal_suite(void);

Suite *test_describe_journal_suite(void)
{
    Suite *s = suite_create("describe_journal");
    TCase *c = tcase_create("describe_journal");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, lines_are_found_again_by_their_offsets);
    tcase_add_test(c, an_incomplete_line_is_dropped);
    tcase_add_test(c, a_line_that_does_not_fit);
    tcase_add_test(c, zeros_of_a_crashed_machine_are_dropped);
    tcase_add_test(c, a_reader_changes_nothing);
    tcase_add_loop_test(c, other_files_are_refused_and_left_alone, 0, sizeof bad / sizeof *bad);
    tcase_add_test(c, a_second_run_is_refused);
    tcase_add_test(c, a_link_or_a_pipe_is_not_opened);
    tcase_add_test(c, answers_count_for_their_own_settings);
    tcase_add_test(c, differences_are_named);
    tcase_add_test(c, traits_count_for_their_own_server);
    suite_add_tcase(s, c);
    return s;
}
