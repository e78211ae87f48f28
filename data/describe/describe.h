/* SPDX-License-Identifier: Apache-2.0 */
/* The generator of tag descriptions: asks a server for every answer that is missing, in any number of runs,
 * and writes what came as the reference's JSON. */
#ifndef RAMPLUS_DATA_DESCRIBE_DESCRIBE_H
#define RAMPLUS_DATA_DESCRIBE_DESCRIBE_H

#include "core/strings.h"
#include "data/describe/job.h"
#include "data/describe/journal.h"
#include "data/describe/plan.h"

typedef struct DescribeTotals {
    int64_t requests, retries; /* of this run */
    int64_t tags, complete, answers;
    int64_t cut, duplicates, empty, refused, again; /* in the whole journal */
    int64_t tokens_in, tokens_out;                  /* the same */
    int64_t failed;                                 /* items, in this run */
    double seconds;
} DescribeTotals;

/* The whole command. ERROR_NETWORK when items failed or the server is no use; ERROR_STOPPED after a
 * signal or --max-requests. Whatever came is in the journal. */
int describe_run(const DescribeJob *job, DescribeTotals *out, Error *err);

/* What a run would ask for, onto stdout. */
int describe_estimate(const DescribeJob *job, Error *err);

/* Judges a file of descriptions, onto stdout. ERROR_DATA when something is wrong with it. */
int describe_check(const DescribeJob *job, Error *err);

/* Dollars or whatever the prices are in. */
double describe_cost(const DescribeJob *job, int64_t tokens_in, int64_t tokens_out);

/* An item that cannot be had, and why. */
typedef struct DescribeFailure {
    int64_t item;
    const char *why;
} DescribeFailure;
typedef struct DescribeFailures {
    DescribeFailure *list;
    int64_t count, room;
} DescribeFailures;

/* Writes the result, if every tag is complete, and OUT.report.txt. Fills the counts of the totals that the
 * texts tell. */
int describe_write(const DescribeJob *job, const Plan *plan, Journal *journal,
                   const DescribeFailures *failed, DescribeTotals *totals, Error *err);

#endif
