/* SPDX-License-Identifier: Apache-2.0 */
/* `ramplus describe` with different servers: fewer answers than requested, other names of
 * limits, single items that fail, hostile texts; and the contents of a request. */
#include "core/error.h"
#include "core/io/text.h"
#include "core/mem.h"
#include "tests/data/describe/fault_case.h"

#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static Job job;
static void setup(void) { job_new(&job); }
static void teardown(void) { job_free(&job); }

static const char *const fox[] = {"fox"}, *const what[] = {"What is a {}?"};

/* ---- fewer answers than requested, other limits ---- */

/* The number of requests with n > 1 in the log. */
static int plural(void)
{
    int found = 0;
    for (size_t i = 0; i < json_array_size(job.requests); i++)
        found += json_integer_value(json_object_get(json_array_get(job.requests, i), "n")) > 1;
    return found;
}

/* The limit is learned once and still known when a later run adds tags. */
static void one_answer_per_request(const char *schedule, int first)
{
    static const char *const both[] = {"fox", "bear"};
    job_tags(&job, "fox\n");
    ck_assert_int_eq(job_run(&job, schedule, "", "--parallel 1"), EXIT_OK);
    job_expect_all(&job, fox, 1);
    ck_assert_int_eq(fault_requests(job.requests, NULL, NULL), first);
    ck_assert_int_eq(plural(), first > 51 ? 3 : 1);
    job_tags(&job, "fox\nbear\n");
    ck_assert_int_eq(job_run(&job, schedule, "", "--parallel 1"), EXIT_OK);
    job_expect_all(&job, both, 2);
    ck_assert_int_eq(fault_requests(job.requests, "fox", NULL), 0);
    ck_assert_int_eq(fault_requests(job.requests, "bear", NULL), 50);
    ck_assert_int_eq(plural(), 0);
}

START_TEST(a_server_that_refuses_n) { one_answer_per_request("* no-n\n", 51); }
END_TEST
START_TEST(a_server_that_ignores_n) { one_answer_per_request("* one\n", 50); }
END_TEST

/* The limit is in the message: 8 and 2 answers. */
START_TEST(a_server_that_refuses_more_than_eight)
{
    job_tags(&job, "fox\n");
    ck_assert_int_eq(job_run(&job, "* n-at-most-8\n", "", "--parallel 1"), EXIT_OK);
    job_expect_all(&job, fox, 1);
    ck_assert_int_eq(fault_requests(job.requests, NULL, NULL), 11);
}
END_TEST

/* Refusals without a reason: 10, 5 and 2 answers are refused, one is not. */
START_TEST(a_server_that_refuses_n_without_a_word)
{
    one_answer_per_request("* n-unclear\n", 53);
}
END_TEST

/* Of five answers, 2, 2 and 1 are requested at a time; the last one does not lower the
 * limit. */
START_TEST(a_limit_is_not_taken_from_what_was_missing)
{
    job_tags(&job, "fox\n");
    ck_assert_int_eq(job_run(&job, "* n-over-4\n", "--count 5", "--parallel 1 --count 5"),
                     EXIT_OK);
    ck_assert_int_eq(fault_requests(job.requests, NULL, NULL), 16);
}
END_TEST

/* Requests return 4, 4 and 2 answers. */
START_TEST(a_server_that_returns_four)
{
    job_tags(&job, "fox\n");
    ck_assert_int_eq(job_run(&job, "* four\n", "", "--parallel 1"), EXIT_OK);
    job_expect_all(&job, fox, 1);
    ck_assert_int_eq(fault_requests(job.requests, NULL, NULL), 15);
}
END_TEST

static int with_field(const char *name)
{
    int found = 0;
    for (size_t i = 0; i < json_array_size(job.requests); i++)
        found += json_object_get(json_object_get(json_array_get(job.requests, i), "body"),
                                 name) != NULL;
    return found;
}

START_TEST(a_server_that_refuses_max_tokens)
{
    job_tags(&job, "fox\n");
    ck_assert_int_eq(job_run(&job, "* no-max-tokens\n", "", "--parallel 1"), EXIT_OK);
    job_expect_all(&job, fox, 1);
    ck_assert_int_eq(with_field("max_tokens"), 1);
    ck_assert_int_eq(with_field("max_completion_tokens"), 5);
}
END_TEST

START_TEST(a_server_that_refuses_both)
{
    job_tags(&job, "fox\n");
    ck_assert_int_eq(job_run(&job, "* no-max-tokens\n* no-n\n", "", "--parallel 8"), EXIT_OK);
    job_forget(&job);
    ck_assert_int_eq(job_run(&job, "* no-n\n* no-max-tokens\n", "", "--parallel 1"), EXIT_OK);
    job_expect_all(&job, fox, 1);
    ck_assert_int_eq(fault_requests(job.requests, NULL, NULL), 52);
}
END_TEST

/* ---- one item of many ---- */

/* The number of texts of a tag in out.json; -1: no such file or tag. */
static int texts_of(const char *tag)
{
    char *file = job_file(&job, "out.json");
    json_t *all = file ? json_loads(file, 0, NULL) : NULL;
    int found = -1;
    for (size_t i = 0; i < json_array_size(all); i++) {
        const json_t *texts = json_object_get(json_array_get(all, i), tag);
        if (texts) found = (int)json_array_size(texts);
    }
    json_decref(all);
    mem_free(file);
    return found;
}

START_TEST(only_a_failed_item_is_requested_later)
{
    static const char *const tags[] = {"fox", "bear", "wolf"};
    job_tags(&job, "fox\nbear\nwolf\n");
    ck_assert_int_eq(job_run(&job, "~*you*identify*bear* 400-filter\n", "", ""), ERROR_NETWORK);
    ck_assert_int_eq(fault_requests(job.requests, NULL, NULL), 15);
    ck_assert_ptr_nonnull(strstr(job.messages, "bear"));
    ck_assert_int_eq(texts_of("wolf"), 51);
    ck_assert_int_eq(texts_of("bear"), 41);
    ck_assert_int_eq(job_run(&job, NULL, "", ""), EXIT_OK);
    ck_assert_int_eq(fault_requests(job.requests, NULL, NULL), 1);
    job_expect_all(&job, tags, 3);
}
END_TEST

/* A tag that is refused keeps its sentence, whatever the status and the words, and also if it
 * is the first; the result is written again by a run that is refused again. */
START_TEST(a_refused_tag_does_not_withhold_the_others)
{
    static const char *const fault[] = {
        "403-moderation", "400-filter", "200-moderation", "403",  "400",
        "filter",         "refusal",    "empty",          "zero", "think-cut"};
    char schedule[64];
    for (int i = 0; i < 10; i++) {
        job_tags(&job, "machete\nfox\nbear\n");
        job_forget(&job);
        snprintf(schedule, sizeof schedule, "~*machete* %s\n", fault[i]);
        for (int run = 0; run < 2; run++) {
            const int status = job_run(&job, schedule, "", "--parallel 1");
            ck_assert_msg(status == ERROR_NETWORK, "%s: %d: %s", fault[i], status,
                          job.messages);
            ck_assert_int_eq(texts_of("machete"), 1);
            ck_assert_int_eq(texts_of("fox"), 51);
            ck_assert_int_eq(texts_of("bear"), 51);
            ck_assert_ptr_nonnull(
                strstr(job.messages, "out.json: written without 50 answers: 5 prompts"));
            ck_assert_ptr_null(strstr(job.messages, "same command"));
        }
    }
}
END_TEST

/* Failures that another run may not have do withhold the result. */
START_TEST(a_tag_without_luck_withholds_the_result)
{
    static const char *const fault[] = {"500", "close", "json-cut"};
    char schedule[64];
    job_tags(&job, "fox\nmachete\n");
    for (int i = 0; i < 3; i++) {
        job_forget(&job);
        snprintf(schedule, sizeof schedule, "~*machete* %s\n", fault[i]);
        ck_assert_int_eq(job_run(&job, schedule, "", "--tries 2"), ERROR_NETWORK);
        ck_assert_int_eq(texts_of("fox"), -1);
        ck_assert_msg(strstr(job.messages, "not written: 50 answers are missing") != NULL,
                      "%s: %s", fault[i], job.messages);
    }
}
END_TEST

/* What could not be written is not called written. */
START_TEST(a_result_that_cannot_be_written)
{
    char *out = mem_strdup(scratch_path(&job.scratch, "out.json"));
    char *wrote = mem_format("wrote %s", out);
    ck_assert_int_eq(job_short(&job, NULL, ""), EXIT_OK);
    ck_assert_ptr_nonnull(strstr(job.messages, wrote));
    ck_assert_ptr_nonnull(strstr(job.messages, "out.json.report.txt\n"));
    ck_assert_int_eq(unlink(out), 0);
    ck_assert_int_eq(mkdir(out, 0700), 0);
    ck_assert_int_eq(job_short(&job, NULL, ""), ERROR_RUNTIME);
    ck_assert_ptr_nonnull(strstr(job.messages, "out.json: cannot save"));
    ck_assert_ptr_null(strstr(job.messages, wrote));
    ck_assert_ptr_null(strstr(job.messages, "report.txt"));
    ck_assert_int_eq(rmdir(out), 0);
    mem_free(wrote);
    mem_free(out);
}
END_TEST

/* A key or a request that is refused for every tag ends the run before all were asked. */
START_TEST(refusals_in_a_row_end_the_run)
{
    Text tags = {0};
    for (int i = 0; i < 60; i++) text_add(&tags, "tag%d\n", i);
    job_tags(&job, tags.data);
    text_free(&tags);
    ck_assert_int_eq(job_run(&job, "* 403\n", "", ""), ERROR_NETWORK);
    ck_assert_int_lt(fault_requests(job.requests, NULL, NULL), 40);
    ck_assert_ptr_nonnull(strstr(job.messages, "25 prompts in a row without"));
    ck_assert_int_eq(job_run(&job, "* 400-filter\n", "", ""), ERROR_NETWORK);
    ck_assert_int_lt(fault_requests(job.requests, NULL, NULL), 120);
    ck_assert_int_eq(job_run(&job, "* think-cut\n", "", ""), ERROR_NETWORK);
    ck_assert_int_lt(fault_requests(job.requests, NULL, NULL), 150);
    /* The same after some answers. */
    ck_assert_int_eq(job_run(&job, "10- 403\n", "", ""), ERROR_NETWORK);
    ck_assert_int_lt(fault_requests(job.requests, NULL, NULL), 60);
    ck_assert_int_eq(texts_of("tag0"), -1);
}
END_TEST

/* Of one empty choice among good ones, only that one is requested again: three times, then by
 * the next run. */
START_TEST(only_the_missing_is_requested_again)
{
    char *options = mem_format("--prompts %s/prompts --parallel 1", job.scratch.dir);
    job_tags(&job, "fox\n");
    scratch_text(&job.scratch, "prompts", "What is a {}?\n");
    job_serve(&job, "1 one-empty\n2-4 empty\n", "");
    ck_assert_int_eq(job_describe(&job, options), ERROR_NETWORK);
    ck_assert_int_eq(job_describe(&job, options), EXIT_OK);
    job_stop(&job);
    job_expect(&job, fox, 1, what, 1, 10);
    ck_assert_int_eq(fault_requests(job.requests, NULL, NULL), 5);
    ck_assert_int_eq(plural(), 1);
    mem_free(options);
}
END_TEST

/* ---- texts ---- */

/* Checks that all ten texts of the short job are `want`. */
static void expect_text_with(const char *options, const char *schedule, const char *want)
{
    json_error_t why;
    job_forget(&job);
    ck_assert_msg(job_short(&job, schedule, options) == EXIT_OK, "%s: %s", schedule,
                  job.messages);
    char *file = job_file(&job, "out.json");
    ck_assert_ptr_nonnull(file);
    for (const char *p = file; *p; p++)
        ck_assert_msg(((unsigned char)*p >= ' ' && *p != 0x7f) || *p == '\n', "%s: %s",
                      schedule, file);
    json_t *all = json_loads(file, 0, &why);
    const json_t *texts = json_object_get(json_array_get(all, 0), "fox");
    ck_assert_uint_eq(json_array_size(texts), 11);
    for (size_t i = 1; i < 11; i++)
        ck_assert_str_eq(json_string_value(json_array_get(texts, i)), want);
    json_decref(all);
    mem_free(file);
}

static void expect_text(const char *schedule, const char *want)
{
    expect_text_with("", schedule, want);
}

START_TEST(hostile_texts)
{
    expect_text("* brackets\n", "]}]}, {\"x\": [\"y\"");
    expect_text("* quotes\n", "say \"hi\" \\ back/slash");
    expect_text("* unicode\n",
                "fo\xcc\x88rr\xf0\x9f\xa6\x8a \xe2\x80\x8d\xf0\x9f\x90\xba e\xcc\x81");
    expect_text("* nul\n", "before");
    expect_text("* control\n", "ab cd ef");
    expect_text("* ansi\n", "[31mred[0m]0;title end");
    char *want = mem_realloc(NULL, (1 << 17) + 1);
    for (size_t i = 0; i < 1 << 17; i++) want[i] = "\xf0\x9f\xa6\x8a"[i % 4];
    want[1 << 17] = 0;
    expect_text_with("--max-tokens 2048", "* unicode-long\n", want);
    job_forget(&job);
    ck_assert_int_eq(job_short(&job, "* unicode-long\n", ""), ERROR_NETWORK);
    ck_assert_ptr_nonnull(strstr(job.messages, "answers of many times --max-tokens"));
    mem_free(want);
}
END_TEST

/* Truncated texts are requested three more times, then kept. */
START_TEST(truncated_texts_are_finally_kept)
{
    expect_text("* length\n", "It is a");
    ck_assert_int_eq(fault_requests(job.requests, NULL, NULL), 4);
}
END_TEST

START_TEST(tags_with_quotes)
{
    static const char *const tags[] = {"5\" disk", "back\\slash", "</tag>", "{}",
                                       "caf\xc3\xa9 %s"};
    job_tags(&job, "5\" disk\nback\\slash\n</tag>\n{}\ncaf\xc3\xa9 %s\n");
    ck_assert_int_eq(job_run(&job, NULL, "", ""), EXIT_OK);
    job_expect_all(&job, tags, 5);
    ck_assert_int_eq(fault_requests(job.requests, NULL, NULL), 25);
}
END_TEST

/* ---- the request itself ---- */

START_TEST(request_carries_every_option)
{
    ck_assert_int_eq(job_short(&job, NULL,
                               "--role assistant --system 'Be \"brief\".' --temperature 0.5 "
                               "--max-tokens 20 --count 3 --stop END --stop '\n' "
                               "--extra '{\"seed\":7,\"top_p\":0.9}'"),
                     EXIT_OK);
    json_error_t why;
    json_t *want =
        json_loads("{\"model\":\"tester\",\"messages\":[{\"role\":\"system\",\"content\":\"Be "
                   "\\\"brief\\\".\"},"
                   "{\"role\":\"assistant\",\"content\":\"What is a "
                   "fox?\"}],\"n\":3,\"stream\":false,\"temperature\":0.5,"
                   "\"max_tokens\":20,\"stop\":[\"END\",\"\\n\"],\"seed\":7,\"top_p\":0.9}",
                   0, &why);
    const json_t *body = json_object_get(json_array_get(job.requests, 0), "body");
    char *text = json_dumps(body, JSON_COMPACT);
    ck_assert_msg(json_equal(body, want), "%s", text);
    free(text);
    json_decref(want);
    job_expect(&job, fox, 1, what, 1, 3);
}
END_TEST

START_TEST(defaults_are_the_references)
{
    ck_assert_int_eq(job_short(&job, NULL, ""), EXIT_OK);
    json_error_t why;
    json_t *want =
        json_loads("{\"model\":\"tester\",\"messages\":[{\"role\":\"user\",\"content\":"
                   "\"What is a "
                   "fox?\"}],\"n\":10,\"stream\":false,\"temperature\":0.99,\"max_tokens\":77}",
                   0, &why);
    const json_t *body = json_object_get(json_array_get(job.requests, 0), "body");
    ck_assert(json_equal(body, want));
    json_decref(want);
}
END_TEST

Suite *test_describe_server_suite(void);
Suite *test_describe_server_suite(void)
{
    Suite *s = suite_create("describe_server");
    TCase *c = tcase_create("describe_server");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, a_server_that_refuses_n);
    tcase_add_test(c, a_server_that_ignores_n);
    tcase_add_test(c, a_server_that_returns_four);
    tcase_add_test(c, a_server_that_refuses_max_tokens);
    tcase_add_test(c, a_server_that_refuses_both);
    tcase_add_test(c, a_server_that_refuses_more_than_eight);
    tcase_add_test(c, a_server_that_refuses_n_without_a_word);
    tcase_add_test(c, a_limit_is_not_taken_from_what_was_missing);
    tcase_add_test(c, a_refused_tag_does_not_withhold_the_others);
    tcase_add_test(c, a_tag_without_luck_withholds_the_result);
    tcase_add_test(c, a_result_that_cannot_be_written);
    tcase_add_test(c, refusals_in_a_row_end_the_run);
    tcase_add_test(c, only_a_failed_item_is_requested_later);
    tcase_add_test(c, only_the_missing_is_requested_again);
    tcase_add_test(c, hostile_texts);
    tcase_add_test(c, truncated_texts_are_finally_kept);
    tcase_add_test(c, tags_with_quotes);
    tcase_add_test(c, request_carries_every_option);
    tcase_add_test(c, defaults_are_the_references);
    suite_add_tcase(s, c);
    return s;
}
