/* SPDX-License-Identifier: Apache-2.0 */
/* The table of schedules. */
#include "optim/schedule.h"

#include "core/error.h"

#include <math.h>

typedef struct Position { /* in training */
    int64_t epoch;
    int64_t t;     /* steps since the start */
    int64_t total; /* steps of the whole run */
} Position;

static double warm_up(const ScheduleConfig *c, Position p)
{
    const double done = (double)p.t / (double)c->warmup_steps;
    return fmin(c->lr, c->warmup_lr + (c->lr - c->warmup_lr) * done);
}

/* Falls from lr at done = 0 to min_lr at done = 1. */
static double half_cosine(const ScheduleConfig *c, double done)
{
    const double pi = 3.14159265358979323846;
    return (c->lr - c->min_lr) * 0.5 * (1 + cos(pi * fmin(done, 1))) + c->min_lr;
}

static double reference(const ScheduleConfig *c, Position p)
{
    if (p.epoch == 0 && p.t < c->warmup_steps) return warm_up(c, p);
    return fmax(c->min_lr, c->lr * pow(c->rate, (double)p.epoch));
}

static double cosine_epoch(const ScheduleConfig *c, Position p)
{
    return half_cosine(c, (double)p.epoch / (double)c->epochs);
}

static double cosine(const ScheduleConfig *c, Position p)
{
    if (p.t < c->warmup_steps) return warm_up(c, p);
    const int64_t left = p.total - c->warmup_steps;
    return half_cosine(c, left > 0 ? (double)(p.t - c->warmup_steps) / (double)left : 1);
}

static double constant(const ScheduleConfig *c, Position p)
{
    return p.t < c->warmup_steps ? warm_up(c, p) : c->lr;
}

typedef double Rate(const ScheduleConfig *c, Position p);

static Rate *const TABLE[] = {
    [SCHEDULE_REFERENCE] = reference,
    [SCHEDULE_COSINE_EPOCH] = cosine_epoch,
    [SCHEDULE_COSINE] = cosine,
    [SCHEDULE_CONSTANT] = constant,
};

double schedule_lr(const ScheduleConfig *config, int64_t step, int64_t steps_per_epoch,
                   int64_t epoch)
{
    CHECK(step >= 0 && step < steps_per_epoch, "step %ld of %ld", step, steps_per_epoch);
    CHECK(epoch >= 0 && config->epochs > 0, "epoch %ld of %ld", epoch, config->epochs);
    const int64_t all = config->epochs * steps_per_epoch;
    const Position position = {.epoch = epoch,
                               .t = epoch * steps_per_epoch + step,
                               .total = config->total_steps ? config->total_steps : all};
    CHECK(config->kind > SCHEDULE_AUTO && config->kind <= SCHEDULE_CONSTANT, "schedule %d",
          (int)config->kind);
    return TABLE[config->kind](config, position);
}
