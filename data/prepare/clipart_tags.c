/* SPDX-License-Identifier: Apache-2.0 */
/* Spelling, captions and vocabulary of the clip-art collection. */
#include "data/prepare/clipart_tags.h"

#include "core/mem.h"
#include "core/printable.h"

#include <stdlib.h>
#include <string.h>

/* Tags about the collection, the file or its license rather than the image content. */
static const char *const meaningless[] = {
    "hash",     "unsorted",         "externally linked",
    "clip art", "clipart",          "magick",
    "theme",    "lemon theme icon", "icons",
    "computer", "special",          "cc0",
    "svg",      "inkscape",         "public domain",
};

static const char GENERATED[] = "magick";

bool clipart_is_unseen(int64_t index) { return index % 5 == 4; }

static void to_lower(char *text)
{
    for (; *text; text++)
        if (*text >= 'A' && *text <= 'Z') *text = (char)(*text - 'A' + 'a');
}

static bool has_tag(const ClipartInfo *info, int64_t among, const char *name)
{
    for (int64_t i = 0; i < among; i++)
        if (strcmp(info->tag[i], name) == 0) return true;
    return false;
}

static bool is_meaningless(const char *name)
{
    for (size_t i = 0; i < sizeof meaningless / sizeof *meaningless; i++)
        if (strcmp(name, meaningless[i]) == 0) return true;
    return false;
}

/* Turns `_` into a space, collapses spaces and trims the ends. */
static void spell(char *text)
{
    char *out = text;
    for (const char *p = text; *p; p++) {
        const char c = *p == '_' ? ' ' : *p;
        if (c != ' ' || (out > text && out[-1] != ' ')) *out++ = c;
    }
    if (out > text && out[-1] == ' ') out--;
    *out = 0;
}

static void drop_all(ClipartInfo *info)
{
    for (int64_t i = 0; i < info->tags; i++) mem_free(info->tag[i]);
    info->tags = 0;
}

void clipart_tags_clean(ClipartInfo *info)
{
    for (int64_t i = 0; i < info->tags; i++) to_lower(info->tag[i]);
    if (has_tag(info, info->tags, GENERATED)) drop_all(info);
    int64_t kept = 0;
    for (int64_t i = 0; i < info->tags; i++) {
        char *tag = info->tag[i];
        spell(tag);
        if (!*tag || printable_find_fault(tag) || is_meaningless(tag) ||
            has_tag(info, kept, tag))
            mem_free(tag);
        else
            info->tag[kept++] = tag;
    }
    info->tags = kept;
}

void clipart_caption(const ClipartInfo *info, Text *out)
{
    if (*info->title) {
        text_put(out, info->title);
        if (*info->description) text_add(out, ", %s", info->description);
        return;
    }
    text_put(out, "a drawing of ");
    for (int64_t i = 0; i < info->tags; i++) text_add(out, i ? ", %s" : "%s", info->tag[i]);
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Collects every tag of every image, sorted, and returns their number. */
static int64_t collect(const ClipartInfo *image, int64_t images, const char ***out)
{
    int64_t all = 0, at = 0;
    for (int64_t i = 0; i < images; i++) all += image[i].tags;
    *out = mem_calloc((size_t)all, sizeof **out);
    for (int64_t i = 0; i < images; i++)
        for (int64_t k = 0; k < image[i].tags; k++) (*out)[at++] = image[i].tag[k];
    qsort(*out, (size_t)all, sizeof **out, by_bytes);
    return all;
}

ClipartVocabulary clipart_vocabulary(const ClipartInfo *image, int64_t images,
                                     int64_t min_images)
{
    ClipartVocabulary v = {0};
    const char **name;
    const int64_t all = collect(image, images, &name);
    for (int64_t i = 0, end; i < all; i = end) {
        for (end = i + 1; end < all && strcmp(name[i], name[end]) == 0;) end++;
        if (end - i >= min_images) name[v.count++] = name[i];
    }
    v.name = name;
    v.position = mem_calloc((size_t)v.count, sizeof *v.position);
    for (int64_t i = 0; i < v.count; i++)
        v.position[i] = (int32_t)v.lists[clipart_is_unseen(i)]++;
    return v;
}

void clipart_vocabulary_free(ClipartVocabulary *v)
{
    mem_free(v->name);
    mem_free(v->position);
    *v = (ClipartVocabulary){0};
}

int64_t clipart_vocabulary_find(const ClipartVocabulary *v, const char *name)
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
