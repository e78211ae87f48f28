/* SPDX-License-Identifier: Apache-2.0 */
/* Input from a server: texts, answers, refusals. All of it may be hostile. */
#define _XOPEN_SOURCE 700
#include "core/io/text.h"
#include "core/mem.h"
#include "core/strings/utf8.h"
#include "data/describe/answer.h"
#include "data/describe/reply.h"
#include "data/describe/secret.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static Scratch scratch;

static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

typedef struct Cleaned {
    const char *text, *clean;
} Cleaned;

static const Cleaned cleaned[] = {
    {"", ""},
    {" \t\r\n\xc2\xa0 ", ""},
    {"\x01\x7f\xc2\x80", ""},
    {"a", "a"},
    {"  A red\n\n  fox.\t", "A red fox."},
    {"a\xe2\x80\xa8"
     "b\xe3\x80\x80"
     "c",
     "a b c"},
    {"be\x07ll \x1b[31mred", "bell [31mred"},
    {"a\xc2\x9f\xc2\x85z", "a z"}, /* a control character, then NEL, which is white space */
    {"M\xc3\xbcnze \xf0\x9f\xa6\x8a", "M\xc3\xbcnze \xf0\x9f\xa6\x8a"},
    {"\xef\xbf\xbd \" \\", "\xef\xbf\xbd \" \\"},
};

START_TEST(texts_become_one_clean_line)
{
    char *got = answer_clean(cleaned[_i].text, strlen(cleaned[_i].text));
    ck_assert_str_eq(got, cleaned[_i].clean);
    ck_assert(utf8_valid(got));
    mem_free(got);
}
END_TEST

START_TEST(a_nul_byte_is_removed_and_the_rest_stays)
{
    char *got = answer_clean("one\0two", 7);
    ck_assert_str_eq(got, "onetwo");
    mem_free(got);
}
END_TEST

START_TEST(finish_reason_decides_the_kind)
{
    const struct {
        ChatChoice choice;
        enum AnswerKind kind;
    } table[] = {
        {{"a fox", 5, CHAT_STOP}, ANSWER_GOOD},
        {{"a fo", 4, CHAT_LENGTH}, ANSWER_TRUNCATED},
        {{" \n", 2, CHAT_STOP}, ANSWER_EMPTY},
        {{"", 0, CHAT_LENGTH}, ANSWER_EMPTY},
        {{"a fox", 5, CHAT_REFUSED}, ANSWER_REFUSED},
        {{"", 0, CHAT_REFUSED}, ANSWER_REFUSED},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char *text;
        ck_assert_int_eq(answer_take(&table[i].choice, NULL, &text), table[i].kind);
        mem_free(text);
    }
}
END_TEST

START_TEST(the_key_is_masked_everywhere)
{
    char twice[] = "sk-abcdef, no: sk-abcdef!", other[] = "sk-abcde", word[] = "none of these";
    secret_mask(twice, "sk-abcdef");
    ck_assert_str_eq(twice, "*********, no: *********!");
    secret_mask(other, "sk-abcdef");
    ck_assert_str_eq(other, "sk-abcde");
    secret_mask(word, "none");
    ck_assert_str_eq(word, "none of these");
    secret_mask(word, NULL);

    char *text;
    const ChatChoice choice = {"you sent sk-abcdef", 18, CHAT_STOP};
    answer_take(&choice, "sk-abcdef", &text);
    ck_assert_str_eq(text, "you sent *********");
    mem_free(text);
}
END_TEST

static int find(const char *environment, const char *file, char **key, Error *err)
{
    unsetenv("RAMPLUS_API_KEY");
    unsetenv("OPENAI_API_KEY");
    if (environment) setenv("OPENAI_API_KEY", environment, 1);
    *err = (Error){0};
    return secret_find(file, key, err);
}

START_TEST(keys_come_from_the_environment_or_a_private_file)
{
    char *key;
    Error err;
    const char *file = scratch_text(&scratch, "key", "sk-file-key\nnot this\n");
    ck_assert_int_eq(find(NULL, NULL, &key, &err), 0);
    ck_assert_ptr_null(key);

    ck_assert_int_eq(chmod(file, 0640), 0);
    ck_assert_int_eq(find(NULL, file, &key, &err), -1);
    expect_error(&err, ERROR_USAGE, "mode 640");
    ck_assert_int_eq(chmod(file, 0600), 0);
    ck_assert_int_eq(find(NULL, file, &key, &err), 0);
    ck_assert_str_eq(key, "sk-file-key");
    secret_free(key);

    ck_assert_int_eq(find("sk-openai", file, &key, &err), 0);
    ck_assert_str_eq(key, "sk-openai");
    secret_free(key);
    setenv("RAMPLUS_API_KEY", "sk-ramplus", 1);
    ck_assert_int_eq(secret_find(file, &key, &err), 0);
    ck_assert_str_eq(key, "sk-ramplus");
    secret_free(key);
}
END_TEST

START_TEST(keys_that_would_break_the_header_are_refused_and_not_printed)
{
    char *key;
    Error err;
    ck_assert_int_eq(find("sk-bad\r\nX-Evil: 1", NULL, &key, &err), -1);
    expect_error(&err, ERROR_USAGE, "OPENAI_API_KEY: the key holds");
    ck_assert_ptr_null(strstr(err.text, "sk-bad"));
    ck_assert_ptr_null(key);
    const char *file = scratch_text(&scratch, "key", "\n");
    ck_assert_int_eq(chmod(file, 0600), 0);
    ck_assert_int_eq(find(NULL, file, &key, &err), -1);
    expect_error(&err, ERROR_USAGE, "no key in the first line");
    ck_assert_int_eq(find(NULL, "/nonexistent/key", &key, &err), -1);
    expect_error(&err, ERROR_USAGE, "cannot open");
}
END_TEST

#define CHOICE(content, finish)                                                                \
    "{\"choices\": [{\"message\": {\"content\": " content "}, \"finish_reason\": " finish "}]"

START_TEST(answers_are_read)
{
    static const char body[] =
        "{\"choices\": [{\"message\": {\"content\": \"A fox.\"}, \"finish_reason\": \"stop\"},"
        "{\"message\": {\"content\": \"A f\"}, \"finish_reason\": \"length\"},"
        "{\"message\": {\"content\": null, \"refusal\": \"No.\"}},"
        "{\"message\": {\"content\": \"x\"}, \"finish_reason\": \"content_filter\"},"
        "{\"message\": {}}],"
        "\"usage\": {\"prompt_tokens\": 12, \"completion_tokens\": 34}}";
    static const enum ChatFinish want[] = {CHAT_STOP, CHAT_LENGTH, CHAT_REFUSED, CHAT_REFUSED,
                                           CHAT_STOP};
    ChatAnswer a;
    Error err = {0};
    ck_assert_msg(chat_answer(body, strlen(body), &a, &err) == 0, "%s", err.text);
    ck_assert_int_eq(a.count, 5);
    ck_assert_str_eq(a.choice[0].text, "A fox.");
    ck_assert_str_eq(a.choice[4].text, "");
    for (int i = 0; i < 5; i++) ck_assert_int_eq((int)a.choice[i].finish, (int)want[i]);
    ck_assert_int_eq(a.tokens_in, 12);
    ck_assert_int_eq(a.tokens_out, 34);
    chat_answer_free(&a);
}
END_TEST

static const char *const malformed[] = {
    "",
    "{",
    "[]",
    "null",
    "{\"choices\": []}",
    "{\"choices\": {}}",
    "{\"choices\": [1]}",
    "{\"choices\": [{}]}",
    "{\"choices\": [{\"message\": []}]}",
    CHOICE("7", "\"stop\"") "}",
    CHOICE("[\"x\"]", "\"stop\"") "}",
    CHOICE("\"x\"", "3") "}",
    "{\"choices\": [{\"message\": {\"content\": \"x\", \"refusal\": true}}]}",
    CHOICE("\"\xff\xfe\"", "\"stop\"") "}",
    CHOICE("\"\\ud800\"", "\"stop\"") "}",
    CHOICE("\"half", "\"stop\""),
    "{\"choices\": [{\"message\": {\"content\": \"x\"}}]} trailing",
};

START_TEST(malformed_answers_are_errors)
{
    ChatAnswer a;
    Error err = {0};
    ck_assert_int_eq(chat_answer(malformed[_i], strlen(malformed[_i]), &a, &err), -1);
    expect_error(&err, ERROR_NETWORK, "malformed answer: ");
    ck_assert_ptr_null(a.choice);
}
END_TEST

START_TEST(invalid_token_counts_are_zero)
{
    static const char body[] = CHOICE(
        "\"x\"",
        "\"stop\"") ", \"usage\": {\"prompt_tokens\": -5, \"completion_tokens\": \"many\"}}";
    ChatAnswer a;
    Error err = {0};
    ck_assert_int_eq(chat_answer(body, strlen(body), &a, &err), 0);
    ck_assert_int_eq(a.tokens_in, 0);
    ck_assert_int_eq(a.tokens_out, 0);
    chat_answer_free(&a);
}
END_TEST

typedef struct Classified {
    long status;
    const char *body;
    int64_t n;
    bool newer_limit;
    enum ReplyKind kind;
    const char *words;
} Classified;

#define SAYS(text) "{\"error\": {\"message\": \"" text "\"}}"

static const Classified classified[] = {
    {200, CHOICE("\"x\"", "\"stop\"") "}", 1, false, REPLY_ANSWER, ""},
    {200, "<html>", 1, false, REPLY_RETRY, "malformed answer"},
    {0, "", 1, false, REPLY_RETRY, "reset"},
    {429, SAYS("slow down"), 1, false, REPLY_RETRY, "HTTP 429: slow down"},
    {429, "{\"error\": {\"message\": \"pay\", \"code\": \"insufficient_quota\"}}", 1, false,
     REPLY_STOP, "pay"},
    {500, "", 1, false, REPLY_RETRY, "HTTP 500: no message"},
    {502, "<html>\nbad", 1, false, REPLY_RETRY, "HTTP 502: <html> bad"},
    {503, "{\"error\": \"full\"}", 1, false, REPLY_RETRY, "full"},
    {504, "{}", 1, false, REPLY_RETRY, "HTTP 504: {}"},
    {401, SAYS("who?"), 10, false, REPLY_STOP, "HTTP 401: who?"},
    {403, "{\"detail\": \"no\"}", 10, false, REPLY_STOP, "HTTP 403: no"},
    {404, "{\"message\": \"no such model\"}", 10, false, REPLY_STOP, "no such model"},
    {302, "", 1, false, REPLY_STOP,
     "HTTP 302: a redirect, which is not followed, to http://x/"},
    {400, SAYS("'n' must be 1"), 10, false, REPLY_ONE_EACH, "must be 1"},
    {400, SAYS("n > 1 is not supported"), 10, false, REPLY_ONE_EACH, ""},
    {400, SAYS("Only one completion choice is allowed"), 10, false, REPLY_ONE_EACH, ""},
    {422, "{\"detail\": [{\"loc\": [\"body\", \"n\"]}]}", 10, false, REPLY_ONE_EACH, ""},
    {400, SAYS("'n' must be 1"), 1, false, REPLY_ITEM_REFUSED, "must be 1"},
    {400, SAYS("input not in range"), 10, false, REPLY_ITEM_REFUSED, "in range"},
    {400, SAYS("Unsupported parameter: 'max_tokens'"), 10, false, REPLY_NEWER_LIMIT, ""},
    {400, SAYS("Unsupported parameter: 'max_tokens'"), 10, true, REPLY_ITEM_REFUSED, ""},
    {400, SAYS("max_completion_tokens is too large"), 10, false, REPLY_ITEM_REFUSED, ""},
    {413, SAYS("too long"), 10, false, REPLY_ITEM_REFUSED, "HTTP 413: too long"},
};

START_TEST(replies_are_classified)
{
    const Classified *j = &classified[_i];
    HttpReply reply = {.status = j->status, .body = j->body, .len = strlen(j->body)};
    if (j->status == 302) reply.target = "http://x/";
    if (j->status == 0) snprintf(reply.why, sizeof reply.why, "connection reset");
    const ServerTraits traits = {.max_answers = 10, .newer_limit = j->newer_limit};
    ChatAnswer answer = {0};
    char words[400];
    const enum ReplyKind kind = reply_classify(&reply, j->n, &traits, NULL, &answer, words);
    ck_assert_msg(kind == j->kind, "%ld %s: %d, want %d", j->status, j->body, kind, j->kind);
    ck_assert_msg(strstr(words, j->words) != NULL, "'%s' lacks '%s'", words, j->words);
    chat_answer_free(&answer);
}
END_TEST

/* The key extends over the place where long reasons are truncated. */
START_TEST(a_truncated_key_is_masked_too)
{
    static const char key[] = "sk-0123456789abcdefghij";
    for (int before = 360; before < 400; before++) {
        char *body = mem_format("%*s%s", before, "", key);
        const HttpReply reply = {.status = 401, .body = body, .len = strlen(body)};
        const ServerTraits traits = {.max_answers = 10};
        ChatAnswer answer = {0};
        char words[400];
        ck_assert_int_eq(reply_classify(&reply, 10, &traits, key, &answer, words), REPLY_STOP);
        ck_assert_ptr_null(strstr(words, "sk-"));
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
        "{\"role\":\"user\",\"content\":\"what is it?\"}],\"n\":10,\"temperature\":0.99,"
        "\"max_tokens\":77,\"stop\":[\"\\n\"]}");
    mem_free(plain);
    const ChatSettings more = {
        .model = "m", .role = "tool", .temperature = 1, .max_tokens = 5, .extra = extra};
    char *other = chat_request(&more, "p", 1, true);
    ck_assert_str_eq(other,
                     "{\"model\":\"m\",\"messages\":[{\"role\":\"tool\",\"content\":\"p\"}],"
                     "\"n\":1,\"temperature\":0,\"max_completion_tokens\":5,\"seed\":7}");
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

Suite *test_describe_answer_suite(void);

Suite *test_describe_answer_suite(void)
{
    Suite *s = suite_create("describe_answer");
    TCase *c = tcase_create("describe_answer");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_set_timeout(c, 60);
    tcase_add_loop_test(c, texts_become_one_clean_line, 0, sizeof cleaned / sizeof *cleaned);
    tcase_add_test(c, a_nul_byte_is_removed_and_the_rest_stays);
    tcase_add_test(c, finish_reason_decides_the_kind);
    tcase_add_test(c, the_key_is_masked_everywhere);
    tcase_add_test(c, keys_come_from_the_environment_or_a_private_file);
    tcase_add_test(c, keys_that_would_break_the_header_are_refused_and_not_printed);
    tcase_add_test(c, answers_are_read);
    tcase_add_loop_test(c, malformed_answers_are_errors, 0,
                        sizeof malformed / sizeof *malformed);
    tcase_add_test(c, invalid_token_counts_are_zero);
    tcase_add_loop_test(c, replies_are_classified, 0, sizeof classified / sizeof *classified);
    tcase_add_test(c, a_truncated_key_is_masked_too);
    tcase_add_test(c, requests_contain_all_settings);
    tcase_add_loop_test(c, extra_fields_are_checked, 0, sizeof bad_extra / sizeof *bad_extra);
    suite_add_tcase(s, c);
    return s;
}
