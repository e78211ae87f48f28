/* SPDX-License-Identifier: Apache-2.0 */
/* One loop in one thread: send requests, wait for a reply, act on it, sync the journal, poll
 * for signals. */
#include "data/describe/describe.h"

#include "core/io/progress.h"
#include "core/log.h"
#include "core/stop.h"
#include "core/strings/strings.h"
#include "data/describe/resume.h"
#include "data/describe/session.h"

#include <math.h>
#include <stdio.h>

static const double poll_interval =
    0.2; /* seconds between two looks at signals and the clock */
static const double sync_interval = 0.8; /* seconds between two syncs of the journal */
static const double stop_grace = 1.5;    /* seconds for requests in progress after a signal */

/* ---- start ---- */

static void log_start(const DescribeJob *job, const Plan *plan, const Resumed *from)
{
    if (from->unused > 0 && from->changed.len > 0)
        log_info("%s: starting a new section: settings changed since the last one: %.200s; "
                 "%ld answers for other settings are not used",
                 job->journal, from->changed.data, from->unused);
    if (from->misplaced > 0)
        log_info("%s: %ld answers are not used: their tag is not in the list, they are out of "
                 "order, or thoughts of a model",
                 job->journal, from->misplaced);
    log_info("%ld tag%s: %ld answer%s wanted, %ld already in the journal", plan->distinct,
             strings_s(plan->distinct), plan_wanted(plan), strings_s(plan_wanted(plan)),
             plan->kept);
}

/* Restores the plan from the journal, and starts a section in it unless the last one fits. */
static int resume(Session *s, Error *err)
{
    Resumed from = {0};
    Text line = {0};
    int64_t offset;
    int status = -1;
    if (describe_resume(s->job, s->journal, &s->plan, &from, err) != 0) goto done;
    log_start(s->job, &s->plan, &from);
    s->traits = from.traits;
    if (!from.current) {
        describe_section_line(s->job, &line);
        if (journal_append(s->journal, &line, &offset, err) != 0) goto done;
    }
    status = 0;
done:
    text_free(&line);
    text_free(&from.changed);
    return status;
}

static int start(Session *s, Error *err)
{
    const DescribeJob *job = s->job;
    const DescribeOptions *o = job->opt;
    const HttpSetup setup = {.address = &job->address,
                             .header = job->secrets.line,
                             .headers = job->secrets.lines,
                             .ca_file = o->ca_file,
                             .parallel = o->parallel,
                             .connect = o->connect_timeout,
                             .idle = o->idle_timeout,
                             .total = o->timeout,
                             .max_bytes = (size_t)o->max_bytes};
    if (journal_open(job->journal, false, &s->journal, err) != 0) return -1;
    if (resume(s, err) != 0) return -1;
    return http_new(&setup, &s->http, err);
}

/* ---- the loop ---- */

static void show_progress(const Session *s, Progress *progress, int64_t before)
{
    char extra[120];
    const double passed = fmax(log_now() - s->start, 1e-3);
    snprintf(extra, sizeof extra, "%.1f requests/s  retries %ld  tokens %ld + %ld",
             (double)s->totals->requests / passed, s->totals->retries, s->plan.tokens_in,
             s->plan.tokens_out);
    progress_step(progress, s->plan.kept - before, extra);
}

static void poll_signals(Session *s)
{
    const int number = stop_pending();
    if (number == 0) return;
    error_set(s->err, ERROR_STOPPED,
              "%s: stopped; all answers are kept; run the same command again to resume",
              stop_name(number));
    session_end(s, stop_grace);
}

static void sync_journal(Session *s)
{
    Error err = {0};
    if (journal_sync(s->journal, s->deadline > 0 ? 0 : sync_interval, &err) == 0) return;
    error_move(s->err, &err);
    session_end(s, SESSION_GRACE);
}

static void loop(Session *s)
{
    const int64_t before = s->plan.kept;
    Progress progress = progress_start("describing", plan_wanted(&s->plan) - before);
    HttpReply reply;
    for (session_send(s); !session_finished(s); session_send(s)) {
        if (http_wait(s->http, session_wait_time(s, poll_interval), &reply))
            session_take(s, &reply);
        poll_signals(s);
        sync_journal(s);
        show_progress(s, &progress, before);
    }
    progress_end(&progress, s->plan.kept - before);
}

/* ---- the end ---- */

static void fill_totals(const Session *s)
{
    DescribeTotals *t = s->totals;
    t->tags = s->plan.distinct;
    t->complete = plan_complete(&s->plan);
    t->answers = s->plan.kept;
    t->failed = s->failed.count;
    t->tokens_in = s->plan.tokens_in;
    t->tokens_out = s->plan.tokens_out;
    t->seconds = log_now() - s->start;
    for (int64_t k = 0; k < s->plan.tags->count; k++) {
        t->again += s->plan.tag[k].again;
        t->empty += s->plan.tag[k].empty;
        t->refused += s->plan.tag[k].refused;
    }
}

/* The first failure that another run may not have; NULL if all are lasting. */
static const DescribeFailure *passing_failure(const DescribeFailures *f)
{
    for (int64_t i = 0; i < f->count; i++)
        if (!f->list[i].lasting) return &f->list[i];
    return NULL;
}

/* May the result be written? Items that failed for good leave their tag with fewer texts;
 * anything else that is missing can still arrive in another run. */
static bool is_ready(const Session *s)
{
    if (s->totals->complete == s->totals->tags) return true;
    return s->err->code == 0 && s->plan.kept > 0 && queue_empty(&s->queue) &&
           !passing_failure(&s->failed);
}

/* An incomplete result is an error even when the run itself met none. */
static void report_missing(const Session *s)
{
    const char *out = s->job->opt->out;
    const DescribeFailure *first = s->failed.list, *passing = passing_failure(&s->failed);
    const int64_t missing = plan_wanted(&s->plan) - s->plan.kept;
    if (s->totals->complete == s->totals->tags) return;
    if (passing)
        error_set(s->err, ERROR_NETWORK,
                  "%s: not written: %ld answers are missing, %ld prompts failed (%s); run "
                  "the same command again to request them",
                  out, missing, s->failed.count, passing->why);
    if (s->totals->written)
        error_set(s->err, ERROR_NETWORK,
                  "%s: written without %ld answers: %ld prompts failed, such as for '%.60s' "
                  "(%s): see %s.report.txt; a tag without answers has only its sentence",
                  out, missing, s->failed.count, plan_tag(&s->plan, first->item), first->why,
                  out);
    if (s->failed.count > 0 && queue_empty(&s->queue))
        error_set(s->err, ERROR_NETWORK, "%s: not written: no prompt was answered (%s)", out,
                  first->why);
    error_set(s->err, ERROR_STOPPED,
              "%s: not written: --max-requests %ld reached, %ld answers are missing; run "
              "the same command again to resume",
              out, s->job->opt->max_requests, missing);
}

static void finish(Session *s)
{
    http_free(s->http); /* drops requests in progress */
    s->http = NULL;
    fill_totals(s);
    const bool ready = is_ready(s);
    journal_sync(s->journal, 0, s->err);
    if (s->err->code != ERROR_RUNTIME) /* else the journal may lack answers that were counted */
        describe_write(s->job, &s->plan, s->journal, &s->failed, ready, s->totals, s->err);
    report_missing(s);
}

int describe_run(const DescribeJob *job, DescribeTotals *out, Error *err)
{
    Session s;
    *out = (DescribeTotals){0};
    session_init(&s, job, out, err);
    if (start(&s, err) == 0) {
        stop_hold();
        loop(&s);
        finish(&s);
    }
    session_free(&s);
    return err->code ? -1 : 0;
}
