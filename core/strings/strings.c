/* SPDX-License-Identifier: Apache-2.0 */
/* The string pool as a linked list of chunks. */
#include "core/strings/strings.h"

#include "core/mem.h"

#include <string.h>

typedef struct Chunk {
    struct Chunk *older;
    size_t used, room;
    char text[];
} Chunk;

enum { CHUNK = 1 << 16 };

char *strings_add(StringPool *pool, const char *text, size_t len)
{
    Chunk *c = pool->chunk;
    if (!c || c->room - c->used <= len) {
        size_t room = len >= CHUNK ? len + 1 : CHUNK;
        Chunk *fresh = mem_alloc(sizeof *fresh + room);
        *fresh = (Chunk){.older = c, .room = room};
        pool->chunk = c = fresh;
    }
    char *copy = c->text + c->used;
    memcpy(copy, text, len);
    copy[len] = 0;
    c->used += len + 1;
    return copy;
}

void strings_free(StringPool *pool)
{
    for (Chunk *c = pool->chunk; c;) {
        Chunk *older = c->older;
        mem_free(c);
        c = older;
    }
    *pool = (StringPool){0};
}

bool strings_end_in(const char *text, const char *end)
{
    const size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

const char *strings_s(int64_t n) { return n == 1 ? "" : "s"; }

int strings_compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}
