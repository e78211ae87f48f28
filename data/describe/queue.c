/* SPDX-License-Identifier: Apache-2.0 */
/* An unsorted list with linear search: it holds only a few items per parallel request. */
#include "data/describe/queue.h"

#include "core/mem.h"

Queue queue_new(Plan *plan, int64_t room)
{
    return (Queue){
        .plan = plan, .waiting = mem_calloc((size_t)room, sizeof(Waiting)), .room = room};
}

void queue_free(Queue *q)
{
    mem_free(q->waiting);
    *q = (Queue){0};
}

void queue_put(Queue *q, int64_t item, double due)
{
    CHECK(q->count < q->room, "%ld items are waiting", q->count);
    q->waiting[q->count++] = (Waiting){item, due};
}

int64_t queue_take(Queue *q, int64_t busy, double now)
{
    int64_t best = -1;
    for (int64_t i = 0; i < q->count; i++)
        if (q->waiting[i].due <= now && (best < 0 || q->waiting[i].due < q->waiting[best].due))
            best = i;
    if (best < 0) return q->count + busy < q->room ? plan_next(q->plan) : -1;
    const int64_t item = q->waiting[best].item;
    q->waiting[best] = q->waiting[--q->count];
    return item;
}

double queue_wait_time(const Queue *q, double now, double max)
{
    double wait = max;
    for (int64_t i = 0; i < q->count; i++) {
        const double left = q->waiting[i].due - now;
        if (left > 0 && left < wait) wait = left;
    }
    return wait;
}

bool queue_empty(const Queue *q)
{
    return q->count == 0 && q->plan->untouched == plan_items(q->plan);
}
