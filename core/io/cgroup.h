/* SPDX-License-Identifier: Apache-2.0 */
/* Limits that control groups set for this process, in version 1 or 2. */
#ifndef RAMPLUS_CORE_IO_CGROUP_H
#define RAMPLUS_CORE_IO_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

/* The least positive value of limit(folder) over the group of the process and all groups above
 * it; 0 if none is positive. controller: "cpu", "memory". `root` is put before /proc and /sys:
 * "" on this machine. */
int64_t cgroup_lowest(const char *root, const char *controller,
                      int64_t (*limit)(const char *folder));

enum { CGROUP_LINE = 64 };
/* The first line of a file of the folder; false if there is none. */
bool cgroup_line(const char *folder, const char *name, char out[static CGROUP_LINE]);

#endif
