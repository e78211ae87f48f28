/* SPDX-License-Identifier: Apache-2.0 */
/* Runs killed at random moments: answers in the journal are never lost and never requested
 * again, and the final output equals that of an undisturbed run. */
#include "core/error.h"
#include "core/io/file.h"
#include "core/io/text.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/rng.h"
#include "tests/data/describe/fault_case.h"

#include <check.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TAGS = 40, PARALLEL = 4, LATENCY_MS = 4, TIMEOUT_S = 60 };
enum { LINE = 450 }; /* approximate bytes per request in the server's log */

static Job job;
static void setup(void) { job_new(&job); }
static void teardown(void) { job_free(&job); }

static void put_tags(void)
{
    Text tags = {0};
    for (int i = 0; i < TAGS; i++) text_add(&tags, "tag %d\n", i);
    job_tags(&job, tags.data);
    text_free(&tags);
}

static void add(json_t *counts, const char *prompt, int64_t n)
{
    const int64_t sum = json_integer_value(json_object_get(counts, prompt)) + n;
    json_object_set_new(counts, prompt, json_integer(sum));
}

static void add_answer(json_t *have, const char *line)
{
    json_error_t why;
    json_t *one = json_loads(line, 0, &why);
    ck_assert_msg(one != NULL, "journal: %s: %s", why.text, line);
    if (strcmp(json_string_value(json_object_get(one, "kind")), "answer") == 0) {
        char *prompt = job_prompt(json_integer_value(json_object_get(one, "prompt")),
                                  json_string_value(json_object_get(one, "tag")));
        add(have, prompt, (int64_t)json_array_size(json_object_get(one, "texts")));
        mem_free(prompt);
    }
    json_decref(one);
}

/* Counts the answers of complete lines; the rest was being written. */
static json_t *read_journal(void)
{
    json_t *have = json_object();
    char *text = job_file(&job, "out.json.journal");
    for (char *line = text, *end; line && (end = strchr(line, '\n')); line = end + 1) {
        *end = 0;
        add_answer(have, line);
    }
    mem_free(text);
    return have;
}

/* No answer of an earlier journal is missing in a later one. */
static void expect_none_lost(json_t *before, const json_t *now)
{
    const char *prompt;
    json_t *answers;
    json_object_foreach(before, prompt, answers)
    {
        const int64_t have = json_integer_value(json_object_get(now, prompt));
        ck_assert_msg(have >= json_integer_value(answers), "the journal lost answers: %s",
                      prompt);
    }
}

/* No run requested more than its journal lacked at its start. Each run has its own address,
 * since its last requests may reach the server after its end. */
static void expect_no_repetition(const json_t *requests, const json_t *had, int count)
{
    json_t *requested = json_object();
    for (size_t i = 0; i < json_array_size(requests); i++) {
        const json_t *one = json_array_get(requests, i);
        const char *path = json_string_value(json_object_get(one, "path"));
        const char *prompt = json_string_value(json_object_get(one, "prompt"));
        if (json_integer_value(json_object_get(one, "status")) != 200) continue;
        char *key = mem_format("%s %s", path, prompt);
        add(requested, key, json_integer_value(json_object_get(one, "n")));
        const json_t *have = json_array_get(had, (size_t)atoi(path + 1));
        const int64_t before = json_integer_value(json_object_get(have, prompt)),
                      now = json_integer_value(json_object_get(requested, key));
        ck_assert_msg(before + now <= count, "run %s had %ld answers and requested %ld: %s",
                      path, before, now, prompt);
        mem_free(key);
    }
    json_decref(requested);
}

static int64_t total(const json_t *counts)
{
    int64_t sum = 0;
    const char *prompt;
    json_t *answers;
    json_object_foreach((json_t *)counts, prompt, answers) sum += json_integer_value(answers);
    return sum;
}

/* Answers that a killed run requested and its journal lacks belong to requests in progress,
 * with `per` answers per request. */
static void expect_little_waste(const json_t *requests, const json_t *had, int per)
{
    const size_t runs = json_array_size(had) - 1;
    int64_t *requested = mem_calloc(runs, sizeof *requested);
    for (size_t i = 0; i < json_array_size(requests); i++) {
        const json_t *one = json_array_get(requests, i);
        const int run = atoi(json_string_value(json_object_get(one, "path")) + 1);
        if (json_integer_value(json_object_get(one, "status")) == 200)
            requested[run] += json_integer_value(json_object_get(one, "n"));
    }
    for (size_t k = 0; k < runs; k++) {
        const int64_t after = total(json_array_get(had, k + 1)),
                      kept = after - total(json_array_get(had, k));
        ck_assert_msg(after == 0 || requested[k] - kept <= PARALLEL * per,
                      "run %zu requested %ld answers and kept %ld", k, requested[k], kept);
    }
    mem_free(requested);
}

static bool ended(pid_t pid)
{
    int status;
    const pid_t got = waitpid(pid, &status, WNOHANG);
    ck_assert_msg(got == 0 || (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_OK),
                  "the run failed: status %x", status);
    return got == pid;
}

/* Waits until the server has answered so many more requests and a little longer. Returns true
 * if the run has ended. */
static bool wait_for_moment(pid_t pid, int64_t requests, Rng *rng)
{
    const char *path = scratch_path(&job.scratch, "requests.log");
    const int64_t start = file_bytes(path), wanted = requests * LINE;
    const double until = log_now() + TIMEOUT_S;
    while (file_bytes(path) - start < wanted) {
        if (ended(pid)) return true;
        ck_assert_msg(log_now() < until, "no requests arrive");
        nanosleep(&(struct timespec){0, 200000}, NULL);
    }
    nanosleep(&(struct timespec){0, rng_below(rng, 6000000)}, NULL);
    return ended(pid);
}

/* Kills a run at a random moment. Returns true if the run ended before. */
static bool run_and_kill(const char *options, Rng *rng)
{
    int status;
    const pid_t pid = job_start(&job, options);
    if (wait_for_moment(pid, rng_below(rng, 16), rng)) return true;
    kill(pid, SIGKILL);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_msg(WIFSIGNALED(status) || WEXITSTATUS(status) == EXIT_OK, "status %x", status);
    return !WIFSIGNALED(status);
}

static void expect_output(const char *want)
{
    char *got = job_file(&job, "out.json");
    ck_assert_msg(got && strcmp(got, want) == 0,
                  "another output than that of an undisturbed run");
    mem_free(got);
}

static char *undisturbed(const char *server, const char *schedule, const char *options)
{
    ck_assert_msg(job_run(&job, schedule, server, options) == EXIT_OK, "%s", job.messages);
    char *want = job_file(&job, "out.json");
    ck_assert_ptr_nonnull(want);
    job_forget(&job);
    return want;
}

/* Runs to a random moment, or to the end if `whole`; returns true if the run ended. had: the
 * answers in the journal before each run. */
static bool one_run(const char *base, bool whole, const char *options, Rng *rng, json_t *had)
{
    const size_t number = json_array_size(had) - 1;
    snprintf(job.server.endpoint, sizeof job.server.endpoint, "%s/%zu", base, number);
    const bool over =
        whole ? job_describe(&job, options) == EXIT_OK : run_and_kill(options, rng);
    ck_assert_msg(over || !whole, "%s", job.messages);
    json_t *have = read_journal();
    expect_none_lost(json_array_get(had, number), have);
    json_array_append_new(had, over ? json_object() : have);
    if (over) json_decref(have);
    return over;
}

static void kill_again_and_again(const char *schedule, const char *server, const char *options,
                                 int count, int wanted)
{
    Rng rng = rng_new(7, 0, (uint64_t)count, RNG_TEST);
    int kills = 0, late = 0;
    put_tags();
    char *want = undisturbed(server, schedule, options);
    job_serve(&job, schedule, server);
    char *base = mem_strdup(job.server.endpoint);
    base[strlen(base) - strlen("/v1")] = 0;
    json_t *had = json_pack("[{}]");
    for (bool over = false; kills < wanted || !over;) {
        over = one_run(base, kills == wanted, options, &rng, had);
        kills += !over;
        late += json_object_size(json_array_get(had, json_array_size(had) - 1)) > 0;
        if (over) {
            expect_output(want);
            job_forget(&job);
        }
    }
    ck_assert_msg(late > wanted / 2, "most kills came before the first answer");
    job_stop(&job);
    expect_no_repetition(job.requests, had, count);
    expect_little_waste(job.requests, had, schedule ? 1 : count);
    json_decref(had);
    mem_free(base);
    mem_free(want);
}

START_TEST(ten_answers_per_request)
{
    char server[64], options[64];
    snprintf(server, sizeof server, "--latency %d", LATENCY_MS);
    snprintf(options, sizeof options, "--parallel %d", PARALLEL);
    kill_again_and_again(NULL, server, options, 10, 50);
}
END_TEST

/* The server returns one answer per request. It cannot know which of them were lost, so that
 * all its texts are equal. */
START_TEST(one_answer_per_request)
{
    char server[64], options[64];
    snprintf(server, sizeof server, "--same --latency %d --count 3", LATENCY_MS / 2);
    snprintf(options, sizeof options, "--parallel %d --count 3", PARALLEL);
    kill_again_and_again("* no-n\n", server, options, 3, 20);
}
END_TEST

/* After a signal, the run keeps every answer and reports the signal by its exit code. */
START_TEST(stopped_by_a_signal)
{
    int status;
    Rng rng = rng_new(8, 0, 0, RNG_TEST);
    put_tags();
    char *want = undisturbed("", NULL, "");
    job_serve(&job, NULL, "--latency 10");
    static const int number[] = {SIGTERM, SIGINT, SIGUSR1, SIGHUP};
    for (int i = 0; i < 4; i++) {
        const pid_t pid = job_start(&job, "--parallel 4");
        ck_assert(!wait_for_moment(pid, 1 + 2 * i, &rng));
        kill(pid, number[i]);
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert_msg(WIFEXITED(status) && (WEXITSTATUS(status) == ERROR_STOPPED), "status %x",
                      status);
    }
    ck_assert_int_eq(job_describe(&job, ""), EXIT_OK);
    expect_output(want);
    job_stop(&job);
    ck_assert_int_le(fault_requests(job.requests, NULL, NULL), 5 * TAGS + 4 * PARALLEL);
    mem_free(want);
}
END_TEST

Suite *test_describe_kill_suite(void);
Suite *test_describe_kill_suite(void)
{
    Suite *s = suite_create("describe_kill");
    TCase *c = tcase_create("describe_kill");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, ten_answers_per_request);
    tcase_add_test(c, one_answer_per_request);
    tcase_add_test(c, stopped_by_a_signal);
    suite_add_tcase(s, c);
    return s;
}
