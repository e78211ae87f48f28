/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of tags. */
#include "data/tag_ids.h"

#include "core/array.h"
#include "core/mem.h"

#include <stdlib.h>

static int by_value(const void *a, const void *b)
{
    const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

int64_t tag_ids_sort(int32_t *id, int64_t count)
{
    if (count > 1) qsort(id, (size_t)count, sizeof *id, by_value);
    int64_t kept = 0;
    for (int64_t i = 0; i < count; i++)
        if (kept == 0 || id[i] != id[kept - 1]) id[kept++] = id[i];
    return kept;
}

bool tag_ids_have(const int32_t *id, int64_t count, int32_t wanted)
{
    int64_t lo = 0, hi = count;
    while (lo < hi) {
        const int64_t mid = lo + (hi - lo) / 2;
        if (id[mid] < wanted)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < count && id[lo] == wanted;
}

void tag_ids_add(TagIds *s, int32_t id)
{
    s->id = array_grow(s->id, sizeof *s->id, s->count, &s->room);
    s->id[s->count++] = id;
}

void tag_ids_free(TagIds *s)
{
    mem_free(s->id);
    *s = (TagIds){0};
}
