/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of the kernel and of control groups. */
#include "core/io/memory_free.h"

#include "core/io/cgroup.h"
#include "core/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* The number after "NAME " at the start of a line of a file; -1 if there is none. */
static int64_t field(const char *path, const char *name)
{
    char line[256];
    int64_t value = -1;
    const size_t n = strlen(name);
    FILE *file = fopen(path, "r");
    while (file && value < 0 && fgets(line, sizeof line, file))
        if (strncmp(line, name, n) == 0 && line[n] == ' ') value = strtoll(line + n, NULL, 10);
    if (file) fclose(file);
    return value;
}

/* 0 and less: no limit. */
static int64_t lower(int64_t a, int64_t b) { return a <= 0 || (b > 0 && b < a) ? b : a; }

/* What is left of a limit; never 0, which would say that there is none. */
static int64_t rest(int64_t limit, int64_t used) { return limit > used ? limit - used : 1; }

/* The files of a limit: the limit itself, the use, and the part of the use that is cached
 * files. */
typedef struct Files {
    const char *limit, *used, *cache;
} Files;

static const Files versions[] = {
    {"memory.max", "memory.current", "inactive_file"},
    {"memory.high", "memory.current", "inactive_file"}, /* above it everything is slowed down */
    {"memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"},
};
enum { VERSIONS = sizeof versions / sizeof *versions };

/* "max", and the huge number of version 1, are no limit. */
static int64_t limit_free(const char *folder, const Files *f)
{
    char limit[CGROUP_LINE], used[CGROUP_LINE];
    if (!cgroup_line(folder, f->limit, limit)) return 0;
    if (!cgroup_line(folder, f->used, used)) return 0;
    const int64_t most = strtoll(limit, NULL, 10);
    if (strspn(limit, "0123456789") == 0 || most >= INT64_MAX / 2) return 0;
    char *stat = mem_format("%s/memory.stat", folder);
    const int64_t cache = field(stat, f->cache);
    mem_free(stat);
    return rest(most, strtoll(used, NULL, 10) - (cache > 0 ? cache : 0));
}

static int64_t group_free(const char *folder)
{
    int64_t least = 0;
    for (int i = 0; i < VERSIONS; i++) least = lower(least, limit_free(folder, &versions[i]));
    return least;
}

/* Pages of /proc/self/statm: all addresses, those in memory, those of data. */
typedef struct Pages {
    long all, resident, data;
} Pages;

static Pages pages(void)
{
    Pages p = {0};
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%ld %ld %*d %*d %*d %ld", &p.all, &p.resident, &p.data) != 3)
        p = (Pages){0};
    if (file) fclose(file);
    return p;
}

/* Threads and allocators reserve addresses that they do not use: up to a quarter of what is
 * left, and not more than a few of them need. */
static int64_t usable(int64_t addresses)
{
    const int64_t reserved = (int64_t)256 << 20;
    return addresses - (addresses / 4 < reserved ? addresses / 4 : reserved);
}

static int64_t process_free(void)
{
    const Pages p = pages();
    const struct {
        int resource;
        long used;
    } limits[] = {{RLIMIT_AS, p.all}, {RLIMIT_DATA, p.data}};
    int64_t least = 0;
    for (int i = 0; i < 2; i++) {
        struct rlimit limit;
        if (getrlimit(limits[i].resource, &limit) != 0 || limit.rlim_cur > INT64_MAX / 2)
            continue;
        const int64_t used = limits[i].used * sysconf(_SC_PAGESIZE);
        least = lower(least, usable(rest((int64_t)limit.rlim_cur, used)));
    }
    return least;
}

int64_t memory_free(const char *root)
{
    char *path = mem_format("%s/proc/meminfo", root);
    const int64_t kib = field(path, "MemAvailable:");
    const int64_t group = cgroup_lowest(root, "memory", group_free);
    mem_free(path);
    return lower(lower(kib < 0 ? 0 : rest(kib << 10, 0), group), process_free());
}

int64_t memory_resident(void) { return pages().resident * sysconf(_SC_PAGESIZE); }
