/* SPDX-License-Identifier: Apache-2.0 */
/* The exchange with the server during one run: the requests in progress, and what every reply
 * changes. */
#ifndef RAMPLUS_DATA_DESCRIBE_SESSION_H
#define RAMPLUS_DATA_DESCRIBE_SESSION_H

#include "data/chat/reply.h"
#include "data/describe/describe.h"
#include "data/describe/queue.h"

/* A request in progress. */
typedef struct Request {
    int64_t item, n;     /* of the plan; answers requested */
    ServerTraits traits; /* when it was sent */
    bool probe;          /* tests whether an open breaker may close */
} Request;

typedef struct Session {
    const DescribeJob *job; /* borrowed */
    Plan plan;
    Journal *journal;
    Http *http;
    ServerTraits traits;
    Breaker breaker;
    Rng rng;
    Request *request; /* [job->opt->parallel], by slot of http */
    Queue queue;
    DescribeFailures failed;
    StringPool reasons;        /* texts of `failed` */
    int64_t answered;          /* the most answers of a request that the server accepted */
    int64_t failures, no_chat; /* failed items in a row; successes without an answer */
    int64_t warnings;
    bool warned;            /* of an unknown finish_reason */
    DescribeTotals *totals; /* borrowed */
    double start;           /* log_now() */
    double deadline;        /* of a run that is ending: log_now(); 0: the run goes on */
    Error *err;             /* borrowed; why the run ends early */
} Session;

/* Fills *s, which must not move from now on, with an empty plan and no journal and http. Owned:
 * session_free. */
void session_init(Session *s, const DescribeJob *job, DescribeTotals *totals, Error *err);
void session_free(Session *s);

/* Sends as many requests as the limits of the job and the breaker allow now. */
void session_send(Session *s);

/* Acts on a reply: records its answers in the journal, puts its item back into the queue, or
 * lets the item fail. A reply that makes every further request useless ends the run. */
void session_take(Session *s, const HttpReply *reply);

/* Seconds to wait for a reply: until the next item is due or the breaker's pause ends, at most
 * `max`. */
double session_wait_time(const Session *s, double max);

enum { SESSION_GRACE = 5 }; /* seconds for requests in progress when a run ends by itself */
/* Stops sending; requests in progress have `grace` seconds to complete. Called again, it only
 * shortens that time. */
void session_end(Session *s, double grace);

/* Are all requests over, either because nothing is left to send or because the run is
 * ending? */
bool session_finished(const Session *s);

#endif
