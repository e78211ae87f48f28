/* SPDX-License-Identifier: Apache-2.0 */
/* Which answers are there, which are still to be asked for, and what becomes of each one that comes.
 *
 * An item is one prompt about one tag; it wants `count` answers. They are asked for in groups: all at once,
 * or as many as the server gives to one request. What is cut off, empty or refused is asked for again, at
 * most `again` times a group; then the cut ones, kept aside until then, are taken after all. An item that
 * still lacks answers has failed. */
#ifndef RAMPLUS_DATA_DESCRIBE_PLAN_H
#define RAMPLUS_DATA_DESCRIBE_PLAN_H

#include "core/text.h"
#include "data/describe/chat.h"
#include "data/tags.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct Spare Spare; /* a cut answer kept aside */

typedef struct PlanItem {
    int32_t have, goal;  /* answers kept; answers when the present group is done */
    int32_t asked_again; /* times, in the present group */
    int32_t failures;    /* in a row, of its requests */
    int32_t first, last; /* of its records, -1: none */
    bool failed;
    Spare *spare; /* oldest first */
} PlanItem;

typedef struct PlanRecord {
    int64_t offset; /* of the line in the journal */
    int32_t next;   /* of the same item, -1: none */
} PlanRecord;

typedef struct TagCounts {
    int32_t retries, again, empty, refused;
} TagCounts;

typedef struct Plan {
    const TagList *tags; /* borrowed */
    int64_t prompts, count, again;
    PlanItem *item;   /* [tags, prompts]; a repeated tag is planned where it stands first */
    TagCounts *tag;   /* [tags] */
    int64_t distinct; /* tags */
    int64_t untouched, kept;
    int64_t tokens_in, tokens_out; /* of all answers, restored ones included */
    PlanRecord *record;
    int64_t records, room;
} Plan;

Plan plan_new(const TagList *tags, int64_t prompts, int64_t count, int64_t again);
void plan_free(Plan *p);

bool plan_repeated(const Plan *p, int64_t tag); /* does the tag stand earlier in the list? */
int64_t plan_items(const Plan *p);
int64_t plan_wanted(const Plan *p);                 /* answers in all */
int64_t plan_complete(const Plan *p);               /* tags with all their answers */
bool plan_needs(const Plan *p, int64_t item);       /* is it neither done nor failed? */
bool plan_tag_complete(const Plan *p, int64_t tag); /* of the first of its name */
int64_t plan_next(Plan *p); /* the next untouched item in need; -1: no more */
int64_t plan_ask(Plan *p, int64_t item,
                 int64_t most); /* how many answers to ask for now, at most so many */

/* Takes the answer to a request for n. `line` becomes what the journal keeps of it, without a line end; then
 * plan_recorded notes where it stands. */
void plan_take(Plan *p, int64_t item, int64_t n, const ChatAnswer *answer, const char *key,
               Text *line);
void plan_recorded(Plan *p, int64_t item, int64_t offset);

/* Takes an answer line of the journal. False: it is of no use (another tag, a prompt that is not there,
 * answers that are there already or that do not follow on the ones that are). */
bool plan_restore(Plan *p, const struct json_t *line, int64_t offset);

#endif
