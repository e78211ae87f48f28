/* SPDX-License-Identifier: Apache-2.0 */
/* Counting images with a fault, and listing them. */
#include "data/image_notes.h"

#include "core/mem.h"

#include <string.h>

ImageNotes image_notes_new(int64_t images, const char *path)
{
    ImageNotes n = {.noted = mem_calloc((size_t)images, sizeof *n.noted)};
    n.path = path ? mem_strdup(path) : NULL;
    if (path && file_exists(path))
        lines_read(path, &n.listed, NULL); /* if unreadable, a new list is started */
    return n;
}

void image_notes_free(ImageNotes *n)
{
    lines_free(&n->listed);
    mem_free(n->path);
    mem_free(n->noted);
    mem_free(n->first);
    *n = (ImageNotes){0};
}

static bool is_listed(const Lines *listed, const char *text)
{
    for (size_t i = 0; i < listed->count; i++)
        if (strcmp(listed->line[i], text) == 0) return true;
    return false;
}

int image_notes_add(ImageNotes *n, int64_t image, const char *text, Error *err)
{
    if (n->noted[image]) return 0;
    n->noted[image] = true;
    n->count++;
    if (!n->first) n->first = mem_strdup(text);
    return !n->path || is_listed(&n->listed, text) ? 0 : file_append_line(n->path, text, err);
}
