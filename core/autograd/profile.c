/* SPDX-License-Identifier: Apache-2.0 */
/* Each lane has rows of its own, so that no thread waits for another to measure itself. They
 * are added up at the end. */
#include "core/autograd/profile.h"

#include "core/array.h"
#include "core/log.h"
#include "core/math/flops.h"
#include "core/mem.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct Rows {
    ProfileRow *row;
    int64_t count, room;
} Rows;

/* Totals of the threads that work on a lane. */
typedef struct Moment {
    double at, busy;
    int64_t flops;
} Moment;

struct ProfileLane {
    Profile *profile;
    bool whole; /* the main thread's, which uses all threads */
    Moment last;
    double since_fork; /* thread-seconds */
    Rows rows;
    ProfileEvent *event;
    int64_t events, event_room, left_out;
};

struct Profile {
    double start;
    double fork;   /* when shards began to run */
    int threads;   /* 0: no moment has passed */
    int64_t limit; /* events */
    ProfileLane **lane;
    int64_t lanes;
};

Profile *profile_new(int64_t events)
{
    Profile *p = mem_calloc(1, sizeof *p);
    p->limit = events;
    p->start = log_now();
    profile_lane(p, 0)->last.at = p->start;
    return p;
}

void profile_free(Profile *p)
{
    if (!p) return;
    for (int64_t i = 0; i < p->lanes; i++) {
        mem_free(p->lane[i]->rows.row);
        mem_free(p->lane[i]->event);
        mem_free(p->lane[i]);
    }
    mem_free(p->lane);
    mem_free(p);
}

ProfileLane *profile_lane(Profile *p, int64_t i)
{
    while (p->lanes <= i) {
        ProfileLane *lane = mem_calloc(1, sizeof *lane);
        *lane = (ProfileLane){.profile = p, .whole = p->lanes == 0};
        p->lane = mem_realloc(p->lane, (size_t)(p->lanes + 1) * sizeof(ProfileLane *));
        p->lane[p->lanes++] = lane;
    }
    return p->lane[i];
}

/* ---- moments ----------------------------------------------------------------------------- */

static double thread_busy(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Of the threads that this one leads: within a shard, itself alone. */
static Moment moment_now(void)
{
    double busy = 0;
    int64_t flops = 0;
#pragma omp parallel reduction(+ : busy, flops) if (!omp_in_parallel())
    {
        busy += thread_busy();
        flops += flops_done();
    }
    return (Moment){log_now(), busy, flops};
}

static ProfileRow *find_row(Rows *r, const char *name, enum ProfileKind kind)
{
    for (int64_t i = 0; i < r->count; i++)
        if (r->row[i].kind == kind && strcmp(r->row[i].name, name) == 0) return &r->row[i];
    r->row = array_grow(r->row, sizeof *r->row, r->count, &r->room);
    r->row[r->count] = (ProfileRow){.name = name, .kind = kind};
    return &r->row[r->count++];
}

static void add_row(Rows *to, const ProfileRow *r)
{
    ProfileRow *sum = find_row(to, r->name, r->kind);
    sum->calls += r->calls;
    sum->flops += r->flops;
    sum->bytes += r->bytes;
    sum->thread_seconds += r->thread_seconds;
    sum->thread_seconds_busy += r->thread_seconds_busy;
}

/* Every lane has an equal part of the events. */
static void keep_event(ProfileLane *lane, const ProfileRow *r, double start, double seconds)
{
    if (lane->events >= lane->profile->limit / lane->profile->lanes) {
        lane->left_out++;
        return;
    }
    lane->event = array_grow(lane->event, sizeof *lane->event, lane->events, &lane->event_room);
    lane->event[lane->events++] = (ProfileEvent){
        r->name, r->kind, start - lane->profile->start, seconds, r->flops, r->bytes};
}

/* Gives the time since the last moment to r. */
static void pass(ProfileLane *lane, ProfileRow r)
{
    const Moment last = lane->last, now = moment_now();
    const double seconds = now.at - last.at;
    if (lane->profile->threads == 0) lane->profile->threads = omp_get_max_threads();
    r.calls = 1;
    r.flops = now.flops - last.flops;
    r.thread_seconds = seconds * (lane->whole ? lane->profile->threads : 1);
    r.thread_seconds_busy = now.busy - last.busy;
    lane->last = now;
    lane->since_fork += r.thread_seconds;
    add_row(&lane->rows, &r);
    keep_event(lane, &r, last.at, seconds);
}

static int64_t bytes_of(const Tensor *x) { return tensor_len(x) * (int64_t)sizeof(Real); }

static int64_t gradient_bytes(const OpTrace *trace)
{
    int64_t bytes = 0;
    for (int i = 0; i < trace->inputs; i++)
        if (trace->input[i] && trace->input[i]->needs_grad) bytes += bytes_of(trace->input[i]);
    return bytes;
}

void profile_operation(ProfileLane *lane, const OpTrace *trace, bool backward)
{
    pass(lane, (ProfileRow){.name = trace->op,
                            .kind = backward ? PROFILE_BACKWARD : PROFILE_FORWARD,
                            .bytes = backward ? gradient_bytes(trace) : bytes_of(trace->y)});
}

void profile_mark(Profile *p, const char *what)
{
    if (p) pass(p->lane[0], (ProfileRow){.name = what, .kind = PROFILE_OTHER});
}

/* ---- shards ------------------------------------------------------------------------------ */

void profile_fork(Profile *p)
{
    profile_mark(p, PROFILE_REST);
    for (int64_t i = 0; i < p->lanes; i++) p->lane[i]->since_fork = 0;
}

void profile_begin(Profile *p, int64_t lane) { p->lane[lane]->last = moment_now(); }

void profile_end(Profile *p, int64_t lane)
{
    pass(p->lane[lane], (ProfileRow){.name = PROFILE_REST, .kind = PROFILE_OTHER});
}

/* What the lanes have not used of the time since the fork. */
void profile_join(Profile *p)
{
    ProfileLane *main = p->lane[0];
    const Moment now = moment_now();
    ProfileRow wait = {.name = PROFILE_WAIT, .kind = PROFILE_OTHER, .calls = 1};
    wait.thread_seconds = (now.at - main->last.at) * p->threads;
    keep_event(main, &(ProfileRow){.name = "shards", .kind = PROFILE_OTHER}, main->last.at,
               now.at - main->last.at);
    for (int64_t i = 1; i < p->lanes; i++) wait.thread_seconds -= p->lane[i]->since_fork;
    add_row(&main->rows, &wait);
    main->last = now;
}

/* ---- results ----------------------------------------------------------------------------- */

static int by_time(const void *a, const void *b)
{
    const double x = ((const ProfileRow *)a)->thread_seconds;
    const double y = ((const ProfileRow *)b)->thread_seconds;
    return (x < y) - (x > y);
}

ProfileRow *profile_rows(const Profile *p, int64_t *count)
{
    Rows all = {0};
    for (int64_t i = 0; i < p->lanes; i++)
        for (int64_t k = 0; k < p->lane[i]->rows.count; k++)
            add_row(&all, &p->lane[i]->rows.row[k]);
    if (all.count) qsort(all.row, (size_t)all.count, sizeof *all.row, by_time);
    *count = all.count;
    return all.row;
}

int profile_threads(const Profile *p) { return p->threads; }
double profile_seconds(const Profile *p) { return p->lane[0]->last.at - p->start; }
int64_t profile_lanes(const Profile *p) { return p->lanes; }

const ProfileEvent *profile_events(const Profile *p, int64_t lane, int64_t *count,
                                   int64_t *left_out)
{
    *count = p->lane[lane]->events;
    *left_out = p->lane[lane]->left_out;
    return p->lane[lane]->event;
}
