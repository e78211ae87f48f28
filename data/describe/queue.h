/* SPDX-License-Identifier: Apache-2.0 */
/* The order in which items are asked: those begun first, each when its time has come, then new ones. So few
 * items are in between at any moment. */
#ifndef RAMPLUS_DATA_DESCRIBE_QUEUE_H
#define RAMPLUS_DATA_DESCRIBE_QUEUE_H

#include "data/describe/plan.h"

/* An item that was begun and waits for its next request. */
typedef struct Waiting {
    int64_t item;
    double at; /* seconds of the caller's clock */
} Waiting;

typedef struct Queue {
    Plan *plan; /* borrowed */
    Waiting *waiting;
    int64_t waits, room;
} Queue;

Queue queue_new(Plan *plan, int64_t room); /* room: items that may be begun and not done */
void queue_free(Queue *q);

void queue_put(Queue *q, int64_t item, double at);
/* The next item to ask, -1: none now. busy: items under way, which count as begun. */
int64_t queue_take(Queue *q, int64_t busy, double now);
/* Seconds until the first waiting item's time after now comes, at most `most`. */
double queue_pause(const Queue *q, double now, double most);
bool queue_empty(const Queue *q); /* nothing waits and nothing new is left */

#endif
