/* SPDX-License-Identifier: Apache-2.0 */
/* Exponential backoff with full jitter and a circuit breaker. */
#include "data/chat/retry.h"

#include <math.h>

/* Seconds: min(max, base * 2^doublings). */
static double backoff(const RetryPolicy *p, int64_t doublings)
{
    const double delay = ldexp(p->base, doublings < 60 ? (int)doublings : 60);
    return delay < p->max ? delay : p->max;
}

double retry_delay(const RetryPolicy *p, int64_t failures, double server, Rng *rng)
{
    const double own = rng_range(rng, 0, backoff(p, failures - 1));
    const double requested = server < RETRY_AFTER_MAX ? server : RETRY_AFTER_MAX;
    return own > requested ? own : requested;
}

bool breaker_allows(const Breaker *b, double now)
{
    return !b->open || (!b->probing && now >= b->until);
}

void breaker_sent(Breaker *b) { b->probing = b->open; }

void breaker_succeeded(Breaker *b) { *b = (Breaker){.alive = true}; }

bool breaker_failed(Breaker *b, const RetryPolicy *p, bool probe, double now)
{
    b->failures++;
    const int64_t enough = b->alive ? BREAKER_FAILURES : BREAKER_FAILURES_DEAD;
    const bool opens = b->open ? probe : b->failures >= enough;
    if (!opens) return false;
    b->until = now + backoff(p, b->openings++);
    b->open = true;
    b->probing = false;
    return true;
}

bool breaker_given_up(const Breaker *b)
{
    return b->openings > (b->alive ? BREAKER_PROBES : BREAKER_PROBES_DEAD);
}
