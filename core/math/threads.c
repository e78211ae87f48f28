/* SPDX-License-Identifier: Apache-2.0 */
/* The number of threads that affinity, environment and control groups grant. */
#include "core/math/threads.h"

#include "core/io/cgroup.h"

#include <errno.h>
#include <limits.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void lower(ThreadLimit *limit, int count, const char *reason)
{
    if (count > 0 && count < limit->count) *limit = (ThreadLimit){count, reason};
}

/* The first number of a list such as "4,2"; 0 if the variable is unset or not such a list, of
 * which the OpenMP library warns. */
static int from_environment(const char *name)
{
    char *end;
    const char *text = getenv(name);
    if (!text) return 0;
    errno = 0;
    const long n = strtol(text, &end, 10);
    end += strspn(end, " \t");
    return errno || end == text || (*end && *end != ',') || n < 1 || n > INT_MAX ? 0 : (int)n;
}

/* ---- control groups ---------------------------------------------------------------------- */

/* QUOTA microseconds of every PERIOD, rounded up to processors; 0 if these are not times. */
static int64_t processors(long quota, long period)
{
    if (quota <= 0 || period <= 0 || quota / period >= INT_MAX) return 0;
    return quota / period + (quota % period != 0);
}

/* The quota of one group, in the files of version 2 ("max 100000") or 1 (-1: none). */
static int64_t group_quota(const char *folder)
{
    char line[CGROUP_LINE];
    long quota, period;
    if (cgroup_line(folder, "cpu.max", line))
        return sscanf(line, "%ld %ld", &quota, &period) == 2 ? processors(quota, period) : 0;
    if (!cgroup_line(folder, "cpu.cfs_quota_us", line)) return 0;
    quota = strtol(line, NULL, 10);
    if (!cgroup_line(folder, "cpu.cfs_period_us", line)) return 0;
    return processors(quota, strtol(line, NULL, 10));
}

int threads_quota(const char *root) { return (int)cgroup_lowest(root, "cpu", group_quota); }

/* ---- all together ------------------------------------------------------------------------ */

ThreadLimit threads_limit(const char *root)
{
    ThreadLimit limit = {omp_get_num_procs(), "one per processor"};
    lower(&limit, threads_quota(root), "cgroup quota");
    lower(&limit, from_environment("OMP_NUM_THREADS"), "OMP_NUM_THREADS");
    lower(&limit, from_environment("OMP_THREAD_LIMIT"), "OMP_THREAD_LIMIT");
    return limit;
}

int threads_here(void) { return omp_in_parallel() ? 1 : omp_get_max_threads(); }

ThreadLimit threads_choose(int wanted, int usual)
{
    if (wanted > 0) return (ThreadLimit){wanted, "as set"};
    ThreadLimit limit = threads_limit("");
    if (usual > 0) lower(&limit, usual, "usual");
    return limit;
}
