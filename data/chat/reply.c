/* SPDX-License-Identifier: Apache-2.0 */
/* Maps the status and the body of a reply to the next action of the run. */
#include "data/chat/reply.h"

#include "core/io/text.h"
#include "core/mem.h"
#include "core/strings/utf8.h"

#include <stdio.h>
#include <string.h>

static bool is_transient(long status)
{
    return status == 408 || status == 409 || status == 425 || status == 429 || status >= 500;
}

static bool blames_account(long status, const char *code)
{
    if (status == 429) return strcmp(code, "insufficient_quota") == 0;
    return status == 401 || status == 402 || status == 407;
}

static bool blames_address(long status)
{
    return (status >= 300 && status < 400) || status == 404 || status == 405;
}

/* What to do about a failure, in words after its reason. */
static const char *advice(long status, enum ReplyKind kind)
{
    if (kind != REPLY_STOP && kind != REPLY_NO_CHAT) return "";
    if (status == 401)
        return " (check the key; some servers expect it in another header: --key-header)";
    if (status == 404)
        return " (check the address, which often ends in /v1, and the model name)";
    if (status == 405 || status == 0) return " (check the address, which often ends in /v1)";
    return "";
}

/* Fills the reason; status -1: without advice. The key is masked before the text is shortened:
 * part of a key is secret too. */
static void explain(Verdict *v, const Secrets *secrets, const char *what, const char *message,
                    long status)
{
    char *text = mem_format("%s%s", what, message);
    const char *hint = advice(status, v->kind);
    const size_t room = sizeof v->reason - strlen(hint) - 1;
    secrets_mask(text, secrets);
    snprintf(v->reason, sizeof v->reason, "%.*s%s", (int)utf8_cut(text, strlen(text), room),
             text, hint);
    mem_free(text);
}

static Verdict judge_refusal(long status, const ChatError *error, int64_t n,
                             const ServerTraits *traits)
{
    const bool about_input = status == 400 || status == 422;
    const int64_t fewer = chat_fewer(error->message, n);
    if (blames_account(status, error->code)) return (Verdict){.kind = REPLY_STOP};
    if (is_transient(status)) return (Verdict){.kind = REPLY_RETRY};
    if (error->filtered) return (Verdict){.kind = REPLY_FILTERED};
    if (blames_address(status)) return (Verdict){.kind = REPLY_STOP};
    if (!traits->newer_limit && chat_names_field(error->message, "max_tokens"))
        return (Verdict){.kind = REPLY_NEWER_LIMIT};
    if (fewer > 0) return (Verdict){.kind = REPLY_FEWER, .most = fewer};
    return (Verdict){.kind = REPLY_UNCLEAR, .most = about_input ? n / 2 : 0};
}

/* What is wrong with a success that holds neither an answer nor a status. */
static Verdict judge_success(const HttpReply *r, const ChatError *error, const char *malformed,
                             const Secrets *secrets)
{
    Verdict v = {.kind = REPLY_NO_CHAT};
    const char *start = r->body + strspn(r->body, " \t\r\n");
    if (error->found && !chat_names_address(error->message)) v.kind = REPLY_RETRY;
    if (error->found)
        explain(&v, secrets, "error instead of an answer: ", error->message, 0);
    else if (*start == '<')
        explain(&v, secrets, "a web page instead of an answer: ", error->message, 0);
    else if (strncmp(start, "data:", 5) == 0)
        explain(&v, secrets, "a stream of events instead of one answer", "", -1);
    else
        explain(&v, secrets, "", malformed, strstr(start, "\"choices\"") ? -1 : 0);
    return v;
}

/* Judges a reply without an answer. `malformed`: why a success is none; "" for other replies.
 * An error with a status in a success, as gateways send it, is judged like that status. */
static Verdict judge_failure(const HttpReply *r, int64_t n, const ServerTraits *traits,
                             const Secrets *secrets, const char *malformed)
{
    ChatError error = chat_error(r->body, r->len);
    const long status = *malformed ? error.status : r->status;
    char what[64];
    Verdict v;
    if (status) {
        v = judge_refusal(status, &error, n, traits);
        snprintf(what, sizeof what, "HTTP %ld: %s", status,
                 r->target ? "a redirect, which is not followed, to " : "");
        explain(&v, secrets, what, r->target ? r->target : error.message, status);
    } else {
        v = judge_success(r, &error, malformed, secrets);
    }
    mem_free(error.message);
    return v;
}

Verdict reply_judge(const HttpReply *r, int64_t n, const ServerTraits *traits,
                    const Secrets *secrets, ChatAnswer *answer)
{
    Error err = {0};
    if (r->status == 0) {
        Verdict v = {.kind = r->permanent ? REPLY_STOP : REPLY_RETRY};
        explain(&v, secrets, "", r->why, -1);
        return v;
    }
    if (r->status < 200 || r->status > 299) return judge_failure(r, n, traits, secrets, "");
    if (chat_answer(r->body, r->len, answer, &err) == 0) return (Verdict){.kind = REPLY_ANSWER};
    return judge_failure(r, n, traits, secrets, err.text);
}
