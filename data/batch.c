/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of a batch, and its contents from the annotations. */
#include "data/batch.h"

#include "core/mem.h"

#include <string.h>

/* The largest number of tags of one image. */
static int64_t max_tags(const Annotations *a)
{
    int64_t max = 0;
    for (int64_t i = 0; i < a->count; i++) {
        const int64_t n = a->tag_offset[i + 1] - a->tag_offset[i];
        if (n > max) max = n;
    }
    return max;
}

/* Bytes of the longest caption, including its terminator. */
static size_t longest_caption(const Annotations *a)
{
    size_t longest = 1;
    for (int64_t i = 0; a->count > 0 && i < a->caption_offset[a->count]; i++) {
        const size_t n = strlen(a->caption[i]) + 1;
        if (n > longest) longest = n;
    }
    return longest;
}

Batch batch_new(const Annotations *a, int64_t size, int64_t view_len, int64_t teacher_len)
{
    const size_t B = (size_t)size, room = longest_caption(a);
    Batch b = {.size = size};
    b.pixels = mem_alloc(B * (size_t)view_len * sizeof *b.pixels);
    if (teacher_len > 0) b.teacher = mem_alloc(B * (size_t)teacher_len * sizeof *b.teacher);
    b.sample = mem_calloc(B, sizeof *b.sample);
    b.tag_offset = mem_calloc(B + 1, sizeof *b.tag_offset);
    b.tag = mem_calloc(B * (size_t)max_tags(a), sizeof *b.tag);
    b.caption = mem_calloc(B, sizeof *b.caption);
    b.caption[0] = mem_calloc(B, room); /* one block holds all captions */
    for (size_t i = 1; i < B; i++) b.caption[i] = b.caption[0] + i * room;
    return b;
}

void batch_free(Batch *b)
{
    if (b->caption) mem_free(b->caption[0]);
    mem_free(b->caption);
    mem_free(b->tag);
    mem_free(b->tag_offset);
    mem_free(b->sample);
    mem_free(b->teacher);
    mem_free(b->pixels);
    *b = (Batch){0};
}

void batch_put(Batch *b, int64_t i, const Annotations *a, int64_t sample, const char *caption)
{
    const int64_t n = a->tag_offset[sample + 1] - a->tag_offset[sample];
    b->sample[i] = sample;
    memcpy(b->tag + b->tag_offset[i], a->tag + a->tag_offset[sample],
           (size_t)n * sizeof *b->tag);
    b->tag_offset[i + 1] = b->tag_offset[i] + n;
    strcpy(b->caption[i], caption);
}
