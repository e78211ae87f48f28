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
    int64_t left; /* how many more times the rule applies */
} Rule;

typedef struct Schedule {
    pthread_mutex_t lock;
    Rule *rule; /* [rules]; the first that matches decides */
    int rules;
    bool random; /* no rules: faults are drawn from the seed and the request number */
    uint64_t seed;
    double rate;
    const Fault *standing[2]; /* random: permanent limits of the server */
} Schedule;

/* Reads a schedule. `spec` is one of
 *   a file of lines `WHICH FAULT [TIMES]`, where WHICH is 3, 3-5 or 3- (request numbers from
 *   1), *, or ~PATTERN (matched against the prompt like file names, without spaces);
 *   a number: the seed of a random schedule, in which the first request and the share `rate` of
 *   the others fail; some seeds make a server that refuses or ignores n, or refuses max_tokens;
 *   NULL: no faults.
 * ERROR_USAGE: a line is not a rule; also the errors of lines_read. Owned: schedule_free. */
int schedule_read(const char *spec, double rate, Schedule *out, Error *err);
void schedule_free(Schedule *s);

/* The fault for a request; "none" if no rule matches. */
const Fault *schedule_pick(Schedule *s, const Request *request);

#endif
