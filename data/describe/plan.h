/* SPDX-License-Identifier: Apache-2.0 */
/* Which answers the run has, which ones it still has to request, and what happens to every
 * answer received.
 *
 * An item is one prompt about one tag; it needs `count` answers. They are requested in groups:
 * all at once, or as many as the server returns per request. Truncated, empty, overlong and
 * refused answers are requested again, at most `max_retries` times per group; after that, the
 * truncated ones, set aside until then, are kept after all. An item that still lacks answers
 * has failed.
 */
#ifndef RAMPLUS_DATA_DESCRIBE_PLAN_H
#define RAMPLUS_DATA_DESCRIBE_PLAN_H

#include "core/io/text.h"
#include "data/chat/answer.h"
#include "data/tags.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct PlanItem {
    int32_t have, goal;  /* answers kept; answers kept once the current group is complete */
    int32_t asked_again; /* times, in the current group */
    int32_t failures;    /* of its requests, in a row */
    int32_t most;        /* answers per request, after requests for more failed; 0: any */
    int32_t first, last; /* its records; -1: none */
    bool failed;
    enum AnswerKind lack;     /* the worst answer of the last reply */
    struct json_t *truncated; /* texts set aside, oldest first; NULL: none */
} PlanItem;

typedef struct PlanRecord {
    int64_t offset; /* of the line in the journal */
    int32_t next;   /* record of the same item; -1: none */
} PlanRecord;

typedef struct TagCounts {
    int32_t retries, again, empty, refused;
} TagCounts;

typedef struct Plan {
    const TagList *tags; /* borrowed */
    int64_t prompts, count, max_retries;
    size_t max_bytes; /* of an answer */
    PlanItem *item;   /* [tags, prompts]; only the first entry of a repeated tag is used */
    TagCounts *tag;   /* [tags] */
    int64_t distinct; /* tags without repetitions */
    int64_t untouched, kept;       /* first item not started; answers kept */
    int64_t tokens_in, tokens_out; /* of all answers, including restored ones */
    PlanRecord *record;
    int64_t records, room;
} Plan;

/* A plan without any answers, which may have max_bytes each. Owned: plan_free. */
Plan plan_new(const TagList *tags, int64_t prompts, int64_t count, int64_t max_retries,
              size_t max_bytes);
void plan_free(Plan *p);

bool plan_repeated(const Plan *p, int64_t tag); /* does an earlier entry name the same tag? */
int64_t plan_items(const Plan *p);
const char *plan_tag(const Plan *p, int64_t item); /* the tag of an item */
int64_t plan_wanted(const Plan *p);                /* answers in total */
int64_t plan_complete(const Plan *p);              /* tags with all their answers */
bool plan_needs(const Plan *p, int64_t item); /* is the item neither complete nor failed? */

/* Starts the next item that needs answers; -1: every item was started. */
int64_t plan_next(Plan *p);

/* The number of answers to request for an item now, at most `max`. */
int64_t plan_request_size(Plan *p, int64_t item, int64_t max);

/* Takes the reply to a request for n answers. `line` becomes the journal line that records it,
 * without its line end; after the line was appended, plan_recorded notes its offset. */
void plan_take(Plan *p, int64_t item, int64_t n, const ChatAnswer *answer,
               const Secrets *secrets, Text *line);
void plan_recorded(Plan *p, int64_t item, int64_t offset);

/* Restores the answers of a journal line. Returns false if the line does not apply: another
 * tag, no such prompt, thoughts of a model, answers that the plan has already, or answers that
 * do not continue the item. */
bool plan_restore(Plan *p, const struct json_t *line, int64_t offset);

#endif
