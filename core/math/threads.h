/* SPDX-License-Identifier: Apache-2.0 */
/* How many threads a program may use by default. The only place that asks: computation, loading
 * and `prepare` take its answer. */
#ifndef RAMPLUS_CORE_MATH_THREADS_H
#define RAMPLUS_CORE_MATH_THREADS_H

typedef struct ThreadLimit {
    int count;          /* at least 1 */
    const char *reason; /* "one per processor", "cgroup quota", "OMP_NUM_THREADS", ... */
} ThreadLimit;

/* The least of: the processors that the process may run on; OMP_NUM_THREADS (the first number
 * of a list) and OMP_THREAD_LIMIT; the quota of its control group and of all groups above it,
 * rounded up. `root` is put before /proc and /sys: "" on this machine. */
ThreadLimit threads_limit(const char *root);

/* The processors' worth of time that the quota grants, rounded up; 0: no quota. */
int threads_quota(const char *root);

/* How many threads would share a loop that begins here: 1 in one that is shared already. */
int threads_here(void);

/* `wanted` threads; 0: as many as the limit grants, and at most `usual` unless that is 0. */
ThreadLimit threads_choose(int wanted, int usual);

#endif
