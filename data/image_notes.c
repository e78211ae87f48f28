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

/* Remembers the lines of an earlier run; of an unreadable list none, and a new one is
 * started. */
static void read_list(ImageNotes *n)
{
    Lines lines = {0};
    uint8_t key[HASH_BYTES];
    if (file_exists(n->list.path)) lines_read(n->list.path, &lines, NULL);
    n->listed = hash_map_new((int64_t)lines.count + 1);
    for (size_t i = 0; i < lines.count; i++) {
        hash_line(lines.line[i], key);
        hash_map_add(&n->listed, key, 0);
    }
    lines_free(&lines);
}

ImageNotes image_notes_new(int64_t images, const char *path)
{
    ImageNotes n = {.noted = mem_calloc((size_t)images, sizeof *n.noted)};
    if (!path) return n;
    n.list = line_log_new(path);
    read_list(&n);
    return n;
}

void image_notes_free(ImageNotes *n)
{
    hash_map_free(&n->listed);
    line_log_free(&n->list);
    mem_free(n->noted);
    mem_free(n->first);
    *n = (ImageNotes){0};
}

void image_notes_add(ImageNotes *n, int64_t image, const char *text)
{
    uint8_t key[HASH_BYTES];
    if (n->noted[image]) return;
    n->noted[image] = true;
    n->count++;
    if (!n->first) n->first = mem_strdup(text);
    if (!n->list.path) return;
    hash_line(text, key);
    hash_map_make_room(&n->listed);
    if (hash_map_add(&n->listed, key, 0)) line_log_add(&n->list, text);
}

int image_notes_sync(ImageNotes *n, Error *err)
{
    return n->list.path ? line_log_sync(&n->list, err) : 0;
}
