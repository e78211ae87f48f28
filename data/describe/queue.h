/* SPDX-License-Identifier: Apache-2.0 */
/* The order in which items are requested: items in progress first, each when it is due, then
 * new ones. This keeps the number of items in progress small. */
#ifndef RAMPLUS_DATA_DESCRIBE_QUEUE_H
#define RAMPLUS_DATA_DESCRIBE_QUEUE_H

#include "data/describe/plan.h"

/* An item in progress that waits for its next request. */
typedef struct Waiting {
    int64_t item;
    double due; /* seconds on the caller's clock */
} Waiting;

typedef struct Queue {
    Plan *plan;       /* borrowed */
    Waiting *waiting; /* [count] */
    int64_t count, room;
} Queue;

/* An empty queue for at most `room` items in progress. Owned: queue_free. */
Queue queue_new(Plan *plan, int64_t room);
void queue_free(Queue *q);

/* Adds an item that is due at a time. CHECKs that the queue has room. */
void queue_put(Queue *q, int64_t item, double due);

/* Removes and returns the item to request now, or -1. `busy`: items whose requests are in
 * progress. */
int64_t queue_take(Queue *q, int64_t busy, double now);

/* Seconds until the next waiting item that is not yet due becomes due, at most `max`. */
double queue_wait_time(const Queue *q, double now, double max);

/* Is no item waiting, and has every item of the plan been started? */
bool queue_empty(const Queue *q);

#endif
