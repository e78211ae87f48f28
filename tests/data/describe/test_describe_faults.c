/* SPDX-License-Identifier: Apache-2.0 */
/* `ramplus describe` against every fault of the fault server: transient faults are retried and
 * leave no trace in the output; permanent ones end the run as documented, with the server's
 * message. */
#include "core/error.h"
#include "core/mem.h"
#include "tests/data/describe/fault_case.h"

#include <check.h>
#include <jansson.h>
#include <string.h>

static Job job;
static void setup(void) { job_new(&job); }
static void teardown(void) { job_free(&job); }

static const char *const fox[] = {"fox"};

/* ---- transient faults ---- */

static const char *const transient[] = {
    "429",
    "429-past",
    "429-word",
    "500",
    "502",
    "503",
    "504",
    "error-200",
    "error-huge",
    "close",
    "reset",
    "reset-headers",
    "half",
    "length-short",
    "length-long",
    "chunk-cut",
    "chunk-bad",
    "headers-huge",
    "no-http",
    "json-html",
    "json-empty",
    "json-cut",
    "json-tail",
    "json-deep",
    "json-deep-object",
    "json-real",
    "huge",
    "type-top",
    "type-choices",
    "type-choices-null",
    "type-choices-object",
    "type-choice",
    "type-message",
    "type-message-list",
    "type-content",
    "type-content-list",
    "type-content-object",
    "type-content-true",
    "zero",
    "empty",
    "blank",
    "null",
    "refusal",
    "filter",
    "length",
    "one-empty",
    "one-length",
    "utf8",
    "utf8-overlong",
    "surrogate",
    "type-finish",
    "no-chat",
    "no-choices",
    "think-cut",
    "think-field",
    "finish-error",
    "finish-none",
    "gzip-not",
    "gzip-bomb",
};
enum { TRANSIENTS = sizeof transient / sizeof *transient };

/* The fault meets the first request and one on a connection that is reused. */
START_TEST(transient_fault_is_retried)
{
    char schedule[64];
    const char *name = transient[_i];
    snprintf(schedule, sizeof schedule, "1 %s\n4 %s\n", name, name);
    job_tags(&job, "fox\n");
    const int status = job_run(&job, schedule, "", "--parallel 1");
    ck_assert_msg(status == EXIT_OK, "%s: exit code %d: %s", name, status, job.messages);
    job_expect_all(&job, fox, 1);
    ck_assert_int_eq(fault_requests(job.requests, NULL, name), 2);
    ck_assert_int_eq(fault_requests(job.requests, NULL, NULL), 7);
}
END_TEST

/* ---- unusual answers that are valid ---- */

static const char *const unusual[] = {
    "more",
    "type-index",
    "type-index-huge",
    "type-usage",
    "type-usage-fields",
    "type-usage-less",
    "type-usage-huge",
    "think",
    "think-tail",
    "think-channel",
    "think-parts",
    "parts",
    "reasoning",
    "finish-end-turn",
    "gzip",
    "deflate",
};
enum { UNUSUAL = sizeof unusual / sizeof *unusual };

START_TEST(unusual_answer_is_taken)
{
    char schedule[64];
    snprintf(schedule, sizeof schedule, "* %s\n", unusual[_i]);
    job_tags(&job, "fox\n");
    const int status = job_run(&job, schedule, "", "--parallel 1 --json");
    ck_assert_msg(status == EXIT_OK, "%s: exit code %d: %s", unusual[_i], status, job.messages);
    job_expect_all(&job, fox, 1);
    ck_assert_int_eq(fault_requests(job.requests, NULL, unusual[_i]), 5);
    ck_assert_int_eq(job_number(&job, "requests"), 5);
}
END_TEST

/* ---- permanent faults ---- */

typedef struct Ending {
    const char *fault;
    int requests;
    const char *message; /* part of it */
} Ending;

static const Ending ending[] = {
    {"400", 4, "This prompt is not welcome"},
    {"401", 1, "You did not say who you are"},
    {"403", 1, "This country is not served"},
    {"404", 1, "The model does not exist"},
    {"422", 4, "This is not understood"},
    {"429-quota", 1, "You exceeded your current quota"},
    {"redirect", 1, "redirect"},
    {"redirect-307", 1, "redirect"},
    {"error-ansi", 4, "red"},
    {"429", 3, "Rate limit reached"},
    {"500", 3, "The server had an error"},
    {"503", 3, "Overloaded"},
    {"502", 3, "502"},
    {"error-200", 3, "out of memory"},
    {"reset", 3, ""},
    {"half", 3, ""},
    {"json-html", 3, "a web page instead of an answer: Welcome (check the address"},
    {"no-chat", 3, "ends in /v1"},
    {"no-choices", 3, "ends in /v1"},
    {"403-moderation", 1, "Not this input"},
    {"200-moderation", 1, "Not this input"},
    {"400-filter", 1, "The prompt triggered a policy"},
    {"400-page", 4, "HTTP 400: Bad request"},
    {"think-cut", 4, "raise --max-tokens"},
    {"think-field", 4, "raise --max-tokens"},

    {"json-deep", 3, ""},
    {"type-content", 3, ""},
    {"zero", 4, "empty answers only"},
    {"huge", 3, "reply exceeds 8388608 bytes (see --max-bytes)"},
    {"gzip-bomb", 3, "reply exceeds 8388608 bytes"},
    {"utf8", 3, "decode"},
    {"empty", 4, "empty answers only"},
    {"blank", 4, ""},
    {"refusal", 4, ""},
    {"filter", 4, "content filter"},
};
enum { ENDINGS = sizeof ending / sizeof *ending };

/* The run writes a journal but no output, and reports the failure without control
 * characters. */
START_TEST(permanent_fault_ends_the_run)
{
    char schedule[64];
    const Ending *e = &ending[_i];
    snprintf(schedule, sizeof schedule, "* %s\n", e->fault);
    const int status = job_short(&job, schedule, "--tries 3");
    ck_assert_msg(status == ERROR_NETWORK, "%s: exit code %d: %s", e->fault, status,
                  job.messages);
    ck_assert_msg(strstr(job.messages, e->message) != NULL, "%s: '%s' lacks '%s'", e->fault,
                  job.messages, e->message);
    ck_assert_msg(strstr(job.messages, "error: ") != NULL, "%s: no error in '%s'", e->fault,
                  job.messages);
    for (const char *p = job.messages; *p; p++)
        ck_assert_msg((unsigned char)*p >= ' ' || *p == '\n', "%s: '%s'", e->fault,
                      job.messages);
    ck_assert_int_eq(fault_requests(job.requests, NULL, NULL), e->requests);
    char *file = job_file(&job, "out.json"), *journal = job_file(&job, "out.json.journal");
    ck_assert_msg(!file, "%s: an output despite the fault", e->fault);
    ck_assert_ptr_nonnull(journal);
    mem_free(journal);
}
END_TEST

/* An address where something else answers is given up after a few requests. */
START_TEST(a_wrong_address_is_given_up_soon)
{
    static const char *const fault[] = {"* no-chat\n", "* json-html\n", "* 404\n"};
    job_tags(&job, "fox\nbear\n");
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(job_run(&job, fault[i], "", "--tries 100"), ERROR_NETWORK);
        ck_assert_msg(strstr(job.messages, "check the address") != NULL, "%s", job.messages);
        ck_assert_int_le(fault_requests(job.requests, NULL, NULL), 20);
    }
}
END_TEST

/* Every failure of a connection says what to do about it. */
START_TEST(connections_fail_with_advice)
{
    static const char *const expected[][3] = {
        {"* silence\n", "--idle-timeout 0.2", "a slow model needs a larger --idle-timeout"},
        {"* slow\n", "--timeout 0.3", "(see --timeout)"},
        {"* no-http\n", "", "does the server speak https, not http?"},
        {"* close\n", "", "does the server speak https, not http?"},
    };
    for (int i = 0; i < 4; i++) {
        char *options = mem_format("--tries 2 %s", expected[i][1]);
        ck_assert_int_eq(job_short(&job, expected[i][0], options), ERROR_NETWORK);
        ck_assert_msg(strstr(job.messages, expected[i][2]) != NULL, "%s", job.messages);
        mem_free(options);
    }
    job_serve(&job, NULL, "");
    memmove(job.server.endpoint + 5, job.server.endpoint + 4, strlen(job.server.endpoint) - 3);
    job.server.endpoint[4] = 's'; /* https: */
    ck_assert_int_eq(job_describe(&job, "--tries 2"), ERROR_NETWORK);
    ck_assert_msg(strstr(job.messages, "if not, use http://") != NULL, "%s", job.messages);
    job_stop(&job);
    memmove(job.server.endpoint + 4, job.server.endpoint + 5, strlen(job.server.endpoint) - 4);
    ck_assert_int_eq(job_describe(&job, "--tries 2"), ERROR_NETWORK);
    ck_assert_msg(strstr(job.messages, "is the server running") != NULL, "%s", job.messages);
}
END_TEST

/* ---- waiting ---- */

static double time_of(const char *fault, bool after)
{
    double first = 0;
    const char *prompt = NULL;
    for (size_t i = 0; i < json_array_size(job.requests); i++) {
        const json_t *one = json_array_get(job.requests, i);
        const char *asked = json_string_value(json_object_get(one, "prompt"));
        const double time = json_real_value(json_object_get(one, "time"));
        if (strcmp(json_string_value(json_object_get(one, "fault")), fault) == 0) {
            first = time;
            prompt = asked;
        }
    }
    ck_assert_msg(prompt != NULL, "no request met %s", fault);
    for (size_t i = 0; after && i < json_array_size(job.requests); i++) {
        const json_t *one = json_array_get(job.requests, i);
        const double time = json_real_value(json_object_get(one, "time"));
        if (time > first &&
            strcmp(json_string_value(json_object_get(one, "prompt")), prompt) == 0)
            return time;
    }
    ck_assert_msg(!after, "no request after %s", fault);
    return first;
}

static double waited(const char *fault) { return time_of(fault, true) - time_of(fault, false); }

START_TEST(retry_after_is_honored)
{
    job_tags(&job, "fox\n");
    ck_assert_int_eq(
        job_run(&job, "1 429-seconds\n2 429-date\n3 503-seconds\n", "", "--parallel 3"),
        EXIT_OK);
    job_expect_all(&job, fox, 1);
    ck_assert_double_ge(waited("429-seconds"), 0.98);
    ck_assert_double_ge(waited("503-seconds"), 0.98);
    ck_assert_double_ge(waited("429-date"), 0.98); /* 2 s ahead, truncated to a whole second */
}
END_TEST

START_TEST(slow_and_silent_requests_time_out)
{
    job_tags(&job, "fox\n");
    ck_assert_int_eq(job_run(&job, "1 silence\n2 silence-half\n3 slow\n", "",
                             "--parallel 5 --idle-timeout 1 --timeout 2 --json"),
                     EXIT_OK);
    job_expect_all(&job, fox, 1);
    ck_assert_int_ge(job_number(&job, "retries"), 3); /* more on a busy machine */
    ck_assert_int_ge(fault_requests(job.requests, NULL, NULL), 8);
}
END_TEST

/* Fifteen failures in a row open the breaker; it closes again. */
START_TEST(an_outage_is_waited_out)
{
    job_tags(&job, "fox\n");
    ck_assert_int_eq(job_run(&job, "1-15 503\n", "", "--parallel 4 --tries 20"), EXIT_OK);
    job_expect_all(&job, fox, 1);
    ck_assert_int_eq(fault_requests(job.requests, NULL, NULL), 20);
}
END_TEST

/* A server that fails permanently is given up. */
START_TEST(a_dead_server_is_given_up)
{
    job_tags(&job, "fox\nbear\nwolf\nlynx\nhare\n");
    ck_assert_int_eq(job_run(&job, "4- 503\n", "", "--parallel 4 --tries 1000"), ERROR_NETWORK);
    ck_assert_int_le(fault_requests(job.requests, NULL, NULL), 100);
    /* Now the port is closed. */
    ck_assert_int_eq(job_describe(&job, "--tries 3"), ERROR_NETWORK);
    ck_assert_msg(strstr(job.messages, "onnect") != NULL, "%s", job.messages);
}
END_TEST

Suite *test_describe_faults_suite(void);
Suite *test_describe_faults_suite(void)
{
    Suite *s = suite_create("describe_faults");
    TCase *c = tcase_create("describe_faults");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_loop_test(c, transient_fault_is_retried, 0, TRANSIENTS);
    tcase_add_loop_test(c, unusual_answer_is_taken, 0, UNUSUAL);
    tcase_add_loop_test(c, permanent_fault_ends_the_run, 0, ENDINGS);
    tcase_add_test(c, connections_fail_with_advice);
    tcase_add_test(c, a_wrong_address_is_given_up_soon);
    tcase_add_test(c, retry_after_is_honored);
    tcase_add_test(c, slow_and_silent_requests_time_out);
    tcase_add_test(c, an_outage_is_waited_out);
    tcase_add_test(c, a_dead_server_is_given_up);
    suite_add_tcase(s, c);
    return s;
}
