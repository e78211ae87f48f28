/* SPDX-License-Identifier: Apache-2.0 */
/* A pool of many small strings in few large allocations, at stable addresses, and what string.h
 * lacks. */
#ifndef RAMPLUS_CORE_STRINGS_STRINGS_H
#define RAMPLUS_CORE_STRINGS_STRINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct StringPool {
    void *chunk; /* private: the newest chunk of a linked list */
} StringPool;

/* Copies len bytes of text and appends a NUL. The pool owns the copy. */
char *strings_add(StringPool *pool, const char *text, size_t len);
void strings_free(StringPool *pool);

/* Whether the text ends with these bytes. */
bool strings_end_in(const char *text, const char *end);
/* The ending of a noun after a count: "%ld tag%s", n, strings_s(n). */
const char *strings_s(int64_t n);
/* strcmp of two elements of an array of strings, or of structs whose first member is a string,
 * for qsort and bsearch. */
int strings_compare(const void *a, const void *b);

#endif
