/* SPDX-License-Identifier: Apache-2.0 */
/* Where the time goes: seconds, products and bytes of each operation, and of what happens
 * between operations.
 *
 *   Profile *profile = profile_new(events);
 *   ...open everything...
 *   profile_mark(profile, PROFILE_OPEN);
 *   shards_set_profile(shards, profile);    // measures every operation from here on
 *   ...forward, backward...
 *   profile_mark(profile, PROFILE_REST);
 *   ...wait for the next batch...
 *   profile_mark(profile, PROFILE_DATA);
 *
 * A lane is a thread's sequence of moments: lane 0 that of the main thread, whose operations
 * use all threads, the others those of the shards. The time between two moments of a lane
 * belongs to what ends at the second one, so that no time is counted twice, also if an
 * operation runs others, and none is missing.
 *
 * Time counts in thread-seconds: all threads for what the main thread does, one for a shard.
 * While shards run, whatever threads are without one wait. Divided by the number of threads,
 * the rows add up to the seconds that have passed. It only reads, so a profiled run computes
 * the same numbers. */
#ifndef RAMPLUS_CORE_AUTOGRAD_PROFILE_H
#define RAMPLUS_CORE_AUTOGRAD_PROFILE_H

#include "core/autograd/nan_watch.h"

typedef struct Profile Profile;
typedef struct ProfileLane ProfileLane;

/* What is no operation. */
#define PROFILE_OPEN       "opening data and model"
#define PROFILE_DATA       "waiting for data"
#define PROFILE_IMAGES     "reading images"
#define PROFILE_ADD_SHARDS "adding up shards"
#define PROFILE_CLIP       "gradient norm and clipping"
#define PROFILE_OPTIMIZER  "optimizer step"
#define PROFILE_EVALUATION "evaluation"
#define PROFILE_SAVE       "saving"
#define PROFILE_WAIT       "waiting for other shards"
#define PROFILE_REST       "rest"

enum ProfileKind { PROFILE_FORWARD, PROFILE_BACKWARD, PROFILE_OTHER };

/* Starts the clock. Keeps the first `events` moments, too, for profile_trace.h. Owned:
 * profile_free. */
Profile *profile_new(int64_t events);
void profile_free(Profile *p); /* accepts NULL */

/* Borrowed. New lanes are made while no shard runs. */
ProfileLane *profile_lane(Profile *p, int64_t i);

/* A moment: the forward of an operation, or its backward, has ended on this lane. */
void profile_operation(ProfileLane *lane, const OpTrace *trace, bool backward);
/* A moment of the main thread: `what`, one of the names above, has ended. Accepts NULL. */
void profile_mark(Profile *p, const char *what);

/* The main thread is about to run shards, and all of them have ended. */
void profile_fork(Profile *p);
void profile_join(Profile *p);
/* The calling thread begins and ends the work of a lane. */
void profile_begin(Profile *p, int64_t lane);
void profile_end(Profile *p, int64_t lane);

typedef struct ProfileRow {
    const char *name;
    enum ProfileKind kind;
    int64_t calls;
    int64_t flops;              /* of products, 2 M N K each */
    int64_t bytes;              /* of outputs; of the backward, gradients of inputs */
    double thread_seconds;      /* divided by the number of threads: seconds */
    double thread_seconds_busy; /* of them on a processor; spinning counts */
} ProfileRow;

/* The rows of all lanes together, most time first. Owned: mem_free. */
ProfileRow *profile_rows(const Profile *p, int64_t *count);
int profile_threads(const Profile *p);
double profile_seconds(const Profile *p); /* from profile_new to the last mark */

typedef struct ProfileEvent {
    const char *name;
    enum ProfileKind kind;
    double start, seconds; /* start: since profile_new */
    int64_t flops, bytes;
} ProfileEvent;

/* The events of lane i of 0..profile_lanes-1 in order, borrowed, and how many were left out. */
int64_t profile_lanes(const Profile *p);
const ProfileEvent *profile_events(const Profile *p, int64_t lane, int64_t *count,
                                   int64_t *left_out);

#endif
