/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of the kernel and of control groups. */
#define _DEFAULT_SOURCE /* mincore */
#include "core/io/memory_free.h"

#include "core/io/cgroup.h"
#include "core/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
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

/* Of one group: its limit less its use, in the files of version 2 or 1. "max", and the huge
 * number of version 1, are no limit. */
static int64_t group_free(const char *folder)
{
    static const char *const name[2][2] = {
        {"memory.max", "memory.current"},
        {"memory.limit_in_bytes", "memory.usage_in_bytes"},
    };
    char limit[CGROUP_LINE], used[CGROUP_LINE];
    for (int i = 0; i < 2; i++) {
        if (!cgroup_line(folder, name[i][0], limit)) continue;
        if (!cgroup_line(folder, name[i][1], used)) continue;
        const int64_t most = strtoll(limit, NULL, 10);
        if (most <= 0 || most >= INT64_MAX / 2) return 0;
        char *stat = mem_format("%s/memory.stat", folder);
        const int64_t cache = field(stat, i == 0 ? "inactive_file" : "total_inactive_file");
        const int64_t left = most - strtoll(used, NULL, 10) + (cache > 0 ? cache : 0);
        mem_free(stat);
        return left > 0 ? left : 1; /* 0 would say that there is no limit */
    }
    return 0;
}

int64_t memory_free(const char *root)
{
    char *path = mem_format("%s/proc/meminfo", root);
    const int64_t kib = field(path, "MemAvailable:");
    const int64_t group = cgroup_lowest(root, "memory", group_free);
    mem_free(path);
    if (kib < 0) return group;
    return group > 0 && group < kib << 10 ? group : kib << 10;
}

int64_t memory_resident(void)
{
    long size = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%ld %ld", &size, &resident) != 2) resident = 0;
    if (file) fclose(file);
    return (int64_t)resident * sysconf(_SC_PAGESIZE);
}

int64_t memory_untouched(const void *data, size_t bytes)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const uintptr_t begin = ((uintptr_t)data + page - 1) / page * page;
    const uintptr_t end = ((uintptr_t)data + bytes) / page * page;
    if (!data || end <= begin) return 0;
    const size_t pages = (end - begin) / page;
    unsigned char *in = mem_alloc(pages);
    int64_t missing = 0;
    if (mincore((void *)begin, end - begin, in) == 0)
        for (size_t i = 0; i < pages; i++) missing += !(in[i] & 1);
    mem_free(in);
    return missing * (int64_t)page;
}
