/* SPDX-License-Identifier: Apache-2.0 */
/* What a reply changes: the plan, the journal, the queue, the breaker, and whether the run goes
 * on. */
#include "core/array.h"
#include "core/log.h"
#include "core/strings/utf8.h"
#include "data/describe/resume.h"
#include "data/describe/session.h"

#include <string.h>

enum {
    UNCLEAR_TAGS = 5,   /* tags in a row without an answer: the key or the request is wrong */
    FILTERED_TAGS = 20, /* the same if the refusals name a filter of contents */
    FAILURES_MIN = 10,  /* failed items in a row before a run ends for them */
    NO_CHAT_MIN = 5,    /* successes without an answer before the first: the address is wrong */
    WARNINGS_MAX = 10,
    REASON_MAX = 200, /* bytes kept of a failure's reason */
};

/* Ends the run with an error; requests in progress may still complete. */
static void give_up(Session *s, int code, const char *reason)
{
    error_set(s->err, code, "%s: %s", s->job->address.host, reason);
    session_end(s, SESSION_GRACE);
}

static int64_t prompt_number(const Session *s, int64_t item)
{
    return (item % s->plan.prompts) + 1;
}

static void add_failure(Session *s, int64_t item, bool lasting, const char *reason)
{
    s->plan.item[item].failed = true;
    s->failed.list =
        array_grow(s->failed.list, sizeof *s->failed.list, s->failed.count, &s->failed.room);
    const char *kept =
        strings_add(&s->reasons, reason, utf8_cut(reason, strlen(reason), REASON_MAX));
    s->failed.list[s->failed.count++] = (DescribeFailure){item, kept, lasting};
    if (s->warnings++ < WARNINGS_MAX)
        log_warn("%.80s: prompt %ld: given up: %s", plan_tag(&s->plan, item),
                 prompt_number(s, item), reason);
}

/* Lets an item fail for good. More such items in a row than were answered before end the run,
 * because then not the items are at fault; `tags`: at least so many tags. */
static void fail(Session *s, int64_t item, int64_t tags, const char *reason)
{
    add_failure(s, item, true, reason);
    s->failures++;
    if (s->failures < FAILURES_MIN || s->failures < tags * s->plan.prompts ||
        s->failures < s->plan.kept / s->plan.count)
        return;
    error_set(s->err, ERROR_NETWORK, "%s: %ld prompts in a row without an answer: %s",
              s->job->address.host, s->failures, reason);
    session_end(s, SESSION_GRACE);
}

static void append(Session *s, const Text *line, int64_t *offset)
{
    Error err = {0};
    if (journal_append(s->journal, line, offset, &err) == 0) return;
    error_move(s->err, &err);
    s->deadline = log_now(); /* further answers could not be kept */
}

/* Adapts later requests to the limits of the server, and records the limits in the journal. */
static void learn_traits(Session *s, int64_t max_answers, bool newer_limit)
{
    Text line = {0};
    int64_t offset;
    if (max_answers >= s->traits.max_answers && newer_limit == s->traits.newer_limit) return;
    if (max_answers < s->traits.max_answers) {
        s->traits.max_answers = max_answers;
        log_info("%s returns %ld answer%s per request", s->job->address.host, max_answers,
                 strings_s(max_answers));
    }
    s->traits.newer_limit = newer_limit;
    describe_traits_line(s->job, &s->traits, &line);
    append(s, &line, &offset);
    text_free(&line);
}

/* Warns once of a finish_reason that is neither known to be good nor the token limit. */
static void warn_of_finish(Session *s, const ChatAnswer *answer)
{
    if (!answer->unknown || s->warned) return;
    s->warned = true;
    secrets_mask(answer->unknown, &s->job->secrets);
    log_warn("%s: finish_reason %.31s: not known to be a good end: such answers count as cut "
             "off",
             s->job->address.host, answer->unknown);
}

/* Learns from an answer how many the server returns per request. */
static void learn_count(Session *s, const Request *r, int64_t count)
{
    const int64_t most = s->plan.item[r->item].most; /* a request for more was refused */
    if (r->n > s->answered) s->answered = r->n;
    if (count > 0 && count < r->n)
        learn_traits(s, count, s->traits.newer_limit);
    else if (most > 0)
        learn_traits(s, most, s->traits.newer_limit);
}

static void record_answer(Session *s, const Request *r, const ChatAnswer *answer)
{
    Text line = {0};
    int64_t offset = -1;
    const int64_t kept = s->plan.kept;
    plan_take(&s->plan, r->item, r->n, answer, &s->job->secrets, &line);
    append(s, &line, &offset);
    text_free(&line);
    if (offset >= 0) plan_recorded(&s->plan, r->item, offset);
    if (s->plan.kept > kept) s->failures = 0;
}

static void take_answer(Session *s, const Request *r, const ChatAnswer *answer)
{
    static const char *const reason[] = {
        [ANSWER_TRUNCATED] = "too few whole answers",
        [ANSWER_EMPTY] = "empty answers only",
        [ANSWER_THOUGHTS] = "only thoughts and no answer: raise --max-tokens, or turn the "
                            "model's reasoning off",
        [ANSWER_LONG] = "answers of many times --max-tokens",
        [ANSWER_REFUSED] = "refused by the model or a content filter"};
    const PlanItem *it = &s->plan.item[r->item];
    record_answer(s, r, answer);
    learn_count(s, r, answer->count);
    warn_of_finish(s, answer);
    if (plan_needs(&s->plan, r->item))
        queue_put(&s->queue, r->item, 0);
    else if (it->failed)
        fail(s, r->item, UNCLEAR_TAGS, reason[it->lack]);
}

/* Counts a transient failure; the item goes back into the queue, or fails after too many of
 * them. */
static void retry(Session *s, const Request *r, const HttpReply *reply, const char *reason)
{
    const RetryPolicy *policy = &s->job->retry;
    PlanItem *it = &s->plan.item[r->item];
    const double now = log_now();
    if (reply->status) s->breaker.alive = true;
    const bool opened = breaker_failed(&s->breaker, policy, r->probe, now);
    if (opened && s->breaker.openings == 1)
        log_warn("%s: pausing after %ld failures in a row: %s", s->job->address.host,
                 s->breaker.failures, reason);
    if (breaker_given_up(&s->breaker)) {
        give_up(s, ERROR_NETWORK, reason);
    } else if (!r->probe && ++it->failures >= policy->tries) {
        add_failure(s, r->item, false, reason);
        return;
    }
    s->totals->retries++;
    s->plan.tag[r->item / s->plan.prompts].retries++;
    const int64_t failures = it->failures > 0 ? it->failures : 1;
    queue_put(&s->queue, r->item,
              now + retry_delay(policy, failures, reply->retry_after, &s->rng));
}

/* Lets an item fail, unless fewer answers per request may help. */
static void refuse(Session *s, const Request *r, const Verdict *v)
{
    if (v->most > 0 && r->n > s->answered) {
        s->plan.item[r->item].most = (int32_t)v->most;
        queue_put(&s->queue, r->item, 0);
    } else {
        fail(s, r->item, v->kind == REPLY_FILTERED ? FILTERED_TAGS : UNCLEAR_TAGS, v->reason);
    }
}

/* A success without an answer is transient unless nothing else arrives. */
static void take_no_chat(Session *s, const Request *r, const HttpReply *reply,
                         const char *reason)
{
    const int64_t two_tags = 2 * s->plan.prompts;
    const int64_t max = two_tags > NO_CHAT_MIN ? two_tags : NO_CHAT_MIN;
    if (s->answered == 0 && ++s->no_chat == max)
        give_up(s, ERROR_NETWORK, reason);
    else
        retry(s, r, reply, reason);
}

static void log_request(const Session *s, const Request *r, const HttpReply *reply,
                        const char *reason)
{
    if (!s->job->opt->verbose) return;
    log_info("%.80s: prompt %ld: %ld answer%s: HTTP %ld, %zu bytes, %.3f s%s%s",
             plan_tag(&s->plan, r->item), prompt_number(s, r->item), r->n, strings_s(r->n),
             reply->status, reply->len, reply->seconds, *reason ? ": " : "", reason);
}

/* Changes the run as the verdict on a reply says. */
static void act(Session *s, const Request *r, const HttpReply *reply, const Verdict *v,
                const ChatAnswer *answer)
{
    switch (v->kind) {
    case REPLY_ANSWER:
        take_answer(s, r, answer);
        break;
    case REPLY_RETRY:
        retry(s, r, reply, v->reason);
        break;
    case REPLY_NO_CHAT:
        take_no_chat(s, r, reply, v->reason);
        break;
    case REPLY_FEWER:
        learn_traits(s, v->most, s->traits.newer_limit);
        queue_put(&s->queue, r->item, 0);
        break;
    case REPLY_NEWER_LIMIT:
        learn_traits(s, s->traits.max_answers, true);
        queue_put(&s->queue, r->item, 0);
        break;
    case REPLY_FILTERED:
    case REPLY_UNCLEAR:
        refuse(s, r, v);
        break;
    case REPLY_STOP:
        give_up(s, ERROR_NETWORK, v->reason);
        break;
    }
}

void session_take(Session *s, const HttpReply *reply)
{
    const Request r = s->request[reply->slot];
    ChatAnswer answer = {0};
    const Verdict v = reply_judge(reply, r.n, &r.traits, &s->job->secrets, &answer);
    log_request(s, &r, reply, v.reason);
    if (v.kind != REPLY_RETRY && v.kind != REPLY_NO_CHAT) breaker_succeeded(&s->breaker);
    act(s, &r, reply, &v, &answer);
    chat_answer_free(&answer);
}
