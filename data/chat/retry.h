/* SPDX-License-Identifier: Apache-2.0 */
/* When to send again: how long to wait after a failure, and when to pause all requests to the
 * server. Pure: the caller supplies the clock and the random numbers. */
#ifndef RAMPLUS_DATA_CHAT_RETRY_H
#define RAMPLUS_DATA_CHAT_RETRY_H

#include "core/rng.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    RETRY_AFTER_MAX = 600, /* longest pause in seconds that a server may ask for */
    BREAKER_FAILURES = 10, /* failures in a row, over all requests, that open the breaker */
    BREAKER_PROBES = 20,   /* failed probes in a row after which the endpoint is given up */
    /* The same if no reply of any kind ever arrived: a wrong address, told within 30 s. */
    BREAKER_FAILURES_DEAD = 3,
    BREAKER_PROBES_DEAD = 4
};

enum { RNG_RETRY = 10 }; /* random stream of the pauses (core/rng.h) */

typedef struct RetryPolicy {
    double base, max; /* seconds */
    int64_t tries;    /* failures in a row after which an item fails */
} RetryPolicy;

/* Exponential backoff with full jitter: uniform in [0, min(max, base * 2^(failures - 1))] for
 * failures >= 1, but at least `server`, the pause that the server asked for (0: none), which is
 * limited to RETRY_AFTER_MAX. All in seconds. */
double retry_delay(const RetryPolicy *p, int64_t failures, double server, Rng *rng);

/* A circuit breaker. While it is closed, requests are sent. BREAKER_FAILURES failures in a row
 * open it: no request is sent for min(max, base * 2^openings) seconds, then one probe is. A
 * failed probe opens it again for longer, any success closes it. */
typedef struct Breaker {
    int64_t failures, openings; /* in a row */
    bool open, probing, alive;  /* alive: at least one reply, good or bad, arrived */
    double until;               /* the end of the pause, seconds on the caller's clock */
} Breaker;

bool breaker_allows(const Breaker *b, double now); /* may a request be sent now? */
void breaker_sent(Breaker *b);                     /* a request was sent; the probe if open */
void breaker_succeeded(Breaker *b);                /* a request succeeded */

/* Counts a failed request, which was the probe or not. Returns true if this failure opened the
 * breaker. */
bool breaker_failed(Breaker *b, const RetryPolicy *p, bool probe, double now);

/* Have so many probes failed in a row that the endpoint is unusable? */
bool breaker_given_up(const Breaker *b);

#endif
