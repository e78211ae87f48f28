/* SPDX-License-Identifier: Apache-2.0 */
/* Finding images among the arguments of a command. */
#include "eval/image_paths.h"

#include "core/io/file.h"
#include "core/io/gather.h"
#include "core/io/text.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/strings/strings.h"
#include "data/image/endings.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { KINDS = 32, ENDING = 12, SHOWN = 3 };

/* Files in folders that are not taken for images, by the ends of their names. */
typedef struct Others {
    int64_t count, kinds;
    struct Kind {
        int64_t files;
        char ending[ENDING]; /* lower case, with its dot */
    } kind[KINDS];           /* the rest is only counted */
} Others;

static void add_path(ImagePaths *p, char *path)
{
    p->path = mem_realloc(p->path, (size_t)(p->count + 1) * sizeof *p->path);
    p->path[p->count++] = path;
}

/* With its dot; "" if there is none that people would recognize. */
static const char *ending_of(const char *path)
{
    const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');
    if (!dot || strlen(dot) >= ENDING) return "";
    for (const char *c = dot + 1; *c; c++)
        if (!isalnum((unsigned char)*c)) return "";
    return dot;
}

static void add_other(Others *o, const char *path)
{
    const char *ending = ending_of(path);
    int64_t i = 0;
    o->count++;
    while (i < o->kinds && strcasecmp(o->kind[i].ending, ending) != 0) i++;
    if (i == KINDS) return;
    if (i == o->kinds) {
        struct Kind *k = &o->kind[o->kinds++];
        for (size_t c = 0; ending[c]; c++)
            k->ending[c] = (char)tolower((unsigned char)ending[c]);
    }
    o->kind[i].files++;
}

static int by_files(const void *a, const void *b)
{
    const struct Kind *x = a, *y = b;
    if (x->files != y->files) return x->files < y->files ? 1 : -1;
    return strcmp(x->ending, y->ending);
}

/* "12 .txt, 3 .tif, ...". Owned. */
static char *others_text(Others *o)
{
    Text t = {0};
    int64_t shown = 0;
    qsort(o->kind, (size_t)o->kinds, sizeof *o->kind, by_files);
    for (int64_t i = 0; i < o->kinds && i < SHOWN; i++) {
        const char *ending = o->kind[i].ending;
        text_add(&t, "%s%ld %s", i ? ", " : "", o->kind[i].files,
                 *ending ? ending : "without an ending");
        shown += o->kind[i].files;
    }
    if (shown < o->count) text_put(&t, ", ...");
    return t.data;
}

static int add_folder(ImagePaths *p, const char *folder, Others *others, Error *err)
{
    Gathered found;
    const int status = gather_files(folder, &found, err);
    for (int64_t i = 0; i < found.count; i++) {
        if (image_ending_in(found.path[i]))
            add_path(p, mem_strdup(found.path[i]));
        else
            add_other(others, found.path[i]);
    }
    if (status == 0 && found.unread)
        log_warn("%s: entries left out: %ld; the first: %s", folder, found.unread,
                 found.first.text);
    gathered_free(&found);
    return status;
}

/* Reports the files that were left out. */
static int finish(const ImagePaths *p, const char *first, Others *others, Error *err)
{
    char *text = others_text(others);
    int status = 0;
    if (p->count == 0)
        status = others->count == 0
                     ? error_set(err, ERROR_DATA, "%s: contains no images", first)
                     : error_set(err, ERROR_DATA,
                                 "%s: contains no images: %ld file%s not named like "
                                 "images (%s): name them as arguments, or rename them",
                                 first, others->count, strings_s(others->count), text);
    else if (others->count)
        log_info("left out: %ld file%s not named like images (%s)", others->count,
                 strings_s(others->count), text);
    mem_free(text);
    return status;
}

int image_paths_find(char *const *argument, int64_t arguments, ImagePaths *out, Error *err)
{
    Others others = {0};
    *out = (ImagePaths){0};
    for (int64_t i = 0; i < arguments; i++) {
        if (!file_is_dir(argument[i]))
            add_path(out, mem_strdup(argument[i]));
        else if (add_folder(out, argument[i], &others, err) != 0)
            return -1;
    }
    return finish(out, argument[0], &others, err);
}

void image_paths_free(ImagePaths *p)
{
    for (int64_t i = 0; i < p->count; i++) mem_free(p->path[i]);
    mem_free(p->path);
    *p = (ImagePaths){0};
}

int image_paths_check(const ImagePaths *p, int64_t good, Error *err)
{
    if (good == p->count) return 0;
    return error_set(err, ERROR_DATA, "%ld of %ld images could not be read", (p->count - good),
                     p->count);
}
