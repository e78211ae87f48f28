/* SPDX-License-Identifier: Apache-2.0 */
/* Finds a companion, checks it and merges its catalog into that of the file. */
#include "core/hdf5/h5_companion.h"

#include "core/hdf5/h5_catalog.h"
#include "core/io/file.h"
#include "core/io/link.h"
#include "core/mem.h"

#include <stdlib.h>
#include <string.h>

static const char name_entry[] = "info/companion", content_entry[] = "info/companion_content",
                  home_entry[] = "info/companion_folder";

int h5_put_companion(H5Writer *w, const char *name, const char *folder, const char *content,
                     Error *err)
{
    char *home;
    int status = file_real(*folder ? folder : ".", &home, err);
    if (status == 0) status = h5_put_text(w, name_entry, name, err);
    if (status == 0 && home) status = h5_put_text(w, home_entry, home, err);
    mem_free(home);
    if (status != 0) return -1;
    return h5_put_text(w, content_entry, content, err);
}

/* Where the companion is: beside the file, links resolved, in the folder above, or in the
 * folder in which it was written; beside the file if it is in none of them. The caller frees
 * it. */
static char *find_companion(const char *path, const char *name, const char *home)
{
    char *real = link_real(path), *folder = file_folder(real), *above = file_folder(folder);
    char *place[] = {file_join(folder, name), file_join(above, name),
                     home ? file_join(home, name) : NULL};
    mem_free(above);
    mem_free(folder);
    mem_free(real);
    int best = 0;
    for (int i = 2; i >= 0; i--)
        if (place[i] && file_exists(place[i])) best = i;
    for (int i = 0; i < 3; i++)
        if (i != best) mem_free(place[i]);
    return place[best];
}

static int check_content(const H5File *f, const char *path, H5File *companion,
                         const char *content, Error *err)
{
    char have[33];
    h5_stored_content(companion, have);
    if (strcmp(have, content) == 0) return 0;
    return error_set(err, ERROR_CHECKPOINT,
                     "%s: not the file that %s names: content hash %s, expected %s", path,
                     f->path, have, content);
}

static int refuse_missing(const H5File *f, const char *path, Error *err)
{
    return error_set(err, ERROR_CHECKPOINT,
                     "%s: a part of its contents is in %s, which is missing: copy that file "
                     "along, or convert both to one file where they were written",
                     f->path, path);
}

static int open_companion(const H5File *f, const char *name, const char *home,
                          const char *content, H5File **out, Error *err)
{
    if (!*name || strchr(name, '/')) return h5_refuse(f, name_entry, "not a file name", err);
    char *path = find_companion(f->path, name, home);
    int status = -1;
    if (!file_exists(path)) {
        refuse_missing(f, path, err);
        goto done;
    }
    if (h5_open_alone(path, out, err) != 0) goto done;
    status = check_content(f, path, *out, content, err);
    if (status == 0) goto done;
    h5_close(*out);
    *out = NULL;
done:
    mem_free(path);
    return status;
}

/* Moves the entries that f lacks from `from` to f. */
static void move_items(H5File *f, H5File *from)
{
    int64_t kept = 0;
    H5Item *all = mem_calloc((size_t)(f->count + from->count) + 1, sizeof *all);
    int64_t n = f->count;
    memcpy(all, f->item, (size_t)n * sizeof *all);
    for (int64_t i = 0; i < from->count; i++) {
        if (h5_find(f, from->item[i].entry.name))
            from->item[kept++] = from->item[i];
        else
            all[n++] = from->item[i];
    }
    from->count = kept;
    mem_free(f->item);
    f->item = all;
    f->count = f->room = n;
    h5_sort(f);
}

/* Removes an entry that names the companion: it would be wrong in a copy of all entries. */
static void drop(H5File *f, const char *name)
{
    int64_t n = 0;
    for (int64_t i = 0; i < f->count; i++) {
        if (strcmp(f->item[i].entry.name, name) == 0)
            mem_free(f->item[i].entry.name);
        else
            f->item[n++] = f->item[i];
    }
    f->count = n;
}

int h5_add_companion(H5File *f, Error *err)
{
    char *name = NULL, *home = NULL, *content = NULL;
    int status = -1;
    if (!h5_find(f, name_entry)) return 0;
    if (h5_read_text(f, name_entry, &name, err) != 0) goto done;
    if (h5_read_text(f, content_entry, &content, err) != 0) goto done;
    if (h5_find(f, home_entry) && h5_read_text(f, home_entry, &home, err) != 0) goto done;
    if (open_companion(f, name, home, content, &f->companion, err) != 0) goto done;
    move_items(f, f->companion);
    drop(f, name_entry);
    drop(f, content_entry);
    drop(f, home_entry);
    status = 0;
done:
    mem_free(content);
    mem_free(home);
    mem_free(name);
    return status;
}

const char *h5_companion_path(const H5File *f)
{
    return f->companion ? f->companion->path : NULL;
}
