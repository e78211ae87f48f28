/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes replies of chat servers: a line `STATUS ANSWERS`, then the body. Neither reason nor
 * answer holds the key or a control character.
 *
 * Parsers: data/chat/reply.c data/chat/chat_answer.c data/chat/chat_error.c data/chat/answer.c
 * data/chat/thoughts.c */
#include "core/mem.h"
#include "core/printable.h"
#include "core/strings/utf8.h"
#include "data/chat/answer.h"
#include "data/chat/reply.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static char key_line[] = "Authorization: Bearer sk-abc123", *lines[] = {key_line};
static const Secrets secrets = {lines, 1, true};

static void check_line(const char *text)
{
    CHECK(!strstr(text, "sk-abc123"), "the key in '%s'", text);
    for (const char *p = text; *p; p++) CHECK((unsigned char)*p >= ' ', "'%s'", text);
}

static void take_choice(const ChatChoice *choice)
{
    char *text;
    const enum AnswerKind kind = answer_take(choice, &secrets, answer_max_bytes(77), &text);
    CHECK(kind != ANSWER_GOOD || *text, "a good answer is empty");
    CHECK(utf8_valid(text) && !printable_find_fault(text), "'%s'", text);
    check_line(text);
    mem_free(text);
}

static void judge(const HttpReply *reply, int64_t n, bool newer_limit)
{
    ChatAnswer answer = {0};
    const ServerTraits traits = {n, newer_limit};
    const Verdict v = reply_judge(reply, n, &traits, &secrets, &answer);
    CHECK(v.most >= 0 && v.most <= n, "%ld answers of %ld", v.most, n);
    CHECK(v.kind == REPLY_ANSWER || *v.reason, "kind %d without a reason", (int)v.kind);
    check_line(v.reason);
    if (v.kind != REPLY_ANSWER) return;
    for (int64_t i = 0; i < answer.count; i++) take_choice(&answer.choice[i]);
    chat_answer_free(&answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
    const size_t head = end ? (size_t)(end - data) + 1 : size;
    char *line = fuzz_text((FuzzPart){data, head}), *after;
    char *body = fuzz_text((FuzzPart){data + head, size - head});
    const long status = strtol(line, &after, 10) % 1000, n = strtol(after, &after, 10) % 100;
    const HttpReply reply = {.status = status,
                             .body = body,
                             .len = size - head,
                             .target = *after == '>' ? "https://example.org/" : NULL,
                             .permanent = n == 2,
                             .why = "no reply"};
    if (status >= 0) judge(&reply, n > 0 ? n : 1, *after == '+');
    mem_free(body);
    mem_free(line);
    return 0;
}
