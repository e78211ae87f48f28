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

/* Is this NUL-ended text valid UTF-8 (no surrogates, nothing overlong, at most U+10FFFF)? */
bool strings_utf8(const char *text);

/* Bytes of the white-space character at text (Unicode's, UTF-8), 0 if there is none. */
size_t strings_space(const char *text);

#endif
