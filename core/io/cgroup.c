/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of /proc/self/cgroup, and the folders of groups up to the top. */
#include "core/io/cgroup.h"

#include "core/mem.h"

#include <stdio.h>
#include <string.h>

enum { LINE = 4096 };

typedef struct Search {
    const char *root, *controller;
    int64_t (*limit)(const char *folder);
} Search;

bool cgroup_line(const char *folder, const char *name, char out[static CGROUP_LINE])
{
    char *path = mem_format("%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    const bool found = file && fgets(out, CGROUP_LINE, file);
    if (file) fclose(file);
    mem_free(path);
    return found;
}

static int64_t lower(int64_t a, int64_t b) { return a <= 0 || (b > 0 && b < a) ? b : a; }

/* From the group up to the top of BASE. In a container the path may be the host's: then only
 * the top exists. */
static int64_t lowest_above(const Search *s, const char *base, const char *group)
{
    int64_t lowest = 0;
    char *path = mem_format("%s%s%s", s->root, base, group), *end = path + strlen(path);
    const char *top = path + strlen(s->root) + strlen(base);
    for (;; *end = 0) {
        lowest = lower(lowest, s->limit(path));
        if (end == top) break;
        for (end--; end > top && *end != '/';) end--;
    }
    mem_free(path);
    return lowest;
}

/* Whether a list such as "cpu,cpuacct" names the controller. */
static bool names(const char *list, const char *controller)
{
    const size_t n = strlen(controller);
    for (const char *p = list; *p; p += strcspn(p, ","), p += *p == ',')
        if (strcspn(p, ",") == n && strncmp(p, controller, n) == 0) return true;
    return false;
}

/* Of a line of /proc/self/cgroup, "0::/GROUP" or "4:cpu,cpuacct:/GROUP". */
static int64_t line_limit(const Search *s, char *line)
{
    char *list = strchr(line, ':'), *group = list ? strchr(list + 1, ':') : NULL;
    if (!group) return 0;
    *list++ = *group++ = 0;
    group[strcspn(group, "\n")] = 0;
    if (!*list) return lowest_above(s, "/sys/fs/cgroup", group);
    if (!names(list, s->controller)) return 0;
    char *all = mem_format("/sys/fs/cgroup/%s", list); /* NAME may be a link to it, if at all */
    char *one = mem_format("/sys/fs/cgroup/%s", s->controller);
    const int64_t limit = lower(lowest_above(s, all, group), lowest_above(s, one, group));
    mem_free(one);
    mem_free(all);
    return limit;
}

int64_t cgroup_lowest(const char *root, const char *controller,
                      int64_t (*limit)(const char *folder))
{
    const Search s = {root, controller, limit};
    char line[LINE], *path = mem_format("%s/proc/self/cgroup", root);
    int64_t lowest = 0;
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file)) lowest = lower(lowest, line_limit(&s, line));
    if (file) fclose(file);
    mem_free(path);
    return lowest;
}
