/* SPDX-License-Identifier: Apache-2.0 */
/* The list of arrays, and the hash over its entries sorted by name. */
#include "core/io/content.h"

#include "core/array.h"
#include "core/error.h"
#include "core/mem.h"
#include "core/strings/strings.h"

#include <stdlib.h>
#include <string.h>

enum { AXES = 8 };

typedef struct Part {
    char *name, *type; /* the name first: strings_compare */
    int64_t ndim, shape[AXES];
    uint8_t hash[HASH_BYTES];
} Part;

struct Content {
    int64_t count, room;
    Part *part;
};

Content *content_new(void) { return mem_calloc(1, sizeof(Content)); }

void content_add(Content *c, const char *name, const char *type, int ndim, const int64_t *shape,
                 const uint8_t hash[static HASH_BYTES])
{
    CHECK(ndim >= 0 && ndim <= AXES, "%s: %d axes", name, ndim);
    c->part = array_grow(c->part, sizeof *c->part, c->count, &c->room);
    Part *p = &c->part[c->count++];
    *p = (Part){.name = mem_strdup(name), .type = mem_strdup(type), .ndim = ndim};
    if (ndim) memcpy(p->shape, shape, (size_t)ndim * sizeof *shape);
    memcpy(p->hash, hash, HASH_BYTES);
}

void content_add_data(Content *c, const char *name, const char *type, int ndim,
                      const int64_t *shape, const void *data, size_t bytes)
{
    uint8_t hash[HASH_BYTES];
    hash_of(data, bytes, hash);
    content_add(c, name, type, ndim, shape, hash);
}

void content_end(Content *c, char out[static HASH_HEX])
{
    uint8_t value[HASH_BYTES];
    Hash *h = hash_new();
    if (c->count) qsort(c->part, (size_t)c->count, sizeof *c->part, strings_compare);
    for (int64_t i = 0; i < c->count; i++) {
        const Part *p = &c->part[i];
        hash_add(h, p->name, strlen(p->name) + 1);
        hash_add(h, p->type, strlen(p->type) + 1);
        hash_add(h, &p->ndim, sizeof p->ndim);
        hash_add(h, p->shape, (size_t)p->ndim * sizeof *p->shape);
        hash_add(h, p->hash, HASH_BYTES);
    }
    hash_result(h, value);
    hash_hex(value, out);
    hash_free(h);
    content_free(c);
}

void content_free(Content *c)
{
    if (!c) return;
    for (int64_t i = 0; i < c->count; i++) {
        mem_free(c->part[i].name);
        mem_free(c->part[i].type);
    }
    mem_free(c->part);
    mem_free(c);
}
