/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a session; requests are sent from the queue. */
#include "data/describe/session.h"

#include "core/log.h"
#include "core/mem.h"
#include "core/strings/strings.h"

#include <math.h>
#include <time.h>
#include <unistd.h>

enum { IN_PROGRESS_MAX = 4 }; /* items started and not done, per parallel request */

void session_init(Session *s, const DescribeJob *job, DescribeTotals *totals, Error *err)
{
    const uint64_t seed = (uint64_t)time(NULL) << 20 ^ (uint64_t)getpid();
    *s = (Session){.job = job, .totals = totals, .err = err, .start = log_now()};
    s->rng = rng_new(seed, 0, 0, RNG_RETRY);
    s->plan = plan_new(&job->tags, (int64_t)job->prompts.count, job->opt->count,
                       job->opt->max_retries, answer_max_bytes(job->opt->max_tokens));
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

void session_end(Session *s, double grace)
{
    const double deadline = log_now() + grace;
    if (s->deadline == 0 || deadline < s->deadline) s->deadline = deadline;
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

static void send_request(Session *s, int64_t item)
{
    const int64_t n = plan_request_size(&s->plan, item, s->traits.max_answers);
    char *prompt = describe_prompt(s->job, item % s->plan.prompts, plan_tag(&s->plan, item));
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
