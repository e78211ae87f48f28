/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays that grow by one element at a time. */
#ifndef RAMPLUS_CORE_ARRAY_H
#define RAMPLUS_CORE_ARRAY_H

#include <stddef.h>
#include <stdint.h>

/* The array with room for one element more than `count`: itself, or a larger copy. It comes from mem_realloc or is
 * NULL, has room for *room elements of `size` bytes, and doubles when it is full, so that appending n
 * elements copies at most 2n.
 *
 *   list->item = array_grow(list->item, sizeof *list->item, list->count, &list->room);
 *   list->item[list->count++] = item; */
void *array_grow(void *array, size_t size, int64_t count, int64_t *room);

#endif
