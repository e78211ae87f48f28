/* SPDX-License-Identifier: Apache-2.0 */
/* Counts tags and divides them into seen and unseen ones. */
#include "data/folder/vocabulary.h"

#include "core/mem.h"
#include "core/strings/strings.h"

#include <stdlib.h>
#include <string.h>

/* Collects every tag of every image, sorted, and returns their number. */
static int64_t collect(const LabeledSet *set, const char ***out)
{
    int64_t all = 0, at = 0;
    for (int64_t i = 0; i < set->count; i++) all += set->image[i].tags;
    *out = mem_calloc((size_t)all, sizeof **out);
    for (int64_t i = 0; i < set->count; i++)
        for (int64_t k = 0; k < set->image[i].tags; k++) (*out)[at++] = set->image[i].tag[k];
    if (all) qsort(*out, (size_t)all, sizeof **out, strings_compare);
    return all;
}

static void divide(Vocabulary *v, const TagList *seen)
{
    v->unseen = mem_calloc((size_t)v->count, sizeof *v->unseen);
    v->position = mem_calloc((size_t)v->count, sizeof *v->position);
    for (int64_t i = 0; i < v->count; i++) {
        v->unseen[i] = seen ? tags_find(seen, v->name[i]) < 0 : i % 5 == 4;
        v->position[i] = (int32_t)v->lists[v->unseen[i]]++;
    }
}

Vocabulary vocabulary_new(const LabeledSet *set, int64_t min_images, const TagList *seen)
{
    Vocabulary v = {0};
    const char **name;
    const int64_t all = collect(set, &name);
    for (int64_t i = 0, end; i < all; i = end) {
        for (end = i + 1; end < all && strcmp(name[i], name[end]) == 0;) end++;
        if (end - i >= min_images) name[v.count++] = name[i];
    }
    v.name = name;
    divide(&v, seen);
    return v;
}

void vocabulary_free(Vocabulary *v)
{
    mem_free(v->name);
    mem_free(v->unseen);
    mem_free(v->position);
    *v = (Vocabulary){0};
}

int64_t vocabulary_find(const Vocabulary *v, const char *name)
{
    int64_t lo = 0, hi = v->count;
    while (lo < hi) {
        const int64_t mid = lo + (hi - lo) / 2;
        if (strcmp(v->name[mid], name) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < v->count && strcmp(v->name[lo], name) == 0 ? lo : -1;
}
