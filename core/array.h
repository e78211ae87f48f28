/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays that grow by one element at a time. */
#ifndef RAMPLUS_CORE_ARRAY_H
#define RAMPLUS_CORE_ARRAY_H

#include <stddef.h>
#include <stdint.h>

/* Makes room for one element after the first `count` and returns the array: the same one, or a
 * larger copy. The array is NULL or comes from mem_realloc, and has room for *room elements of
 * `size` bytes. It doubles when it is full, so that appending n elements copies at most 2n.
 *
 *   list->item = array_grow(list->item, sizeof *list->item, list->count, &list->room);
 *   list->item[list->count++] = item; */
void *array_grow(void *array, size_t size, int64_t count, int64_t *room);

#endif
