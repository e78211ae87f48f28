/* SPDX-License-Identifier: Apache-2.0 */
/* Filling templates with the tags of records. */
#include "data/caption_template.h"

#include "core/io/text.h"
#include "core/mem.h"
#include "core/strings/strings.h"
#include "data/caption.h"

#include <string.h>

int caption_template_check(const char *name, const OptionStrings *list, Error *err)
{
    for (int64_t i = 0; i < list->count; i++)
        if (!strstr(list->value[i], "{}"))
            return error_set(err, ERROR_USAGE,
                             "%s: '%.80s': no {} that stands for the tags of an image", name,
                             list->value[i]);
    return 0;
}

/* A record that lacks a caption and has tags to make one of. */
static bool is_filled(const Annotations *a, int64_t record)
{
    return a->caption_offset[record] == a->caption_offset[record + 1] &&
           a->tag_offset[record] < a->tag_offset[record + 1];
}

/* The tags of a record, "cat, dog", as a text that replaces the one before. */
static void join(const Annotations *a, int64_t record, const TagList *tags, Text *out)
{
    out->len = 0;
    for (int64_t i = a->tag_offset[record]; i < a->tag_offset[record + 1]; i++) {
        if (out->len) text_put(out, ", ");
        text_put(out, tags->line[a->tag[i]]);
    }
}

static char *make(const char *form, const Text *tags, Text *memory, StringPool *pool)
{
    memory->len = 0;
    for (const char *hole; (hole = strstr(form, "{}")); form = hole + 2)
        text_add(memory, "%.*s%s", (int)(hole - form), form, tags->data);
    text_put(memory, form);
    char *clean = caption_clean(memory->data);
    char *caption = strings_add(pool, clean, strlen(clean));
    mem_free(clean);
    return caption;
}

/* Both arrays are built anew beside the old ones. */
static void rebuild(const OptionStrings *list, const TagList *tags, int64_t filled,
                    Annotations *a)
{
    StringPool pool = {a->storage};
    Text joined = {0}, memory = {0};
    const int64_t all = a->caption_offset[a->count] + filled * list->count;
    int64_t *offset = mem_alloc((size_t)(a->count + 1) * sizeof *offset), at = 0;
    char **caption = mem_alloc((size_t)all * sizeof *caption);
    for (int64_t i = 0; i < a->count; i++) {
        offset[i] = at;
        for (int64_t c = a->caption_offset[i]; c < a->caption_offset[i + 1]; c++)
            caption[at++] = a->caption[c];
        if (!is_filled(a, i)) continue;
        join(a, i, tags, &joined);
        for (int64_t c = 0; c < list->count; c++)
            caption[at++] = make(list->value[c], &joined, &memory, &pool);
    }
    offset[a->count] = at;
    mem_free(a->caption_offset);
    mem_free(a->caption);
    a->caption_offset = offset;
    a->caption = caption;
    a->storage = pool.chunk;
    text_free(&memory);
    text_free(&joined);
}

int64_t caption_template_fill(const OptionStrings *list, const TagList *tags, Annotations *a)
{
    int64_t filled = 0;
    for (int64_t i = 0; list->count > 0 && i < a->count; i++) filled += is_filled(a, i);
    if (filled) rebuild(list, tags, filled, a);
    a->with_captions += filled;
    return filled;
}
