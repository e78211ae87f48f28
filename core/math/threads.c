/* SPDX-License-Identifier: Apache-2.0 */
/* The number of threads that affinity, environment and control groups grant. */
#include "core/math/threads.h"

#include "core/mem.h"

#include <errno.h>
#include <limits.h>
#include <omp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 4096, TIMES = 64 };

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

/* The first line of ROOT/BASE/GROUP/NAME; false if there is none. */
static bool read_line(const char *root, const char *base, const char *group, const char *name,
                      char out[static TIMES])
{
    char *path = mem_format("%s%s%s/%s", root, base, group, name);
    FILE *file = fopen(path, "r");
    const bool found = file && fgets(out, TIMES, file);
    if (file) fclose(file);
    mem_free(path);
    return found;
}

/* QUOTA microseconds of every PERIOD, rounded up to processors; 0 if these are not times. */
static int processors(long quota, long period)
{
    if (quota <= 0 || period <= 0 || quota / period >= INT_MAX) return 0;
    return (int)(quota / period + (quota % period != 0));
}

/* The quota of one group, in the files of version 2 ("max 100000") or 1 (-1: none). */
static int group_quota(const char *root, const char *base, const char *group)
{
    char line[TIMES];
    long quota, period;
    if (read_line(root, base, group, "cpu.max", line))
        return sscanf(line, "%ld %ld", &quota, &period) == 2 ? processors(quota, period) : 0;
    if (!read_line(root, base, group, "cpu.cfs_quota_us", line)) return 0;
    quota = strtol(line, NULL, 10);
    if (!read_line(root, base, group, "cpu.cfs_period_us", line)) return 0;
    return processors(quota, strtol(line, NULL, 10));
}

static int lower_quota(int a, int b) { return a == 0 || (b > 0 && b < a) ? b : a; }

/* The lowest quota from the group up to the top. In a container the path may be the host's:
 * then only the top exists. */
static int lowest_quota(const char *root, const char *base, const char *group)
{
    int lowest = 0;
    char *path = mem_strdup(group), *end = path + strlen(path);
    for (;; *end = 0) {
        lowest = lower_quota(lowest, group_quota(root, base, path));
        if (end == path) break;
        for (end--; end > path && *end != '/';) end--;
    }
    mem_free(path);
    return lowest;
}

/* Whether a list such as "cpu,cpuacct" names the controller of the processors. */
static bool controls_cpu(const char *list)
{
    for (const char *p = list; *p; p += strcspn(p, ","), p += *p == ',')
        if (strcspn(p, ",") == 3 && strncmp(p, "cpu", 3) == 0) return true;
    return false;
}

/* The quota of a line of /proc/self/cgroup, "0::/GROUP" or "4:cpu,cpuacct:/GROUP". */
static int line_quota(const char *root, char *line)
{
    char *list = strchr(line, ':'), *group = list ? strchr(list + 1, ':') : NULL;
    if (!group) return 0;
    *list++ = *group++ = 0;
    group[strcspn(group, "\n")] = 0;
    if (!*list) return lowest_quota(root, "/sys/fs/cgroup", group);
    if (!controls_cpu(list)) return 0;
    char *base = mem_format("/sys/fs/cgroup/%s", list); /* "cpu" is a link to it, if at all */
    const int quota = lower_quota(lowest_quota(root, base, group),
                                  lowest_quota(root, "/sys/fs/cgroup/cpu", group));
    mem_free(base);
    return quota;
}

int threads_quota(const char *root)
{
    char line[LINE], *path = mem_format("%s/proc/self/cgroup", root);
    int lowest = 0;
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        lowest = lower_quota(lowest, line_quota(root, line));
    if (file) fclose(file);
    mem_free(path);
    return lowest;
}

/* ---- all together ------------------------------------------------------------------------ */

ThreadLimit threads_limit(const char *root)
{
    ThreadLimit limit = {omp_get_num_procs(), "one per processor"};
    lower(&limit, threads_quota(root), "cgroup quota");
    lower(&limit, from_environment("OMP_NUM_THREADS"), "OMP_NUM_THREADS");
    lower(&limit, from_environment("OMP_THREAD_LIMIT"), "OMP_THREAD_LIMIT");
    return limit;
}

ThreadLimit threads_choose(int wanted, int usual)
{
    if (wanted > 0) return (ThreadLimit){wanted, "as set"};
    ThreadLimit limit = threads_limit("");
    if (usual > 0) lower(&limit, usual, "usual");
    return limit;
}
