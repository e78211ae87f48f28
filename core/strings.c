/* String pools and the little Unicode that reading lists and captions needs. */
#include "core/strings.h"

#include "core/mem.h"

#include <stdint.h>
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

/* Decodes one character; its length in bytes, 0 if the bytes are not UTF-8. */
static size_t decode(const unsigned char *p, uint32_t *out)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = *p < 0x80 ? 1 : *p >> 5 == 6 ? 2 : *p >> 4 == 14 ? 3 : *p >> 3 == 30 ? 4 : 0;
    if (n == 0) return 0;
    uint32_t c = n == 1 ? *p : *p & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if (p[i] >> 6 != 2) return 0;
        c = c << 6 | (p[i] & 0x3fu);
    }
    *out = c;
    return c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? 0 : n;
}

bool strings_utf8(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    while (*p) {
        uint32_t c;
        size_t n = decode(p, &c);
        if (n == 0) return false;
        p += n;
    }
    return true;
}

size_t strings_space(const char *text)
{
    uint32_t c;
    size_t n = decode((const unsigned char *)text, &c);
    if (n == 0) return 0;
    bool space = c == ' ' || (c >= 0x09 && c <= 0x0d) || (c >= 0x1c && c <= 0x1f) ||
                 c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
                 c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
    return space ? n : 0;
}
