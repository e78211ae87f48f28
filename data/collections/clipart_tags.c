/* SPDX-License-Identifier: Apache-2.0 */
/* Spelling, captions and vocabulary of the clip-art collection. */
#include "data/collections/clipart_tags.h"

#include "core/io/text.h"
#include "core/mem.h"
#include "core/printable.h"

#include <stdbool.h>
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

static char *drawing_of_tags(const ClipartInfo *info)
{
    Text caption = {0};
    text_put(&caption, "a drawing of ");
    for (int64_t i = 0; i < info->tags; i++)
        text_add(&caption, i ? ", %s" : "%s", info->tag[i]);
    return caption.data;
}

void clipart_label(const ClipartInfo *info, LabeledImage *out)
{
    for (int64_t i = 0; i < info->tags; i++) labeled_add_tag(out, mem_strdup(info->tag[i]));
    if (!*info->title) {
        labeled_add_caption(out, drawing_of_tags(info));
        return;
    }
    labeled_add_caption(out, mem_strdup(info->title));
    if (*info->description)
        labeled_add_caption(out, mem_format("%s, %s", info->title, info->description));
}
