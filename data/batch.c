/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of a batch, and its contents from the annotations. */
#include "data/batch.h"

#include "core/mem.h"

#include <string.h>

/* The largest number of ids of one image. offset [count + 1] */
static int64_t most_ids(int64_t count, const int64_t *offset)
{
    int64_t most = 0;
    for (int64_t i = 0; i < count; i++) {
        const int64_t n = offset[i + 1] - offset[i];
        if (n > most) most = n;
    }
    return most;
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
    b.tag = mem_calloc(B * (size_t)most_ids(a->count, a->tag_offset), sizeof *b.tag);
    if (a->unknown_offset) {
        b.unknown_offset = mem_calloc(B + 1, sizeof *b.unknown_offset);
        b.unknown =
            mem_calloc(B * (size_t)most_ids(a->count, a->unknown_offset), sizeof *b.unknown);
    }
    b.tagged = mem_calloc(B, sizeof *b.tagged);
    b.captioned = mem_calloc(B, sizeof *b.captioned);
    b.caption = mem_calloc(B, sizeof *b.caption);
    b.caption[0] = mem_calloc(B, room); /* one block holds all captions */
    for (size_t i = 1; i < B; i++) b.caption[i] = b.caption[0] + i * room;
    return b;
}

void batch_free(Batch *b)
{
    if (b->caption) mem_free(b->caption[0]);
    mem_free(b->caption);
    mem_free(b->captioned);
    mem_free(b->tagged);
    mem_free(b->unknown);
    mem_free(b->unknown_offset);
    mem_free(b->tag);
    mem_free(b->tag_offset);
    mem_free(b->sample);
    mem_free(b->teacher);
    mem_free(b->pixels);
    *b = (Batch){0};
}

/* Copies the ids of a sample to position i. */
static void put_ids(int64_t i, int64_t *offset, int32_t *id, int64_t sample,
                    const int64_t *from_offset, const int32_t *from)
{
    const int64_t first = from_offset[sample], n = from_offset[sample + 1] - first;
    if (n > 0) memcpy(id + offset[i], from + first, (size_t)n * sizeof *id);
    offset[i + 1] = offset[i] + n;
}

void batch_put(Batch *b, int64_t i, const Annotations *a, int64_t sample, const char *caption)
{
    b->sample[i] = sample;
    put_ids(i, b->tag_offset, b->tag, sample, a->tag_offset, a->tag);
    if (b->unknown_offset)
        put_ids(i, b->unknown_offset, b->unknown, sample, a->unknown_offset, a->unknown);
    b->tagged[i] = annotations_tagged(a, sample);
    b->captioned[i] = caption != NULL;
    strcpy(b->caption[i], caption ? caption : "");
}
