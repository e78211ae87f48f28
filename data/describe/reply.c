/* SPDX-License-Identifier: Apache-2.0 */
/* Status and body of a reply to what the run does next. */
#include "data/describe/reply.h"

#include "core/mem.h"
#include "core/text.h"
#include "core/utf8.h"
#include "data/describe/secret.h"

#include <stdio.h>
#include <string.h>

enum { WORDS = 400 };

static bool is_passing(long status)
{
    return status == 408 || status == 409 || status == 425 || status == 429 || status >= 500;
}

static bool is_final(long status, const char *code)
{
    if (status == 401 || status == 402 || status == 403 || status == 404) return true;
    if (status >= 300 && status < 400) return true;
    return status == 429 && strcmp(code, "insufficient_quota") == 0;
}

/* Servers that give one answer a request say so in many ways. */
static bool blames_n(const char *words, int64_t n)
{
    return n > 1 && (chat_blames(words, "n") || strstr(words, "choice"));
}

/* The cut comes after the mask: half a key is no less secret. */
static void put_words(const HttpReply *r, const char *said, const char *key,
                      char words[static WORDS])
{
    char *whole = mem_format("HTTP %ld: %s%s%s", r->status,
                             r->target ? "a redirect, which is not followed, to " : "",
                             r->target ? r->target : said,
                             r->status == 404 ? " (is the address right, and the model?)" : "");
    secret_mask(whole, key);
    snprintf(words, WORDS, "%.*s", (int)utf8_cut(whole, strlen(whole), WORDS - 1), whole);
    mem_free(whole);
}

static enum ReplyKind judge_refusal(const HttpReply *r, int64_t n, const ServerTraits *traits,
                                    const char *said, const char *code)
{
    if (is_final(r->status, code)) return REPLY_STOP;
    if (is_passing(r->status)) return REPLY_AGAIN;
    if (!traits->newer_limit && chat_blames(said, "max_tokens")) return REPLY_NEWER_LIMIT;
    if (blames_n(said, n)) return REPLY_ONE_EACH;
    return REPLY_ITEM_REFUSED;
}

static enum ReplyKind take_refusal(const HttpReply *r, int64_t n, const ServerTraits *traits,
                                   const char *key, char words[static WORDS])
{
    char code[64];
    char *said = chat_words(r->body, r->len, code);
    const enum ReplyKind kind = judge_refusal(r, n, traits, said, code);
    put_words(r, said, key, words);
    mem_free(said);
    return kind;
}

enum ReplyKind reply_judge(const HttpReply *r, int64_t n, const ServerTraits *traits,
                           const char *key, ChatAnswer *answer, char words[static WORDS])
{
    Error err = {0};
    words[0] = 0;
    if (r->status == 0) {
        snprintf(words, WORDS, "%s", r->why);
        return r->hopeless ? REPLY_STOP : REPLY_AGAIN;
    }
    if (r->status != 200) return take_refusal(r, n, traits, key, words);
    if (chat_answer(r->body, r->len, answer, &err) == 0) return REPLY_ANSWER;
    secret_mask(err.text, key);
    snprintf(words, WORDS, "%.*s", (int)utf8_cut(err.text, strlen(err.text), 300), err.text);
    return REPLY_AGAIN;
}
