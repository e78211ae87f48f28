/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays that grow. */
#include "core/array.h"

#include "core/error.h"
#include "core/mem.h"

enum { FIRST = 64 };

void *array_grow(void *array, size_t size, int64_t count, int64_t *room)
{
    CHECK(count >= 0 && count <= *room, "%ld elements, room for %ld", count, *room);
    if (count < *room) return array;
    *room = *room ? 2 * *room : FIRST;
    return mem_realloc(array, (size_t)*room * size);
}
