/* SPDX-License-Identifier: Apache-2.0 */
/* Looks at the names of all images. */
#include "data/folder/folder_shape.h"

#include "core/log.h"
#include "data/folder/split_role.h"

#include <string.h>

/* ---- parts of paths ---------------------------------------------------------------------- */

size_t folder_shape_part(const char *path)
{
    const char *slash = strchr(path, '/');
    return slash ? (size_t)(slash - path) : 0;
}

size_t folder_shape_stem(const char *image) { return (size_t)(strrchr(image, '.') - image); }

const char *folder_shape_repeated(const char *path, size_t *len)
{
    const size_t n = folder_shape_part(path), digits = strspn(path, "0123456789");
    if (digits == 0 || path[digits] != '_' || digits + 1 >= n) return NULL;
    *len = n - digits - 1;
    return path + digits + 1;
}

const char *folder_shape_below(const FolderShape *s, const char *image)
{
    return s->splits ? image + folder_shape_part(image) + 1 : image;
}

static enum OwnRole role_of(const char *image)
{
    return split_role(image, folder_shape_part(image));
}

enum OwnRole folder_shape_role(const FolderShape *s, const char *image)
{
    return s->roles ? role_of(image) : OWN_ROLE_DRAWN;
}

/* ---- splits ------------------------------------------------------------------------------ */

static void find_splits(FolderShape *s, const FolderFiles *files, const char *root)
{
    int64_t of[3] = {0};
    for (int64_t i = 0; i < files->images; i++) of[role_of(files->image[i])]++;
    const int64_t split = of[OWN_ROLE_TRAIN] + of[OWN_ROLE_TEST];
    s->splits = split > 0 && of[OWN_ROLE_DRAWN] == 0;
    s->roles = s->splits && of[OWN_ROLE_TEST] > 0;
    if (split && !s->splits)
        log_warn("%s: %ld images lie in train/, val/ or test/, but %ld others do not: these "
                 "names are taken for folders as others",
                 root, split, of[OWN_ROLE_DRAWN]);
    if (s->roles)
        log_info("%s: divided by its folders: %ld images train, %ld are evaluated; --test is "
                 "not used",
                 root, of[OWN_ROLE_TRAIN], of[OWN_ROLE_TEST]);
}

/* ---- the form ---------------------------------------------------------------------------- */

static bool has_text(const FolderFiles *f, const char *image)
{
    FolderText *first;
    return folder_files_texts(f, image, folder_shape_stem(image), &first) > 0 ||
           folder_files_texts(f, image, strlen(image), &first) > 0;
}

static void find_form(FolderShape *s, const FolderFiles *f, const char *root)
{
    int64_t texts = 0, repeats = 0;
    size_t len;
    for (int64_t i = 0; i < f->images; i++) {
        texts += has_text(f, f->image[i]);
        repeats += folder_shape_repeated(folder_shape_below(s, f->image[i]), &len) != NULL;
    }
    if (s->form == FOLDER_FORM_AUTO)
        s->form = texts                  ? FOLDER_FORM_SIDECAR
                  : repeats == f->images ? FOLDER_FORM_REPEATS
                                         : FOLDER_FORM_CLASS;
    if (s->form == FOLDER_FORM_SIDECAR)
        log_info("%s: --form sidecar: %ld of %ld images have a text file", root, texts,
                 f->images);
    else if (s->form == FOLDER_FORM_REPEATS)
        log_info("%s: --form repeats: folders are N_TAG; the number of repeats is not used",
                 root);
    else
        log_info("%s: --form class: the names of folders are tags", root);
}

FolderShape folder_shape_find(const FolderFiles *files, const FolderTreeConfig *config)
{
    FolderShape s = {.form = (enum FolderForm)config->form};
    if (!config->no_splits) find_splits(&s, files, config->rules.images);
    find_form(&s, files, config->rules.images);
    return s;
}
