/* SPDX-License-Identifier: Apache-2.0 */
/* Counting images with a fault, and listing them. */
#include "data/image_notes.h"

#include "core/io/file.h"
#include "core/mem.h"

#include <string.h>

static void hash_line(const char *line, uint8_t out[static HASH_BYTES])
{
    hash_of(line, strlen(line), out);
}

/* Remembers the lines of an earlier run; of an unreadable list none, and a new one is started. */
static void read_list(ImageNotes *n)
{
    Lines lines = {0};
    uint8_t key[HASH_BYTES];
    if (file_exists(n->path)) lines_read(n->path, &lines, NULL);
    n->listed = hash_map_new((int64_t)lines.count);
    for (size_t i = 0; i < lines.count; i++) {
        hash_line(lines.line[i], key);
        hash_map_add(&n->listed, key, 0);
    }
    lines_free(&lines);
}

ImageNotes image_notes_new(int64_t images, const char *path)
{
    ImageNotes n = {.noted = mem_calloc((size_t)images, sizeof *n.noted)};
    n.path = path ? mem_strdup(path) : NULL;
    if (path) read_list(&n);
    return n;
}

void image_notes_free(ImageNotes *n)
{
    hash_map_free(&n->listed);
    mem_free(n->path);
    mem_free(n->noted);
    mem_free(n->first);
    *n = (ImageNotes){0};
}

int image_notes_add(ImageNotes *n, int64_t image, const char *text, Error *err)
{
    uint8_t key[HASH_BYTES];
    if (n->noted[image]) return 0;
    n->noted[image] = true;
    n->count++;
    if (!n->first) n->first = mem_strdup(text);
    hash_line(text, key);
    return !n->path || hash_map_has(&n->listed, key) ? 0 : file_append_line(n->path, text, err);
}
