/* SPDX-License-Identifier: Apache-2.0 */
/* malloc and its relatives, for every library in the program: where one would return NULL for
 * want of memory, the program ends as core/mem.h says. Libraries crash on NULL, take it for
 * success, or for a fault of their input; here, none gets it. The dynamic linker prefers these
 * definitions, because the program comes before its libraries. Sanitizers bring allocators of
 * their own, so their builds leave this file out. */
#include "core/mem.h"

#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>

/* The functions themselves, under the names that the C library keeps for definitions like
 * these. */
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);
void __libc_free(void *p);

/* A size beyond any machine is no lack of memory, but a wrong number in a file or a call. */
static const size_t ABSURD = (size_t)1 << 47;

static void *checked(void *p, size_t bytes)
{
    if (!p && bytes < ABSURD) mem_exhausted(bytes);
    return p;
}

void *malloc(size_t bytes) { return checked(__libc_malloc(bytes), bytes); }

void *calloc(size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) bytes = SIZE_MAX;
    return checked(__libc_calloc(count, size), bytes);
}

/* realloc to nothing frees, and returns NULL. */
void *realloc(void *old, size_t bytes)
{
    void *p = __libc_realloc(old, bytes);
    return bytes ? checked(p, bytes) : p;
}

void *memalign(size_t alignment, size_t bytes)
{
    return checked(__libc_memalign(alignment, bytes), bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes) { return memalign(alignment, bytes); }

int posix_memalign(void **out, size_t alignment, size_t bytes)
{
    if (alignment % sizeof(void *) || (alignment & (alignment - 1)) || !alignment)
        return EINVAL;
    void *p = memalign(alignment, bytes);
    if (p) *out = p;
    return p ? 0 : ENOMEM;
}

void free(void *p) { __libc_free(p); }
