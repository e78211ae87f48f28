/* SPDX-License-Identifier: Apache-2.0 */
/* An array in the order of hashes of names. */
#include "core/io/tar_index.h"

#include "core/array.h"
#include "core/mem.h"

#include <stdlib.h>
#include <string.h>

static void key_of(const char *name, uint8_t key[static HASH_BYTES])
{
    hash_of(name, strlen(name), key);
}

static int take(void *to, const TarMember *m, Error *err)
{
    TarIndex *index = to;
    (void)err;
    if (m->why) {
        index->left_out++;
        return 0;
    }
    if (index->wanted && !index->wanted(m->name)) return 0;
    index->place = array_grow(index->place, sizeof *index->place, index->count, &index->room);
    TarPlace *p = &index->place[index->count++];
    key_of(m->name, p->key);
    p->offset = m->offset;
    p->bytes = m->bytes;
    return 0;
}

static int by_key(const void *a, const void *b)
{
    return memcmp(((const TarPlace *)a)->key, ((const TarPlace *)b)->key, HASH_BYTES);
}

/* By key, then as in the file. */
static int by_key_and_offset(const void *a, const void *b)
{
    const TarPlace *x = a, *y = b;
    const int order = by_key(a, b);
    return order ? order : (x->offset > y->offset) - (x->offset < y->offset);
}

static void drop_repeated(TarIndex *index)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < index->count; i++) {
        const bool again = kept > 0 && by_key(&index->place[kept - 1], &index->place[i]) == 0;
        index->left_out += again;
        if (!again) index->place[kept++] = index->place[i];
    }
    index->count = kept;
}

int tar_index_read(int fd, const char *path, int64_t bytes, bool (*wanted)(const char *name),
                   TarIndex *out, Error *err)
{
    *out = (TarIndex){.wanted = wanted};
    if (tar_list(fd, path, bytes, take, out, &out->torn, err) != 0) {
        tar_index_free(out);
        return -1;
    }
    if (out->count == 0) return 0;
    qsort(out->place, (size_t)out->count, sizeof *out->place, by_key_and_offset);
    drop_repeated(out);
    out->room = out->count;
    out->place = mem_realloc(out->place, (size_t)out->room * sizeof *out->place);
    return 0;
}

void tar_index_free(TarIndex *index)
{
    mem_free(index->place);
    *index = (TarIndex){0};
}

const TarPlace *tar_index_find(const TarIndex *index, const char *name)
{
    TarPlace wanted;
    if (index->count == 0) return NULL;
    key_of(name, wanted.key);
    return bsearch(&wanted, index->place, (size_t)index->count, sizeof wanted, by_key);
}
