/* SPDX-License-Identifier: Apache-2.0 */
/* When to ask again: how long to wait after a failure, and when the whole server is left alone for a while.
 * Pure: the clock and the random numbers are the caller's. */
#ifndef RAMPLUS_DATA_DESCRIBE_RETRY_H
#define RAMPLUS_DATA_DESCRIBE_RETRY_H

#include "core/rng.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    RETRY_AFTER_MAX = 600,  /* seconds a server may ask for */
    BREAKER_FAILURES = 10,  /* in a row, over all requests, until the breaker opens */
    BREAKER_PROBES = 20,    /* in vain until the endpoint is given up */
    BREAKER_PROBES_DEAD = 5 /* the same where no reply of any kind ever came */
};

enum { RNG_RETRY = 10 }; /* random stream of the pauses (core/rng.h) */

typedef struct RetryPolicy {
    double base, max; /* seconds */
    int64_t tries;    /* of one item until it fails */
} RetryPolicy;

/* Full jitter: uniform in [0, min(max, base * 2^(failures - 1))] for failures >= 1, but at least what the
 * server asked for (0: nothing), which itself is cut to RETRY_AFTER_MAX. Seconds. */
double retry_delay(const RetryPolicy *p, int64_t failures, double server, Rng *rng);

/* Closed: requests go. After BREAKER_FAILURES failures in a row it opens: nothing goes for min(max, base *
 * 2^openings) seconds, then one probe. Its failure opens it again for longer, any success closes it. */
typedef struct Breaker {
    int64_t failures, openings; /* in a row */
    bool open, probing, alive;  /* alive: a reply, good or bad, came once */
    double until;               /* the end of the pause */
} Breaker;

bool breaker_allows(const Breaker *b, double now);
void breaker_sent(Breaker *b); /* a request went out: the probe, if it is open */
void breaker_worked(Breaker *b);
/* A failure of a request (was it the probe?). True when this one opened it. */
bool breaker_failed(Breaker *b, const RetryPolicy *p, bool probe, double now);
bool breaker_given_up(const Breaker *b);

#endif
