/* SPDX-License-Identifier: Apache-2.0 */
/* Requests are sent from the queue; replies change the plan, the journal, the queue and the
 * breaker. */
#include "data/describe/session.h"

#include "core/array.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/strings/strings.h"
#include "core/strings/utf8.h"
#include "data/describe/resume.h"

#include <math.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    IN_PROGRESS_MAX = 4, /* items started and not done, per parallel request */
    UNCLEAR_TAGS = 5,    /* tags in a row without an answer: the key or the request is wrong */
    FILTERED_TAGS = 20,  /* the same if the refusals name a filter of contents */
    FAILURES_MIN = 10,   /* failed items in a row before a run ends for them */
    NO_CHAT_MAX = 5, /* successes without an answer before the first: the address is wrong */
    WARNINGS_MAX = 10,
    REASON_MAX = 200, /* bytes kept of a failure's reason */
};
static const double shutdown_grace = 5; /* seconds for requests in progress when a run ends */

void session_init(Session *s, const DescribeJob *job, DescribeTotals *totals, Error *err)
{
    const uint64_t seed = (uint64_t)time(NULL) << 20 ^ (uint64_t)getpid();
    *s = (Session){.job = job, .totals = totals, .err = err, .start = log_now()};
    s->rng = rng_new(seed, 0, 0, RNG_RETRY);
    s->plan = plan_new(&job->tags, (int64_t)job->prompts.count, job->opt->count,
                       job->opt->max_retries);
    s->request = mem_calloc((size_t)job->opt->parallel, sizeof *s->request);
    s->queue = queue_new(&s->plan, IN_PROGRESS_MAX * job->opt->parallel);
}

void session_free(Session *s)
{
    http_free(s->http);
    journal_close(s->journal);
    plan_free(&s->plan);
    strings_free(&s->reasons);
    mem_free(s->failed.list);
    mem_free(s->request);
    queue_free(&s->queue);
}

void session_end(Session *s)
{
    if (s->deadline == 0) s->deadline = log_now() + shutdown_grace;
}

bool session_finished(const Session *s)
{
    const bool idle = http_busy(s->http) == 0;
    if (s->deadline > 0) return idle || log_now() >= s->deadline;
    const int64_t max = s->job->opt->max_requests;
    const bool spent = max > 0 && s->totals->requests >= max;
    return idle && (spent || queue_empty(&s->queue));
}

double session_wait_time(const Session *s, double max)
{
    const double now = log_now();
    double wait = queue_wait_time(&s->queue, now, max);
    if (s->breaker.open && s->breaker.until > now) wait = fmin(wait, s->breaker.until - now);
    return fmax(wait, 0.001);
}

/* Ends the run with an error; requests in progress may still complete. */
static void give_up(Session *s, int code, const char *reason)
{
    error_set(s->err, code, "%s: %s", s->job->address.host, reason);
    session_end(s);
}

static const char *tag_of(const Session *s, int64_t item)
{
    return s->plan.tags->name[item / s->plan.prompts];
}

static int64_t prompt_number(const Session *s, int64_t item)
{
    return (item % s->plan.prompts) + 1;
}

/* ---- sending ---- */

static void send_request(Session *s, int64_t item)
{
    const int64_t n = plan_request_size(&s->plan, item, s->traits.max_answers);
    char *prompt = describe_prompt(s->job, item % s->plan.prompts, tag_of(s, item));
    char *body = chat_request(&s->job->chat, prompt, n, s->traits.newer_limit);
    const int64_t slot = http_post(s->http, body);
    s->request[slot] = (Request){item, n, s->traits, s->breaker.open};
    breaker_sent(&s->breaker);
    s->totals->requests++;
    mem_free(prompt);
    mem_free(body);
}

static bool may_send(const Session *s, double now)
{
    const int64_t max = s->job->opt->max_requests;
    if (s->deadline > 0 || http_busy(s->http) == s->job->opt->parallel) return false;
    if (max > 0 && s->totals->requests >= max) return false;
    return breaker_allows(&s->breaker, now);
}

void session_send(Session *s)
{
    const double now = log_now();
    while (may_send(s, now)) {
        const int64_t item = queue_take(&s->queue, http_busy(s->http), now);
        if (item < 0) return;
        send_request(s, item);
    }
}

/* ---- replies ---- */

static void add_failure(Session *s, int64_t item, bool lasting, const char *reason)
{
    s->plan.item[item].failed = true;
    s->failed.list =
        array_grow(s->failed.list, sizeof *s->failed.list, s->failed.count, &s->failed.room);
    const char *kept =
        strings_add(&s->reasons, reason, utf8_cut(reason, strlen(reason), REASON_MAX));
    s->failed.list[s->failed.count++] = (DescribeFailure){item, kept, lasting};
    if (s->warnings++ < WARNINGS_MAX)
        log_warn("%.80s: prompt %ld: given up: %s", tag_of(s, item), prompt_number(s, item),
                 reason);
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
    session_end(s);
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
    if (!answer->unknown[0] || s->warned) return;
    s->warned = true;
    log_warn("%s: finish_reason %s: not known to be a good end: such answers count as cut off",
             s->job->address.host, answer->unknown);
}

/* Learns from an answer how many the server returns per request. */
static void learn_count(Session *s, const Request *r, int64_t count)
{
    if (r->n > s->answered) s->answered = r->n;
    if (count > 0 && count < r->n)
        learn_traits(s, count, s->traits.newer_limit);
    else if (s->plan.item[r->item].most > 0) /* a request for more was refused */
        learn_traits(s, r->n, s->traits.newer_limit);
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
    if (s->answered == 0 && ++s->no_chat == NO_CHAT_MAX)
        give_up(s, ERROR_NETWORK, reason);
    else
        retry(s, r, reply, reason);
}

static void log_request(const Session *s, const Request *r, const HttpReply *reply,
                        const char *reason)
{
    if (!s->job->opt->verbose) return;
    log_info("%.80s: prompt %ld: %ld answer%s: HTTP %ld, %zu bytes, %.3f s%s%s",
             tag_of(s, r->item), prompt_number(s, r->item), r->n, strings_s(r->n),
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
