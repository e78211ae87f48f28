/* SPDX-License-Identifier: Apache-2.0 */
/* Asks for what will be read or written, so that it is near by then. */
#ifndef RAMPLUS_CORE_MATH_PREFETCH_H
#define RAMPLUS_CORE_MATH_PREFETCH_H

#include <stdint.h>

enum { PREFETCH_LINE = 64 }; /* bytes */

/* The empty instruction says that something happens: gcc would remove calls of a function that
 * does nothing else. */
#define PREFETCH(x, write, near) (__builtin_prefetch(x, write, near), prefetch_keep())
static inline void prefetch_keep(void) { __asm__ volatile(""); }

/* Into the second cache, which has room for more. */
static inline void prefetch_read(const void *x, int64_t bytes)
{
    for (int64_t i = 0; i < bytes; i += PREFETCH_LINE) PREFETCH((const char *)x + i, 0, 2);
}

static inline void prefetch_write(const void *x, int64_t bytes)
{
    for (int64_t i = 0; i < bytes; i += PREFETCH_LINE) PREFETCH((const char *)x + i, 1, 3);
}

#endif
