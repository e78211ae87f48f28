/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation that exits with advice instead of returning NULL. */
#include "core/mem.h"

#include "core/error.h"
#include "core/log.h"
#include "core/unfinished.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

enum { ALIGNMENT = 64 };

__attribute__((weak)) const char mem_advice[] = "";

size_t mem_peak(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (size_t)usage.ru_maxrss * 1024;
}

bool mem_has(size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p != MAP_FAILED && munmap(p, bytes) == 0;
}

extern int malloc_trim(size_t pad) __attribute__((weak)); /* glibc's; others have none */

void mem_trim(void)
{
    if (malloc_trim) malloc_trim(0);
}

/* Nothing that libraries registered for exit runs: without memory, some of it crashes. */
void mem_exhausted(size_t bytes)
{
    char wanted[48] = "";
    if (bytes) snprintf(wanted, sizeof wanted, "%zu bytes wanted, ", bytes);
    flockfile(stderr); /* for good: another thread without memory says nothing more */
    log_error("out of memory: %speak so far %zu MiB%s", wanted, mem_peak() >> 20, mem_advice);
    if (ftrylockfile(stdout) == 0) fflush(stdout);
    fflush(stderr);
    unfinished_remove_last();
    _Exit(ERROR_RUNTIME);
}

static void *checked(void *p, size_t bytes)
{
    if (!p) mem_exhausted(bytes);
    return p;
}

/* A function of AddressSanitizer, which knows the rounded size only; NULL in other builds. */
void __asan_poison_memory_region(const volatile void *p, size_t bytes) __attribute__((weak));

static size_t rounded(size_t bytes)
{
    if (bytes > SIZE_MAX - ALIGNMENT) checked(NULL, bytes);
    return (bytes + ALIGNMENT) / ALIGNMENT *
           ALIGNMENT; /* at least one cache line, even for 0 */
}

void *mem_alloc(size_t bytes)
{
    const size_t room = rounded(bytes);
    char *p = checked(aligned_alloc(ALIGNMENT, room), bytes);
    if (__asan_poison_memory_region) __asan_poison_memory_region(p + bytes, room - bytes);
    return p;
}

void *mem_calloc(size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) checked(NULL, SIZE_MAX);
    void *p = mem_alloc(bytes);
    memset(p, 0, bytes);
    return p;
}

void *mem_realloc(void *old, size_t bytes)
{
    return checked(realloc(old, bytes ? bytes : 1), bytes);
}

char *mem_strdup(const char *text)
{
    size_t n = strlen(text) + 1;
    return memcpy(mem_alloc(n), text, n);
}

char *mem_format(const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    CHECK(n >= 0, "bad format %s", format);
    char *text = mem_alloc((size_t)n + 1);
    vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    return text;
}

void mem_free(void *p) { free(p); }
