/* SPDX-License-Identifier: Apache-2.0 */
/* Filling templates with tags. */
#include "data/text_template.h"

#include "core/mem.h"

#include <string.h>

const char text_template_default[] = "a photo of a {}.";
const char text_template_clip[] = "clip80";

static const char *const clip[] = {
    "a bad photo of a {}.",
    "a photo of many {}.",
    "a sculpture of a {}.",
    "a photo of the hard to see {}.",
    "a low resolution photo of the {}.",
    "a rendering of a {}.",
    "graffiti of a {}.",
    "a bad photo of the {}.",
    "a cropped photo of the {}.",
    "a tattoo of a {}.",
    "the embroidered {}.",
    "a photo of a hard to see {}.",
    "a bright photo of a {}.",
    "a photo of a clean {}.",
    "a photo of a dirty {}.",
    "a dark photo of the {}.",
    "a drawing of a {}.",
    "a photo of my {}.",
    "the plastic {}.",
    "a photo of the cool {}.",
    "a close-up photo of a {}.",
    "a black and white photo of the {}.",
    "a painting of the {}.",
    "a painting of a {}.",
    "a pixelated photo of the {}.",
    "a sculpture of the {}.",
    "a bright photo of the {}.",
    "a cropped photo of a {}.",
    "a plastic {}.",
    "a photo of the dirty {}.",
    "a jpeg corrupted photo of a {}.",
    "a blurry photo of the {}.",
    "a photo of the {}.",
    "a good photo of the {}.",
    "a rendering of the {}.",
    "a {} in a video game.",
    "a photo of one {}.",
    "a doodle of a {}.",
    "a close-up photo of the {}.",
    "a photo of a {}.",
    "the origami {}.",
    "the {} in a video game.",
    "a sketch of a {}.",
    "a doodle of the {}.",
    "a origami {}.",
    "a low resolution photo of a {}.",
    "the toy {}.",
    "a rendition of the {}.",
    "a photo of the clean {}.",
    "a photo of a large {}.",
    "a rendition of a {}.",
    "a photo of a nice {}.",
    "a photo of a weird {}.",
    "a blurry photo of a {}.",
    "a cartoon {}.",
    "art of a {}.",
    "a sketch of the {}.",
    "a embroidered {}.",
    "a pixelated photo of a {}.",
    "itap of the {}.",
    "a jpeg corrupted photo of the {}.",
    "a good photo of a {}.",
    "a plushie {}.",
    "a photo of the nice {}.",
    "a photo of the small {}.",
    "a photo of the weird {}.",
    "the cartoon {}.",
    "art of the {}.",
    "a drawing of the {}.",
    "a photo of the large {}.",
    "a black and white photo of a {}.",
    "the plushie {}.",
    "a dark photo of a {}.",
    "itap of a {}.",
    "graffiti of the {}.",
    "a toy {}.",
    "itap of my {}.",
    "a photo of a cool {}.",
    "a photo of a small {}.",
    "a tattoo of the {}.",
};

enum { CLIP_COUNT = sizeof clip / sizeof *clip };
_Static_assert(CLIP_COUNT == 80, "CLIP has 80 templates");

static bool is_set(const char *text) { return strcmp(text, text_template_clip) == 0; }

int text_template_check(const char *name, const OptionStrings *list, Error *err)
{
    for (int64_t i = 0; i < list->count; i++)
        if (!is_set(list->value[i]) && !strstr(list->value[i], "{}"))
            return error_set(err, ERROR_USAGE,
                             "%s: '%.80s': no {} that stands for the tag, and not %s", name,
                             list->value[i], text_template_clip);
    return 0;
}

/* Templates with sets replaced by their members. Owned. */
static const char **expand(const OptionStrings *list, int64_t *count)
{
    const char **all = mem_alloc((size_t)(list->count * CLIP_COUNT + 1) * sizeof *all);
    *count = 0;
    for (int64_t i = 0; i < list->count; i++) {
        const bool set = is_set(list->value[i]);
        for (int64_t j = 0; j < (set ? CLIP_COUNT : 1); j++)
            all[(*count)++] = set ? clip[j] : list->value[i];
    }
    if (*count == 0) all[(*count)++] = text_template_default;
    return all;
}

/* Writes the text with its NUL to `to` unless it is NULL. Returns its bytes. */
static size_t fill(const char *form, const char *tag, char *to)
{
    const size_t n = strlen(tag);
    size_t len = 0;
    for (const char *hole; (hole = strstr(form, "{}")); form = hole + 2) {
        const size_t part = (size_t)(hole - form);
        if (to) memcpy(to + len, form, part);
        if (to) memcpy(to + len + part, tag, n);
        len += part + n;
    }
    if (to) strcpy(to + len, form);
    return len + strlen(form) + 1;
}

Descriptions text_template_fill(const OptionStrings *list, const TagList *tags)
{
    int64_t count, next = 0;
    size_t bytes = 0;
    const char **form = expand(list, &count);
    for (int64_t k = 0; k < tags->count; k++)
        for (int64_t i = 0; i < count; i++) bytes += fill(form[i], tags->line[k], NULL);
    Descriptions d = descriptions_new(tags->count, tags->count * count, bytes);
    char *at = (char *)(d.text + tags->count * count);
    for (int64_t k = 0; k < tags->count; k++) {
        for (int64_t i = 0; i < count; i++) {
            d.text[next++] = at;
            at += fill(form[i], tags->line[k], at);
        }
        d.offset[k + 1] = next;
    }
    d.ensemble = count > 1;
    mem_free(form);
    return d;
}
