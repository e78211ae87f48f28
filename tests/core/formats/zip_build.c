/* SPDX-License-Identifier: Apache-2.0 */
/* Writes every number independently of the code under test. */
#include "tests/core/formats/zip_build.h"

#include "core/mem.h"

#include <string.h>

typedef struct Out {
    uint8_t *byte;
    size_t len, room;
} Out;

static void put(Out *o, const void *data, size_t n)
{
    if (o->room - o->len < n + 1) {
        o->room = o->len + n + 4096;
        o->byte = mem_realloc(o->byte, o->room);
    }
    if (n) memcpy(o->byte + o->len, data, n);
    o->len += n;
}

static void num(Out *o, uint64_t x, int bytes)
{
    for (int i = 0; i < bytes; i++) put(o, &(uint8_t){(uint8_t)(x >> 8 * i)}, 1);
}

static void put_local(Out *o, const ZipPart *p)
{
    const char *name = p->local_name ? p->local_name : p->name;
    put(o, "PK\3\4", 4);
    num(o, 20, 2), num(o, (uint64_t)p->flags, 2);
    num(o, (uint64_t)(p->method | p->local_method), 2);
    num(o, 0, 4), num(o, p->crc, 4), num(o, p->len, 4), num(o, p->len, 4);
    num(o, strlen(name), 2), num(o, 0, 2);
    put(o, name, strlen(name));
    put(o, p->data, p->len);
}

static void put_central(Out *o, const ZipPart *p, uint64_t at)
{
    const uint64_t packed = p->packed ? p->packed : p->len, size = p->size ? p->size : p->len;
    const uint64_t none = UINT32_MAX, fields = (uint64_t)(p->extra_len ? p->extra_len : 24);
    at += (uint64_t)(int64_t)p->shift;
    put(o, "PK\1\2", 4);
    num(o, 20, 2), num(o, 20, 2), num(o, (uint64_t)p->flags, 2), num(o, (uint64_t)p->method, 2);
    num(o, 0, 4), num(o, p->crc, 4);
    num(o, p->wide ? none : packed, 4), num(o, p->wide ? none : size, 4);
    num(o, strlen(p->name), 2), num(o, p->wide ? 28 : 0, 2), num(o, 0, 2);
    num(o, 0, 2), num(o, 0, 2), num(o, 0, 4), num(o, p->wide ? none : at, 4);
    put(o, p->name, strlen(p->name));
    if (!p->wide) return;
    num(o, 1, 2), num(o, fields, 2);
    num(o, size, 8), num(o, packed, 8), num(o, at, 8);
}

static void put_end(Out *o, int parts, const ZipEnd *e, uint64_t from)
{
    const uint64_t here = o->len, n = (uint64_t)(parts + e->entries);
    const uint64_t bytes = here - from + (uint64_t)(int64_t)e->directory_bytes;
    const uint64_t at = from + (uint64_t)(int64_t)e->directory_shift;
    if (e->wide) {
        put(o, "PK\6\6", 4);
        num(o, 44, 8), num(o, 45, 2), num(o, 45, 2), num(o, (uint64_t)e->disk, 4), num(o, 0, 4);
        num(o, n + (uint64_t)e->end64_entries, 8), num(o, n + (uint64_t)e->end64_entries, 8);
        num(o, bytes, 8), num(o, at, 8);
        put(o, "PK\6\7", 4);
        num(o, 0, 4), num(o, here + (uint64_t)e->locator_shift, 8), num(o, 1, 4);
    }
    put(o, "PK\5\6", 4);
    num(o, (uint64_t)e->disk, 2), num(o, 0, 2), num(o, e->wide ? UINT16_MAX : n, 2);
    num(o, e->wide ? UINT16_MAX : n, 2), num(o, e->wide ? UINT32_MAX : bytes, 4);
    num(o, e->wide ? UINT32_MAX : at, 4), num(o, 0, 2);
}

uint8_t *zip_build(const ZipPart *part, int parts, const ZipEnd *end, size_t *len)
{
    Out o = {0};
    uint64_t at[8] = {0};
    for (int i = 0; i < parts; i++) {
        at[i] = o.len;
        put_local(&o, &part[i]);
    }
    const uint64_t from = o.len;
    for (int i = 0; i < parts; i++) put_central(&o, &part[i], at[i]);
    put_end(&o, parts, end, from);
    *len = o.len;
    return o.byte;
}
