/* SPDX-License-Identifier: Apache-2.0 */
/* Checking the logs of a run line by line. */
#ifndef RAMPLUS_TESTS_TRAIN_RUN_LOG_H
#define RAMPLUS_TESTS_TRAIN_RUN_LOG_H

#include <stdint.h>

typedef struct RunLog {
    int64_t steps, evals; /* lines of metrics.jsonl */
    int64_t last;         /* step */
    double loss_sum;      /* over the steps */
    char *evaluated;      /* "set@step " for every evaluation; owned */
} RunLog;

/* Checks that every line of metrics.jsonl and log.txt of @/RUN is a JSON object with the
 * documented keys, that steps increase, that no evaluation set is evaluated twice at a step,
 * and that log.txt has one line for each of `epochs`. Owned: run_log_free. */
RunLog run_log_check(const char *run, int64_t epochs);
void run_log_free(RunLog *log);

#endif
