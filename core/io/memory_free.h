/* SPDX-License-Identifier: Apache-2.0 */
/* How much memory this process may still take. */
#ifndef RAMPLUS_CORE_IO_MEMORY_FREE_H
#define RAMPLUS_CORE_IO_MEMORY_FREE_H

#include <stddef.h>
#include <stdint.h>

/* Bytes that can be taken without swapping: the least of what the kernel estimates and what the
 * process's control groups leave, files in the cache counted as free. 0: unknown. `root` is put
 * before /proc and /sys: "" on this machine. */
int64_t memory_free(const char *root);

/* Bytes of this process in memory now. */
int64_t memory_resident(void);

/* How many of these bytes are not in memory yet: pages that nobody has written to. */
int64_t memory_untouched(const void *data, size_t bytes);

#endif
