/* SPDX-License-Identifier: Apache-2.0 */
/* How much memory this process has, and may still take. */
#ifndef RAMPLUS_CORE_IO_MEMORY_FREE_H
#define RAMPLUS_CORE_IO_MEMORY_FREE_H

#include <stdint.h>

/* Bytes that can be taken without swapping: the least of what the kernel estimates, of what the
 * control groups of the process leave, files in the cache counted as free, and of its limits
 * (ulimit -v, ulimit -d). 0: unknown. `root` is put before /proc and /sys: "" on this
 * machine. */
int64_t memory_free(const char *root);

/* Bytes of this process in memory now; 0: unknown. */
int64_t memory_resident(void);

#endif
