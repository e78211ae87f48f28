/* SPDX-License-Identifier: Apache-2.0 */
/* Collects images, labels and captions, in any order. */
#include "data/folder/label_set.h"

#include "core/array.h"
#include "core/hash_map.h"
#include "core/mem.h"

#include <stdlib.h>
#include <string.h>

enum { TAGS, IMAGES, LABELS, UNKNOWNS, CAPTIONS };

int64_t label_set_add_tag(LabelSet *s, const char *name)
{
    s->tag = array_grow(s->tag, sizeof *s->tag, s->tags, &s->room[TAGS]);
    s->tag[s->tags] = strings_add(&s->strings, name, strlen(name));
    return s->tags++;
}

int64_t label_set_add_image(LabelSet *s, const char *name)
{
    CHECK(s->images < INT32_MAX, "%ld images", s->images);
    s->image = array_grow(s->image, sizeof *s->image, s->images, &s->room[IMAGES]);
    s->image[s->images] = (LabelImage){.name = strings_add(&s->strings, name, strlen(name))};
    return s->images++;
}

int64_t label_set_repeated(const LabelSet *s, int64_t first)
{
    int64_t found = -1;
    HashMap names = hash_map_new(s->images);
    for (int64_t i = 0; found < 0 && i < s->images; i++) {
        uint8_t key[HASH_BYTES];
        hash_of(s->image[i].name, strlen(s->image[i].name), key);
        if (!hash_map_add(&names, key, i) && i >= first) found = i;
    }
    hash_map_free(&names);
    return found;
}

static LabelPair pair_of(const LabelSet *s, int64_t image, int64_t tag)
{
    CHECK(image >= 0 && image < s->images && tag >= 0 && tag < s->tags, "image %ld, tag %ld",
          image, tag);
    return (LabelPair){(int32_t)image, (int32_t)tag};
}

void label_set_add_label(LabelSet *s, int64_t image, int64_t tag)
{
    s->label = array_grow(s->label, sizeof *s->label, s->labels, &s->room[LABELS]);
    s->label[s->labels++] = pair_of(s, image, tag);
}

void label_set_add_unknown(LabelSet *s, int64_t image, int64_t tag)
{
    s->unknown = array_grow(s->unknown, sizeof *s->unknown, s->unknowns, &s->room[UNKNOWNS]);
    s->unknown[s->unknowns++] = pair_of(s, image, tag);
}

void label_set_add_caption(LabelSet *s, int64_t image, const char *text)
{
    CHECK(image >= 0 && image < s->images && s->captions < INT32_MAX, "image %ld", image);
    s->caption = array_grow(s->caption, sizeof *s->caption, s->captions, &s->room[CAPTIONS]);
    s->caption[s->captions] = (LabelText){(int32_t)image, (int32_t)s->captions,
                                          strings_add(&s->strings, text, strlen(text))};
    s->captions++;
}

static int by_image_and_tag(const void *a, const void *b)
{
    const LabelPair *x = a, *y = b;
    if (x->image != y->image) return x->image < y->image ? -1 : 1;
    return (x->tag > y->tag) - (x->tag < y->tag);
}

static int by_image_and_order(const void *a, const void *b)
{
    const LabelText *x = a, *y = b;
    if (x->image != y->image) return x->image < y->image ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

/* Sorts the pairs and returns how many different ones there are. */
static int64_t sort_pairs(LabelPair *pair, int64_t count)
{
    int64_t n = 0;
    if (count) qsort(pair, (size_t)count, sizeof *pair, by_image_and_tag);
    for (int64_t i = 0; i < count; i++)
        if (n == 0 || by_image_and_tag(&pair[n - 1], &pair[i]) != 0) pair[n++] = pair[i];
    return n;
}

/* Removes those of the unknown tags that are labels. */
static void drop_known(LabelSet *s)
{
    int64_t n = 0;
    for (int64_t i = 0, at = 0; i < s->unknowns; i++) {
        while (at < s->labels && by_image_and_tag(&s->label[at], &s->unknown[i]) < 0) at++;
        if (at == s->labels || by_image_and_tag(&s->label[at], &s->unknown[i]) != 0)
            s->unknown[n++] = s->unknown[i];
    }
    s->unknowns = n;
}

void label_set_sort(LabelSet *s)
{
    s->labels = sort_pairs(s->label, s->labels);
    s->unknowns = sort_pairs(s->unknown, s->unknowns);
    drop_known(s);
    if (s->captions)
        qsort(s->caption, (size_t)s->captions, sizeof *s->caption, by_image_and_order);
}

/* A name and its index before sorting. */
typedef struct Named {
    const char *name;
    int32_t index;
} Named;

static int by_name(const void *a, const void *b)
{
    const Named *x = a, *y = b;
    const int order = strcmp(x->name, y->name);
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

/* *to [count] the new index of each. Owned. */
static int32_t *sort_named(Named *named, int64_t count)
{
    int32_t *to = mem_alloc((size_t)(count + 1) * sizeof *to);
    if (count) qsort(named, (size_t)count, sizeof *named, by_name);
    for (int64_t i = 0; i < count; i++) to[named[i].index] = (int32_t)i;
    return to;
}

static int32_t *sort_images(LabelSet *s)
{
    Named *named = mem_alloc((size_t)(s->images + 1) * sizeof *named);
    LabelImage *sorted = mem_alloc((size_t)(s->images + 1) * sizeof *sorted);
    for (int64_t i = 0; i < s->images; i++) named[i] = (Named){s->image[i].name, (int32_t)i};
    int32_t *to = sort_named(named, s->images);
    for (int64_t i = 0; i < s->images; i++) sorted[to[i]] = s->image[i];
    if (s->images) memcpy(s->image, sorted, (size_t)s->images * sizeof *sorted);
    mem_free(sorted);
    mem_free(named);
    return to;
}

static int32_t *sort_tags(LabelSet *s)
{
    Named *named = mem_alloc((size_t)(s->tags + 1) * sizeof *named);
    for (int64_t k = 0; k < s->tags; k++) named[k] = (Named){s->tag[k], (int32_t)k};
    int32_t *to = sort_named(named, s->tags);
    for (int64_t k = 0; k < s->tags; k++) s->tag[k] = named[k].name;
    mem_free(named);
    return to;
}

static void renumber(LabelPair *pair, int64_t count, const int32_t *image, const int32_t *tag)
{
    for (int64_t i = 0; i < count; i++) {
        pair[i].image = image[pair[i].image];
        if (tag) pair[i].tag = tag[pair[i].tag];
    }
}

void label_set_sort_names(LabelSet *s, bool tags)
{
    int32_t *image = sort_images(s), *tag = tags ? sort_tags(s) : NULL;
    renumber(s->label, s->labels, image, tag);
    renumber(s->unknown, s->unknowns, image, tag);
    for (int64_t i = 0; i < s->captions; i++) s->caption[i].image = image[s->caption[i].image];
    mem_free(image);
    mem_free(tag);
    label_set_sort(s);
}

void label_set_free(LabelSet *s)
{
    mem_free(s->caption);
    mem_free(s->label);
    mem_free(s->unknown);
    mem_free(s->image);
    mem_free(s->tag);
    strings_free(&s->strings);
    *s = (LabelSet){0};
}
