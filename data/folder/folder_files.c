/* SPDX-License-Identifier: Apache-2.0 */
/* Sorts the files of a tree by their endings. */
#include "data/folder/folder_files.h"

#include "core/array.h"
#include "core/io/file_walk.h"
#include "core/mem.h"
#include "data/image/endings.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char **add(const char **list, int64_t *count, int64_t *room, const char *path)
{
    list = array_grow(list, sizeof *list, *count, room);
    list[(*count)++] = path;
    return list;
}

/* Returns false if the ending is that of no text. */
static bool add_text(FolderFiles *f, const char *path, enum SidecarKind txt)
{
    const char *dot = strrchr(path, '.');
    const bool plain = dot && strcasecmp(dot, ".txt") == 0;
    if (!plain && !(dot && strcasecmp(dot, ".caption") == 0)) return false;
    f->text = array_grow(f->text, sizeof *f->text, f->texts, &f->room[1]);
    f->text[f->texts++] = (FolderText){
        .path = path, .stem = (size_t)(dot - path), .kind = plain ? txt : SIDECAR_CAPTION};
    return true;
}

static int compare_stems(const char *a, size_t n, const char *b, size_t m)
{
    const int order = memcmp(a, b, n < m ? n : m);
    return order ? order : (n > m) - (n < m);
}

static int by_stem(const void *a, const void *b)
{
    const FolderText *x = a, *y = b;
    const int order = compare_stems(x->path, x->stem, y->path, y->stem);
    return order ? order : strcmp(x->path, y->path);
}

int folder_files_list(const char *root, enum SidecarKind txt, FolderFiles *out, Error *err)
{
    FolderFiles *f = out;
    *f = (FolderFiles){0};
    if (file_walk_visible(root, &f->all, &f->left, err) != 0) return -1;
    for (size_t i = 0; i < f->all.count; i++) {
        const char *path = f->all.line[i];
        if (image_ending_in(path))
            f->image = add(f->image, &f->images, &f->room[0], path);
        else if (!add_text(f, path, txt))
            f->other = add(f->other, &f->others, &f->room[2], path);
    }
    if (f->texts) qsort(f->text, (size_t)f->texts, sizeof *f->text, by_stem);
    return 0;
}

void folder_files_free(FolderFiles *f)
{
    mem_free(f->image);
    mem_free(f->text);
    mem_free(f->other);
    lines_free(&f->left);
    lines_free(&f->all);
    *f = (FolderFiles){0};
}

int64_t folder_files_texts(const FolderFiles *f, const char *path, size_t len,
                           FolderText **first)
{
    int64_t low = 0, high = f->texts;
    while (low < high) {
        const int64_t mid = low + (high - low) / 2;
        const FolderText *t = &f->text[mid];
        if (compare_stems(t->path, t->stem, path, len) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    *first = f->texts ? f->text + low : NULL;
    while (high < f->texts &&
           compare_stems(f->text[high].path, f->text[high].stem, path, len) == 0)
        high++;
    return high - low;
}
