/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of labeled images. */
#include "data/folder/labeled.h"

#include "core/array.h"
#include "core/mem.h"

#include <string.h>

static void append(char ***list, int64_t *count, char *text)
{
    *list = mem_realloc(*list, (size_t)(*count + 1) * sizeof **list);
    (*list)[(*count)++] = text;
}

void labeled_add_caption(LabeledImage *image, char *caption)
{
    append(&image->caption, &image->captions, caption);
}

bool labeled_has_tag(const LabeledImage *image, const char *tag)
{
    for (int64_t i = 0; i < image->tags; i++)
        if (strcmp(image->tag[i], tag) == 0) return true;
    return false;
}

void labeled_add_tag(LabeledImage *image, char *tag)
{
    if (*tag && !labeled_has_tag(image, tag))
        append(&image->tag, &image->tags, tag);
    else
        mem_free(tag);
}

static void free_list(char **list, int64_t count)
{
    for (int64_t i = 0; i < count; i++) mem_free(list[i]);
    mem_free(list);
}

void labeled_free(LabeledImage *image)
{
    mem_free(image->path);
    free_list(image->caption, image->captions);
    free_list(image->tag, image->tags);
    *image = (LabeledImage){0};
}

void labeled_set_add(LabeledSet *set, LabeledImage *image)
{
    set->image = array_grow(set->image, sizeof *set->image, set->count, &set->room);
    set->image[set->count++] = *image;
    *image = (LabeledImage){0};
}

void labeled_set_free(LabeledSet *set)
{
    for (int64_t i = 0; i < set->count; i++) labeled_free(&set->image[i]);
    mem_free(set->image);
    *set = (LabeledSet){0};
}
