/* SPDX-License-Identifier: Apache-2.0 */
/* The wrappers between core/mem and the C library. */
#include "tests/support/allocations.h"

#include <stdatomic.h>
#include <stddef.h>

static atomic_llong count;

/* With the linker option --wrap, calls of F go to __wrap_F, and __real_F is F itself. */
void *__real_aligned_alloc(size_t alignment, size_t bytes);
void *__real_realloc(void *old, size_t bytes);
void *__wrap_aligned_alloc(size_t alignment, size_t bytes);
void *__wrap_realloc(void *old, size_t bytes);

void *__wrap_aligned_alloc(size_t alignment, size_t bytes)
{
    atomic_fetch_add(&count, 1);
    return __real_aligned_alloc(alignment, bytes);
}

void *__wrap_realloc(void *old, size_t bytes)
{
    atomic_fetch_add(&count, 1);
    return __real_realloc(old, bytes);
}

int64_t allocations_count(void) { return atomic_load(&count); }
