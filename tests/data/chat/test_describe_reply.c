/* SPDX-License-Identifier: Apache-2.0 */
/* What a reply of a server means for the run, and the contents of a request. */
#include "core/mem.h"
#include "data/chat/reply.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define CHOICE(content, finish)                                                                \
    "{\"choices\": [{\"message\": {\"content\": " content "}, \"finish_reason\": " finish "}]"

typedef struct Classified {
    long status;
    const char *body;
    int64_t n;
    bool newer_limit;
    enum ReplyKind kind;
    const char *words;
    int64_t most;
} Classified;

#define SAYS(text) "{\"error\": {\"message\": \"" text "\"}}"

static const Classified classified[] = {
    {200, CHOICE("\"x\"", "\"stop\"") "}", 1, false, REPLY_ANSWER, "", 0},
    {200, "<html>Sign in", 1, false, REPLY_NO_CHAT,
     "a web page instead of an answer: Sign in (check the address", 0},
    {0, "", 1, false, REPLY_RETRY, "reset", 0},
    {429, SAYS("slow down"), 1, false, REPLY_RETRY, "HTTP 429: slow down", 0},
    {429, "{\"error\": {\"message\": \"pay\", \"code\": \"insufficient_quota\"}}", 1, false,
     REPLY_STOP, "pay", 0},
    {500, "", 1, false, REPLY_RETRY, "HTTP 500: no message", 0},
    {502, "<html>\nbad", 1, false, REPLY_RETRY, "HTTP 502: bad", 0},
    {503, "{\"error\": \"full\"}", 1, false, REPLY_RETRY, "full", 0},
    {504, "{}", 1, false, REPLY_RETRY, "HTTP 504: {}", 0},
    {401, SAYS("who?"), 10, false, REPLY_STOP, "HTTP 401: who?", 0},
    {403, "{\"detail\": \"no\"}", 10, false, REPLY_UNCLEAR, "HTTP 403: no", 0},
    {404, "{\"message\": \"no such model\"}", 10, false, REPLY_STOP, "no such model", 0},
    {302, "", 1, false, REPLY_STOP, "HTTP 302: a redirect, which is not followed, to http://x/",
     0},
    {400, SAYS("'n' must be 1"), 10, false, REPLY_FEWER, "must be 1", 1},
    {400, SAYS("n > 1 is not supported"), 10, false, REPLY_FEWER, "", 1},
    {400, SAYS("Only one completion choice is allowed"), 10, false, REPLY_FEWER, "", 1},
    {422, "{\"detail\": [{\"loc\": [\"body\", \"n\"], \"msg\": \"too large\"}]}", 10, false,
     REPLY_FEWER, "too large (n)", 5},
    {400, SAYS("n is not supported"), 4, false, REPLY_FEWER, "", 2},
    {400,
     "[{\"error\": {\"message\": \"a candidateCount of 10 but the range is from 1 "
     "(inclusive) to 9 (exclusive)\", \"status\": \"INVALID_ARGUMENT\"}}]",
     10, false, REPLY_FEWER, "HTTP 400: a candidateCount", 8},
    {400, SAYS("best_of must be at most 4"), 10, false, REPLY_FEWER, "", 4},
    {400, "{\"error\": {\"message\": \"out of range\", \"param\": \"n\"}}", 8, false,
     REPLY_FEWER, "out of range (n)", 4},
    {400, SAYS("'n' must be 1"), 1, false, REPLY_UNCLEAR, "must be 1", 0},
    {400, SAYS("input not in range"), 10, false, REPLY_UNCLEAR, "in range", 5},
    {400, SAYS("Unsupported parameter: 'max_tokens'"), 10, false, REPLY_NEWER_LIMIT, "", 0},
    {400, SAYS("Unsupported parameter: 'max_tokens'"), 10, true, REPLY_UNCLEAR, "", 5},
    {400, SAYS("max_completion_tokens is too large"), 10, false, REPLY_UNCLEAR, "", 5},
    {403,
     "{\"error\": {\"code\": 403, \"message\": \"No\", \"metadata\": {\"flagged_input\": "
     "\"x\"}}}",
     10, false, REPLY_FILTERED, "HTTP 403: No", 0},
    {400, "{\"error\": {\"message\": \"No\", \"code\": \"content_filter\"}}", 10, false,
     REPLY_FILTERED, "HTTP 400: No", 0},
    {422,
     "{\"detail\": [{\"loc\": [\"body\", \"n\"], \"msg\": \"at most 2\", \"input\": \"a safety "
     "pin\"}]}",
     10, false, REPLY_FEWER, "at most 2 (n)", 2},
    {400,
     "{\"error\": {\"message\": \"No\", \"innererror\": {\"code\": "
     "\"ResponsibleAIPolicyViolation\"}}}",
     10, false, REPLY_FILTERED, "HTTP 400: No", 0},
    {401, SAYS("no moderation"), 10, false, REPLY_STOP, "(check the key", 0},
    {405, "<h1>Method Not Allowed</h1>", 10, false, REPLY_STOP,
     "HTTP 405: Method Not Allowed (check the address, which often ends in /v1)", 0},
    {403, "<html><i>403</i><b>Forbidden</b></html>", 10, false, REPLY_UNCLEAR,
     "HTTP 403: 403 Forbidden", 0},
    /* errors in a success */
    {200, "{\"error\": \"Unexpected endpoint or method\"}", 1, false, REPLY_NO_CHAT, "/v1", 0},
    {200, "{\"status\": \"running\"}", 1, false, REPLY_NO_CHAT, "no list of choices (check", 0},
    {200, SAYS("out of memory"), 1, false, REPLY_RETRY, "answer: out of memory", 0},
    {200, "{\"error\": {\"code\": 403, \"message\": \"flagged\"}}", 1, false, REPLY_FILTERED,
     "HTTP 403: flagged", 0},
    {200, "{\"error\": {\"code\": 429, \"message\": \"wait\"}}", 1, false, REPLY_RETRY,
     "HTTP 429: wait", 0},
    {200, "{\"choices\": []}", 1, false, REPLY_ANSWER, "", 0},
    {200, "data: {\"choices\": []}", 1, false, REPLY_NO_CHAT, "a stream of events", 0},
    {200, "{\"choices\": [7]}", 1, false, REPLY_NO_CHAT, "a choice without a message", 0},
    {404, SAYS("content policy"), 1, false, REPLY_FILTERED, "HTTP 404: content policy", 0},
    {201, CHOICE("\"x\"", "\"stop\"") "}", 1, false, REPLY_ANSWER, "", 0},
    {413, SAYS("too long"), 10, false, REPLY_UNCLEAR, "HTTP 413: too long", 0},
};

START_TEST(replies_are_classified)
{
    const Classified *j = &classified[_i];
    HttpReply reply = {.status = j->status, .body = j->body, .len = strlen(j->body)};
    if (j->status == 302) reply.target = "http://x/";
    if (j->status == 0) snprintf(reply.why, sizeof reply.why, "connection reset");
    const ServerTraits traits = {.max_answers = 10, .newer_limit = j->newer_limit};
    ChatAnswer answer = {0};
    const Verdict v = reply_judge(&reply, j->n, &traits, NULL, &answer);
    ck_assert_msg(v.kind == j->kind, "%ld %s: %d, want %d", j->status, j->body, v.kind,
                  j->kind);
    ck_assert_msg(strstr(v.reason, j->words) != NULL, "'%s' lacks '%s'", v.reason, j->words);
    ck_assert_int_eq(v.most, j->most);
    chat_answer_free(&answer);
}
END_TEST

/* The key extends over the place where long reasons are truncated. */
START_TEST(a_truncated_key_is_masked_too)
{
    static char line[] = "Authorization: Bearer sk-0123456789abcdefghij";
    char *lines[] = {line};
    const Secrets secrets = {lines, 1, true};
    const char *key = strstr(line, "sk-");
    for (int before = 280; before < 400; before++) {
        char *body = mem_format("%*s%s", before, "", key);
        const HttpReply reply = {.status = 401, .body = body, .len = strlen(body)};
        const ServerTraits traits = {.max_answers = 10};
        ChatAnswer answer = {0};
        const Verdict v = reply_judge(&reply, 10, &traits, &secrets, &answer);
        ck_assert_int_eq(v.kind, REPLY_STOP);
        ck_assert_ptr_null(strstr(v.reason, "sk-"));
        mem_free(body);
    }
}
END_TEST

START_TEST(requests_contain_all_settings)
{
    json_t *extra;
    Error err = {0};
    ck_assert_int_eq(chat_extra("{\"seed\": 7, \"temperature\": 0}", &extra, &err), 0);
    const char *stop[] = {"\n"};
    const ChatSettings s = {.model = "m",
                            .role = "user",
                            .system = "be \"brief\"",
                            .stop = stop,
                            .stops = 1,
                            .temperature = 0.99,
                            .max_tokens = 77};
    char *plain = chat_request(&s, "what is it?", 10, false);
    ck_assert_str_eq(
        plain,
        "{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":\"be \\\"brief\\\"\"},"
        "{\"role\":\"user\",\"content\":\"what is "
        "it?\"}],\"n\":10,\"stream\":false,\"temperature\":0.99,"
        "\"max_tokens\":77,\"stop\":[\"\\n\"]}");
    mem_free(plain);
    const ChatSettings more = {
        .model = "m", .role = "tool", .temperature = 1, .max_tokens = 5, .extra = extra};
    char *other = chat_request(&more, "p", 1, true);
    ck_assert_str_eq(
        other,
        "{\"model\":\"m\",\"messages\":[{\"role\":\"tool\",\"content\":\"p\"}],"
        "\"n\":1,\"stream\":false,\"temperature\":0,\"max_completion_tokens\":5,\"seed\":7}");
    mem_free(other);
    json_decref(extra);
}
END_TEST

static const char *const bad_extra[] = {
    "", "7", "[]", "{\"a\"", "{\"n\": 2}", "{\"stream\": 1}", "{\"messages\": []}"};

START_TEST(extra_fields_are_checked)
{
    json_t *extra;
    Error err = {0};
    ck_assert_int_eq(chat_extra(bad_extra[_i], &extra, &err), -1);
    expect_error(&err, ERROR_USAGE, "--extra: ");
    ck_assert_ptr_null(extra);
}
END_TEST

Suite *test_describe_reply_suite(void);

Suite *test_describe_reply_suite(void)
{
    Suite *s = suite_create("describe_reply");
    TCase *c = tcase_create("describe_reply");
    tcase_add_loop_test(c, replies_are_classified, 0, sizeof classified / sizeof *classified);
    tcase_add_test(c, a_truncated_key_is_masked_too);
    tcase_add_test(c, requests_contain_all_settings);
    tcase_add_loop_test(c, extra_fields_are_checked, 0, sizeof bad_extra / sizeof *bad_extra);
    suite_add_tcase(s, c);
    return s;
}
