/* SPDX-License-Identifier: Apache-2.0 */
/* Maps the status and the body of a reply to the next action of the run. */
#include "data/describe/reply.h"

#include "core/io/text.h"
#include "core/mem.h"
#include "core/strings/utf8.h"
#include "data/describe/secret.h"

#include <stdio.h>
#include <string.h>

enum { REASON = 400 }; /* bytes, as in reply.h */

static bool is_transient(long status)
{
    return status == 408 || status == 409 || status == 425 || status == 429 || status >= 500;
}

static bool is_final(long status, const char *code)
{
    if (status == 401 || status == 402 || status == 403 || status == 404) return true;
    if (status >= 300 && status < 400) return true;
    return status == 429 && strcmp(code, "insufficient_quota") == 0;
}

/* Servers that return one answer per request word their refusal of n > 1 in many ways. */
static bool refuses_n(const char *message, int64_t n)
{
    return n > 1 && (chat_names_field(message, "n") || strstr(message, "choice"));
}

/* The key is masked before the text is shortened: part of a key is secret too. */
static void put_reason(const HttpReply *r, const char *message, const char *key,
                       char reason[static REASON])
{
    char *text = mem_format("HTTP %ld: %s%s%s", r->status,
                            r->target ? "a redirect, which is not followed, to " : "",
                            r->target ? r->target : message,
                            r->status == 404 ? " (check the address and the model name)" : "");
    secret_mask(text, key);
    snprintf(reason, REASON, "%.*s", (int)utf8_cut(text, strlen(text), REASON - 1), text);
    mem_free(text);
}

static enum ReplyKind classify_refusal(const HttpReply *r, int64_t n,
                                       const ServerTraits *traits, const char *message,
                                       const char *code)
{
    if (is_final(r->status, code)) return REPLY_STOP;
    if (is_transient(r->status)) return REPLY_RETRY;
    if (!traits->newer_limit && chat_names_field(message, "max_tokens"))
        return REPLY_NEWER_LIMIT;
    if (refuses_n(message, n)) return REPLY_ONE_EACH;
    return REPLY_ITEM_REFUSED;
}

static enum ReplyKind take_refusal(const HttpReply *r, int64_t n, const ServerTraits *traits,
                                   const char *key, char reason[static REASON])
{
    char code[64];
    char *message = chat_error_message(r->body, r->len, code);
    const enum ReplyKind kind = classify_refusal(r, n, traits, message, code);
    put_reason(r, message, key, reason);
    mem_free(message);
    return kind;
}

enum ReplyKind reply_classify(const HttpReply *r, int64_t n, const ServerTraits *traits,
                              const char *key, ChatAnswer *answer, char reason[static REASON])
{
    Error err = {0};
    reason[0] = 0;
    if (r->status == 0) {
        snprintf(reason, REASON, "%s", r->why);
        return r->permanent ? REPLY_STOP : REPLY_RETRY;
    }
    if (r->status != 200) return take_refusal(r, n, traits, key, reason);
    if (chat_answer(r->body, r->len, answer, &err) == 0) return REPLY_ANSWER;
    secret_mask(err.text, key);
    snprintf(reason, REASON, "%.*s", (int)utf8_cut(err.text, strlen(err.text), 300), err.text);
    return REPLY_RETRY;
}
