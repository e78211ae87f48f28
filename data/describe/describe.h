/* SPDX-License-Identifier: Apache-2.0 */
/* The generator of tag descriptions: requests every missing answer from a server, over any
 * number of runs, and writes the answers in the reference's JSON format. */
#ifndef RAMPLUS_DATA_DESCRIBE_DESCRIBE_H
#define RAMPLUS_DATA_DESCRIBE_DESCRIBE_H

#include "core/strings/strings.h"
#include "data/describe/job.h"
#include "data/describe/journal.h"
#include "data/describe/plan.h"

typedef struct DescribeTotals {
    int64_t requests, retries;       /* of this run */
    int64_t tags, complete, answers; /* of the result: tags, tags with all answers, answers */
    int64_t cut, duplicates, empty, refused, again; /* counts over the whole journal */
    int64_t tokens_in, tokens_out;                  /* over the whole journal */
    int64_t failed;                                 /* items that failed in this run */
    double seconds;                                 /* of this run */
    bool written; /* the result, since every prompt was answered or failed for good */
} DescribeTotals;

/* Generates descriptions. Every answer that arrived is in the journal, also after an error.
 * ERROR_NETWORK: items failed, or the endpoint is unusable; ERROR_STOPPED: a signal or
 * --max-requests ended the run; ERROR_RUNTIME: a file could not be read or written; ERROR_DATA:
 * the journal file is not a journal. */
int describe_run(const DescribeJob *job, DescribeTotals *out, Error *err);

/* Prints to stdout what a run would request and cost. ERROR_RUNTIME, ERROR_DATA: see
 * describe_run. */
int describe_estimate(const DescribeJob *job, Error *err);

/* Checks a file of descriptions and prints the findings to stdout. ERROR_DATA: the file has
 * problems. */
int describe_check(const DescribeJob *job, Error *err);

/* The cost of so many tokens, in the currency of the job's prices. */
double describe_cost(const DescribeJob *job, int64_t tokens_in, int64_t tokens_out);

/* An item whose answers cannot be obtained, and the reason. */
typedef struct DescribeFailure {
    int64_t item;
    const char *why; /* borrowed */
    bool lasting;    /* refused, or never answered usably: another run would fare the same */
} DescribeFailure;
typedef struct DescribeFailures {
    DescribeFailure *list;
    int64_t count, room;
} DescribeFailures;

/* Writes the result, if it is ready, and OUT.report.txt, and says so. Fills the totals
 * `written`, `cut` and `duplicates`; the last two depend on the texts. ERROR_RUNTIME. */
int describe_write(const DescribeJob *job, const Plan *plan, Journal *journal,
                   const DescribeFailures *failed, bool ready, DescribeTotals *totals,
                   Error *err);

#endif
