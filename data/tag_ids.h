/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of tags: ids in ascending order, each once. */
#ifndef RAMPLUS_DATA_TAG_IDS_H
#define RAMPLUS_DATA_TAG_IDS_H

#include <stdbool.h>
#include <stdint.h>

/* Sorts ids and drops repeats; returns the number that remain. */
int64_t tag_ids_sort(int32_t *id, int64_t count);

/* Whether a set has the id. */
bool tag_ids_have(const int32_t *id, int64_t count, int32_t wanted);

/* A set under construction. Initialize it with {0}. */
typedef struct TagIds {
    int32_t *id;
    int64_t count, room;
} TagIds;

void tag_ids_add(TagIds *s, int32_t id); /* at the end: sort before use */
void tag_ids_free(TagIds *s);            /* frees and empties */

#endif
