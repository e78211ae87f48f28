/* SPDX-License-Identifier: Apache-2.0 */
/* Which request meets which fault. */
#ifndef RAMPLUS_TESTS_SERVER_SCHEDULE_H
#define RAMPLUS_TESTS_SERVER_SCHEDULE_H

#include "core/error.h"
#include "tests/server/fault.h"

typedef struct Rule {
    int64_t first, last; /* numbers of requests */
    char *prompt;        /* pattern; NULL: any. Owned */
    const Fault *fault;
    int64_t left; /* how often it still applies */
} Rule;

typedef struct Schedule {
    pthread_mutex_t lock;
    Rule *rule; /* the first that fits decides */
    int rules;
    bool random; /* no rules, but numbers drawn from seed and request */
    uint64_t seed;
    double rate;
    const Fault *standing[2]; /* of a random one: how the server is when nothing goes wrong */
} Schedule;

/* A file of lines `WHICH FAULT [TIMES]`, where WHICH is 3, 3-5, 3- (requests from 1), * or ~PATTERN (of the
 * prompt, as file names are matched, without blanks), or a number: the seed of a random schedule, in which the first
 * and `rate` of the other requests fail; some seeds make a server that refuses or ignores n, or refuses max_tokens. NULL: no
 * faults. */
int schedule_read(const char *spec, double rate, Schedule *out, Error *err);

void schedule_free(Schedule *s);

const Fault *schedule_pick(Schedule *s, const Ask *ask);

#endif
