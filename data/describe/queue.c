/* SPDX-License-Identifier: Apache-2.0 */
/* A short list, searched through: it holds a few items for each request under way. */
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

void queue_put(Queue *q, int64_t item, double at)
{
    CHECK(q->waits < q->room, "%lld items wait", (long long)q->waits);
    q->waiting[q->waits++] = (Waiting){item, at};
}

int64_t queue_take(Queue *q, int64_t busy, double now)
{
    int64_t best = -1;
    for (int64_t i = 0; i < q->waits; i++)
        if (q->waiting[i].at <= now && (best < 0 || q->waiting[i].at < q->waiting[best].at))
            best = i;
    if (best < 0) return q->waits + busy < q->room ? plan_next(q->plan) : -1;
    const int64_t item = q->waiting[best].item;
    q->waiting[best] = q->waiting[--q->waits];
    return item;
}

double queue_pause(const Queue *q, double now, double most)
{
    for (int64_t i = 0; i < q->waits; i++) {
        const double left = q->waiting[i].at - now;
        if (left > 0 && left < most) most = left;
    }
    return most;
}

bool queue_empty(const Queue *q)
{
    return q->waits == 0 && q->plan->untouched == plan_items(q->plan);
}
