/* SPDX-License-Identifier: Apache-2.0 */
/* One loop, one thread: send what may be sent, wait a little, take what came, sync, look for signals. */
#include "data/describe/describe.h"

#include "core/array.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/stop.h"
#include "core/utf8.h"
#include "data/describe/queue.h"
#include "data/describe/reply.h"
#include "data/describe/resume.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    BEGUN_MAX = 4,     /* items begun and not done, for each request at a time */
    REFUSALS_MAX = 10, /* refused items without one answer: the request itself must be wrong */
    WARNINGS_MAX = 10,
};
static const double turn = 0.2; /* seconds between two looks at signals and the clock */
static const double grace = 5; /* seconds that answers under way may take at the end of a run */
static const double sync_every = 0.8; /* seconds */

/* A request under way. */
typedef struct Flight {
    int64_t item, n;
    ServerTraits traits;
    bool probe;
} Flight;

typedef struct Run {
    const DescribeJob *job;
    Plan plan;
    Journal *journal;
    Http *http;
    ServerTraits traits;
    Breaker breaker;
    Rng rng;
    Flight *flight; /* [parallel] */
    Queue queue;
    DescribeFailures failed;
    int64_t refused, answered, warnings;
    StringPool words; /* of the failures */
    DescribeTotals *totals;
    double started, ending; /* ending: no more requests, the time for the rest; 0: not yet */
    Error *err;             /* why it ends early */
} Run;

static void end(Run *r)
{
    if (r->ending == 0) r->ending = log_now() + grace;
}

/* Ends the run with an error; answers under way may still come. */
static void give_up(Run *r, int code, const char *words)
{
    error_set(r->err, code, "%s: %s", r->job->address.host, words);
    end(r);
}

static const char *tag_of(const Run *r, int64_t item)
{
    return r->plan.tags->name[item / r->plan.prompts];
}

static void send(Run *r, int64_t item)
{
    const int64_t n = plan_ask(&r->plan, item, r->traits.most);
    char *prompt = describe_prompt(r->job, item % r->plan.prompts, tag_of(r, item));
    char *body = chat_request(&r->job->chat, prompt, n, r->traits.newer_limit);
    const int64_t slot = http_post(r->http, body);
    r->flight[slot] = (Flight){item, n, r->traits, r->breaker.open};
    breaker_sent(&r->breaker);
    r->totals->requests++;
    mem_free(prompt);
    mem_free(body);
}

static bool may_ask(Run *r, double now)
{
    const int64_t most = r->job->max_requests;
    if (r->ending > 0 || http_busy(r->http) == r->job->parallel) return false;
    if (most > 0 && r->totals->requests >= most) return false;
    return breaker_allows(&r->breaker, now);
}

static void launch(Run *r)
{
    const double now = log_now();
    while (may_ask(r, now)) {
        const int64_t item = queue_take(&r->queue, http_busy(r->http), now);
        if (item < 0) return;
        send(r, item);
    }
}

static void add_failure(Run *r, int64_t item, const char *why)
{
    r->plan.item[item].failed = true;
    r->failed.list =
        array_grow(r->failed.list, sizeof *r->failed.list, r->failed.count, &r->failed.room);
    const char *kept = strings_add(&r->words, why, utf8_cut(why, strlen(why), 200));
    r->failed.list[r->failed.count++] = (DescribeFailure){item, kept};
    if (r->warnings++ < WARNINGS_MAX)
        log_warn("%.80s: prompt %lld: given up: %s", tag_of(r, item),
                 (long long)(item % r->plan.prompts) + 1, why);
}

static void append(Run *r, const Text *line, int64_t *offset)
{
    Error err = {0};
    if (journal_append(r->journal, line, offset, &err) == 0) return;
    error_move(r->err, &err);
    end(r);
    r->ending = log_now(); /* what still comes could not be kept */
}

static void take_answer(Run *r, const Flight *f, const ChatAnswer *answer)
{
    Text line = {0};
    int64_t offset = -1;
    plan_take(&r->plan, f->item, f->n, answer, r->job->key, &line);
    append(r, &line, &offset);
    text_free(&line);
    if (offset >= 0) plan_recorded(&r->plan, f->item, offset);
    r->answered++;
    if (plan_needs(&r->plan, f->item))
        queue_put(&r->queue, f->item, 0);
    else if (r->plan.item[f->item].failed)
        add_failure(r, f->item, "empty or refused answers only");
}

/* A server that gives fewer answers than asked for is asked for no more than that from now on. */
static void learn(Run *r, int64_t most, bool newer_limit)
{
    Text line = {0};
    int64_t offset;
    if (most >= r->traits.most && newer_limit == r->traits.newer_limit) return;
    if (most < r->traits.most) {
        r->traits.most = most;
        log_info("%s gives %lld answer%s to a request", r->job->address.host, (long long)most,
                 most == 1 ? "" : "s");
    }
    r->traits.newer_limit = newer_limit;
    describe_traits_line(r->job, &r->traits, &line);
    append(r, &line, &offset);
    text_free(&line);
}

static void retry(Run *r, const Flight *f, const HttpReply *reply, const char *words)
{
    const RetryPolicy *policy = &r->job->retry;
    PlanItem *it = &r->plan.item[f->item];
    const double now = log_now();
    if (reply->status) r->breaker.alive = true;
    const bool opened = breaker_failed(&r->breaker, policy, f->probe, now);
    if (opened && r->breaker.openings == 1)
        log_warn("%s: %d failures in a row, a pause: %s", r->job->address.host,
                 BREAKER_FAILURES, words);
    if (breaker_given_up(&r->breaker)) {
        give_up(r, ERROR_NETWORK, words);
    } else if (!f->probe && ++it->failures >= policy->tries) {
        add_failure(r, f->item, words);
        return;
    }
    r->totals->retries++;
    r->plan.tag[f->item / r->plan.prompts].retries++;
    const int64_t failures = it->failures > 0 ? it->failures : 1;
    queue_put(&r->queue, f->item,
              now + retry_delay(policy, failures, reply->retry_after, &r->rng));
}

static void refuse(Run *r, const Flight *f, const char *words)
{
    add_failure(r, f->item, words);
    if (++r->refused >= REFUSALS_MAX && r->answered == 0) give_up(r, ERROR_NETWORK, words);
}

static void tell(const Run *r, const Flight *f, const HttpReply *reply, const char *words)
{
    if (!r->job->verbose) return;
    log_info("%.80s: prompt %lld: %lld answer%s: HTTP %ld, %zu bytes, %.3f s%s%s",
             tag_of(r, f->item), (long long)(f->item % r->plan.prompts) + 1, (long long)f->n,
             f->n == 1 ? "" : "s", reply->status, reply->len, reply->seconds,
             *words ? ": " : "", words);
}

static void take(Run *r, const HttpReply *reply)
{
    const Flight f = r->flight[reply->slot];
    ChatAnswer answer = {0};
    char words[400];
    const enum ReplyKind kind = reply_judge(reply, f.n, &f.traits, r->job->key, &answer, words);
    tell(r, &f, reply, words);
    if (kind != REPLY_AGAIN) breaker_worked(&r->breaker);
    switch (kind) {
    case REPLY_ANSWER:
        take_answer(r, &f, &answer);
        if (answer.count < f.n) learn(r, answer.count, r->traits.newer_limit);
        chat_answer_free(&answer);
        break;
    case REPLY_AGAIN:
        retry(r, &f, reply, words);
        break;
    case REPLY_ONE_EACH:
        learn(r, 1, r->traits.newer_limit);
        queue_put(&r->queue, f.item, 0);
        break;
    case REPLY_NEWER_LIMIT:
        learn(r, r->traits.most, true);
        queue_put(&r->queue, f.item, 0);
        break;
    case REPLY_ITEM_REFUSED:
        refuse(r, &f, words);
        break;
    case REPLY_STOP:
        give_up(r, ERROR_NETWORK, words);
        break;
    }
}

/* How long to wait: until the next item's time or the end of a pause, at most one turn. */
static double patience(const Run *r)
{
    const double now = log_now();
    double wait = queue_pause(&r->queue, now, turn);
    if (r->breaker.open && r->breaker.until > now) wait = fmin(wait, r->breaker.until - now);
    return fmax(wait, 0.001);
}

static void show(const Run *r, Progress *progress, int64_t before)
{
    char extra[120];
    const double passed = fmax(log_now() - r->started, 1e-3);
    snprintf(extra, sizeof extra, "(%.1f requests/s, %lld retries, %lld + %lld tokens)",
             (double)r->totals->requests / passed, (long long)r->totals->retries,
             (long long)r->plan.tokens_in, (long long)r->plan.tokens_out);
    progress_step(progress, r->plan.kept - before, extra);
}

static bool finished(const Run *r)
{
    const bool idle = http_busy(r->http) == 0;
    if (r->ending > 0) return idle || log_now() >= r->ending;
    const int64_t most = r->job->max_requests;
    const bool spent = most > 0 && r->totals->requests >= most;
    return idle && (spent || queue_empty(&r->queue));
}

static void look_around(Run *r)
{
    Error err = {0};
    const int number = r->ending > 0 ? 0 : stop_requested();
    if (number > 0) {
        error_set(
            r->err, ERROR_STOPPED,
            "signal %d: stopped, all answers are kept; the same command goes on from there",
            number);
        end(r);
    }
    if (journal_sync(r->journal, r->ending > 0 ? 0 : sync_every, &err) == 0) return;
    error_move(r->err, &err);
    end(r);
}

static void loop(Run *r)
{
    const int64_t before = r->plan.kept;
    Progress progress = progress_start("describing", plan_wanted(&r->plan) - before);
    HttpReply reply;
    for (launch(r); !finished(r); launch(r)) {
        if (http_wait(r->http, patience(r), &reply)) take(r, &reply);
        look_around(r);
        show(r, &progress, before);
    }
    progress_end(&progress, r->plan.kept - before);
}

static void announce(const DescribeJob *job, const Plan *plan, const Resumed *from)
{
    if (from->unused > 0 && from->changed.len > 0)
        log_info("%s: a new section: changed since the last one: %.200s; %lld answers to other "
                 "settings are not used",
                 job->journal, from->changed.data, (long long)from->unused);
    if (from->misplaced > 0)
        log_info("%s: %lld answers not used: of other tags or out of order", job->journal,
                 (long long)from->misplaced);
    log_info("%lld tags, %lld answers wanted, %lld here already", (long long)plan->distinct,
             (long long)plan_wanted(plan), (long long)plan->kept);
}

static int begin(Run *r, Error *err)
{
    const DescribeJob *job = r->job;
    Resumed from = {0};
    Text line = {0};
    int64_t offset;
    int status = journal_open(job->journal, false, &r->journal, err);
    if (status == 0) status = describe_resume(job, r->journal, &r->plan, &from, err);
    if (status == 0) {
        announce(job, &r->plan, &from);
        r->traits = from.traits;
    }
    if (status == 0 && !from.current) {
        describe_section_line(job, &line);
        status = journal_append(r->journal, &line, &offset, err);
    }
    const HttpSetup setup = {&job->address, job->key,     job->ca_file, job->parallel,
                             job->connect,  job->silence, job->total,   (size_t)job->max_bytes};
    if (status == 0) status = http_new(&setup, &r->http, err);
    text_free(&line);
    text_free(&from.changed);
    return status;
}

static void sum_up(const Run *r)
{
    DescribeTotals *t = r->totals;
    t->tags = r->plan.distinct;
    t->complete = plan_complete(&r->plan);
    t->answers = r->plan.kept;
    t->failed = r->failed.count;
    t->tokens_in = r->plan.tokens_in;
    t->tokens_out = r->plan.tokens_out;
    t->seconds = log_now() - r->started;
    for (int64_t k = 0; k < r->plan.tags->count; k++) {
        t->again += r->plan.tag[k].again;
        t->empty += r->plan.tag[k].empty;
        t->refused += r->plan.tag[k].refused;
    }
}

/* Why there is no result though nothing went wrong with the run as such. */
static void explain(const Run *r)
{
    if (r->totals->complete == r->totals->tags) return;
    const long long missing = (long long)(plan_wanted(&r->plan) - r->plan.kept);
    if (r->failed.count > 0)
        error_set(
            r->err, ERROR_NETWORK,
            "%s: not written: %lld answers are missing, %lld prompts failed (%s); the same "
            "command asks for these again",
            r->job->out, missing, (long long)r->failed.count, r->failed.list[0].why);
    error_set(
        r->err, ERROR_STOPPED,
        "%s: not written: --max-requests %lld reached, %lld answers are missing; the same "
        "command goes on from there",
        r->job->out, (long long)r->job->max_requests, missing);
}

static void run_free(Run *r)
{
    http_free(r->http);
    journal_close(r->journal);
    plan_free(&r->plan);
    strings_free(&r->words);
    mem_free(r->failed.list);
    mem_free(r->flight);
    queue_free(&r->queue);
}

int describe_run(const DescribeJob *job, DescribeTotals *out, Error *err)
{
    *out = (DescribeTotals){0};
    const uint64_t seed = (uint64_t)time(NULL) << 20 ^ (uint64_t)getpid();
    const size_t parallel = (size_t)job->parallel;
    Run r = {.job = job, .totals = out, .err = err, .started = log_now()};
    r.rng = rng_new(seed, 0, 0, RNG_RETRY);
    r.plan = plan_new(&job->tags, (int64_t)job->prompts.count, job->count, job->again);
    r.flight = mem_calloc(parallel, sizeof *r.flight);
    r.queue = queue_new(&r.plan, BEGUN_MAX * job->parallel);
    if (begin(&r, err) == 0) {
        loop(&r);
        http_free(r.http); /* drops what is under way */
        r.http = NULL;
        sum_up(&r);
        journal_sync(r.journal, 0, err);
        if (err->code !=
            ERROR_RUNTIME) /* else the journal may lack answers that were counted */
            describe_write(job, &r.plan, r.journal, &r.failed, out, err);
        explain(&r);
    }
    run_free(&r);
    return err->code ? -1 : 0;
}
