/* SPDX-License-Identifier: Apache-2.0 */
/* Many small strings kept for as long as their pool: few large allocations, stable addresses. */
#ifndef RAMPLUS_CORE_STRINGS_H
#define RAMPLUS_CORE_STRINGS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct StringPool {
    void *chunk; /* private: the newest of a chain */
} StringPool;

/* A copy of len bytes of text with a NUL behind. Borrowed from the pool. */
char *strings_add(StringPool *pool, const char *text, size_t len);
void strings_free(StringPool *pool);

/* Whether the text ends in these bytes. */
bool strings_end_in(const char *text, const char *end);
/* strcmp of two elements of an array of strings: for qsort and bsearch. */
int strings_compare(const void *a, const void *b);

#endif
