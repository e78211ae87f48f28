/* SPDX-License-Identifier: Apache-2.0 */
/* Takes the words of each image. */
#include "data/folder/folder_tree.h"

#include "core/io/first_bytes.h"
#include "core/io/path_below.h"
#include "core/io/progress.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/printable.h"
#include "core/strings/utf8.h"
#include "data/folder/folder_shape.h"
#include "data/image/image.h"

#include <string.h>

enum { TAG_WORDS = 6 };

typedef struct Tree {
    const FolderTreeConfig *config;
    FolderTreeCounts *counts;
    FolderFiles files;
    OwnSet own;
    FolderShape shape;
} Tree;

/* ---- words ------------------------------------------------------------------------------- */

static void list_bad(Tree *t, const char *path, const char *why)
{
    Error e = {0};
    error_set(&e, ERROR_DATA, "%s: %s", path, why);
    record_list_add_error(&t->own.bad, &e);
}

static int64_t words_of(const char *text)
{
    int64_t words = 1;
    for (const char *p = text; *p; p++) words += *p == ' ' || *p == '_';
    return words;
}

/* Adds a tag of the image, in place. where: the beginning of a line of bad.txt. */
static void add_tag(Tree *t, int64_t image, char *tag, const char *where)
{
    Error why = {0};
    FolderTreeCounts *c = t->counts;
    c->tags++;
    c->wordy += words_of(tag) > TAG_WORDS;
    if (t->config->underscores) sidecar_unscore(tag);
    c->underscored += strchr(tag, '_') && strlen(tag) > 3;
    if (printable_find_fault(tag))
        error_set(&why, ERROR_DATA, "tag '%.80s': has characters that cannot be printed", tag);
    else
        own_set_tag(&t->own, image, tag, &why);
    if (why.code) list_bad(t, where, why.text);
}

static void take_text(Tree *t, const char *path, const Sidecar *s, enum SidecarKind kind,
                      int64_t image)
{
    t->counts->blank += s->texts == 0 && kind == SIDECAR_TAGS;
    if (kind == SIDECAR_TAGS) own_set_told(&t->own, image);
    for (int64_t i = 0; i < s->texts; i++) {
        char *where = mem_format("%s: line %ld", path, s->text[i].line);
        if (kind == SIDECAR_TAGS)
            add_tag(t, image, s->text[i].text, where);
        else
            own_set_caption(&t->own, image, s->text[i].text);
        mem_free(where);
    }
}

/* Reads one text file of an image. */
static int read_text(Tree *t, FolderText *text, const char *name, Error *why)
{
    Sidecar s;
    char *path = path_below(t->config->rules.images, text->path, false, why);
    text->used = true;
    int status = path ? sidecar_read(path, text->kind, &s, why) : -1;
    if (status == 0) {
        take_text(t, path, &s, text->kind, own_set_image(&t->own, name, NULL));
        sidecar_free(&s);
    }
    mem_free(path);
    return status;
}

/* Passes on what ends the reading; lists anything else. */
static int settle(Tree *t, Error *why, Error *err)
{
    if (why->code == ERROR_RUNTIME) return error_move(err, why);
    if (why->code) record_list_add_error(&t->own.bad, why);
    return 0;
}

static int take_texts(Tree *t, const char *name, const char *path, Error *err)
{
    const size_t stem[2] = {folder_shape_stem(name), strlen(name)};
    int64_t found = 0;
    for (int k = 0; k < 2; k++) {
        FolderText *text;
        const int64_t n = folder_files_texts(&t->files, name, stem[k], &text);
        found += n;
        for (int64_t i = 0; i < n; i++) {
            Error why = {0};
            read_text(t, &text[i], name, &why);
            if (settle(t, &why, err) != 0) return -1;
        }
    }
    if (!found) list_bad(t, path, "no text file beside it");
    return 0;
}

static void take_name(Tree *t, const char *name, const char *path, const char *tag, size_t len)
{
    char *copy = mem_format("%.*s", (int)len, tag);
    add_tag(t, own_set_image(&t->own, name, NULL), copy, path);
    mem_free(copy);
}

static void take_folders(Tree *t, const char *name, const char *path)
{
    const char *part = folder_shape_below(&t->shape, name);
    const int nested = t->config->nested;
    if (!folder_shape_part(part)) {
        list_bad(t, path, "in no folder whose name could be its tag");
        return;
    }
    for (int depth = 0; folder_shape_part(part); depth++) {
        const char *next = part + folder_shape_part(part) + 1;
        const bool last = folder_shape_part(next) == 0;
        if (nested == FOLDER_NESTED_EACH || (nested == FOLDER_NESTED_LAST ? last : depth == 0))
            take_name(t, name, path, part, folder_shape_part(part));
        t->counts->deeper += last && depth > 0 && nested != FOLDER_NESTED_EACH;
        part = next;
    }
}

static void take_repeats(Tree *t, const char *name, const char *path)
{
    size_t len;
    const char *tag = folder_shape_repeated(folder_shape_below(&t->shape, name), &len);
    if (tag)
        take_name(t, name, path, tag, len);
    else
        list_bad(t, path, "in no folder N_TAG");
}

/* ---- images ------------------------------------------------------------------------------ */

static int take_words(Tree *t, const char *name, const char *path, Error *err)
{
    const int64_t before = t->own.set.images;
    int status = 0;
    if (t->shape.form == FOLDER_FORM_SIDECAR)
        status = take_texts(t, name, path, err);
    else if (t->shape.form == FOLDER_FORM_REPEATS)
        take_repeats(t, name, path);
    else
        take_folders(t, name, path);
    if (t->own.set.images > before)
        own_set_role(&t->own, before, folder_shape_role(&t->shape, name));
    return status;
}

static int take_image(Tree *t, const char *name, Error *err)
{
    Error why = {0};
    char *path = path_below(t->config->rules.images, name, false, &why);
    if (path && printable_find_fault(name))
        error_set(&why, ERROR_DATA, "%s: the name has characters that cannot be printed", path);
    if (!why.code) image_check_kind(path, &why);
    const int status = why.code ? settle(t, &why, err) : take_words(t, name, path, err);
    mem_free(path);
    return status;
}

static int take_images(Tree *t, Error *err)
{
    int status = 0;
    Progress p = progress_start("reading the tree", t->files.images);
    for (int64_t i = 0; i < t->files.images && status == 0; i++) {
        status = take_image(t, t->files.image[i], err);
        progress_step(&p, i + 1, NULL);
    }
    progress_end(&p, t->files.images);
    return status;
}

/* ---- other files ------------------------------------------------------------------------- */

/* Lists images that are not read, and names tables that another command reads. */
static void look_at_other(Tree *t, const char *name)
{
    char *path = path_below(t->config->rules.images, name, false, NULL);
    const char *kind = path ? first_bytes_of_file(path) : NULL;
    const char *slash = strrchr(name, '/'), *last = slash ? slash + 1 : name;
    if (kind && strstr(kind, " image") && !strstr(kind, "base64")) {
        Error e = {0};
        if (image_check_kind(path, &e) == 0)
            list_bad(t, path, "an image whose name does not end as one: rename it");
        else
            record_list_add_error(&t->own.bad, &e);
    }
    if (path && strcmp(last, "metadata.jsonl") == 0)
        log_info("%s: is not read here: prepare jsonl does", path);
    mem_free(path);
}

static void look_at_rest(Tree *t)
{
    FolderTreeCounts *c = t->counts;
    const FolderFiles *f = &t->files;
    for (int64_t i = 0; i < f->others; i++) look_at_other(t, f->other[i]);
    for (int64_t i = 0; i < f->texts; i++) c->unused += !f->text[i].used;
    c->images = f->images;
    c->texts = f->texts;
    c->others = f->others;
    if (c->deeper)
        log_info("images with more than one folder above them: %ld; --nested each makes each "
                 "of these a tag, --nested last the last",
                 c->deeper);
    if (c->underscored)
        log_info("tags with underscores: %ld; --underscores blank turns them into blanks",
                 c->underscored);
    if (2 * c->wordy > c->tags && t->shape.form == FOLDER_FORM_SIDECAR)
        log_warn("%ld of %ld tags have more than %d words: if the .txt files hold captions, "
                 "--sidecar caption reads them as such",
                 c->wordy, c->tags, TAG_WORDS);
}

/* ---- all of it --------------------------------------------------------------------------- */

static int prepare(Tree *t, Error *err)
{
    const char *root = t->config->rules.images;
    if (folder_files_list(root, (enum SidecarKind)t->config->sidecar, &t->files, err) != 0)
        return -1;
    for (size_t i = 0; i < t->files.left.count; i++)
        record_list_add(&t->own.bad, t->files.left.line[i]);
    if (t->files.images == 0)
        return error_set(err, ERROR_DATA, "%s: no images among %ld files", root,
                         t->files.texts + t->files.others);
    t->shape = folder_shape_find(&t->files, t->config);
    if (take_images(t, err) != 0) return -1;
    look_at_rest(t);
    t->counts->bad = t->own.bad.lines;
    return own_set_write(&t->own, &t->counts->own, err);
}

int folder_tree_prepare(const char *out, const FolderTreeConfig *config,
                        FolderTreeCounts *counts, Error *err)
{
    *counts = (FolderTreeCounts){0};
    Tree t = {.config = config, .counts = counts};
    int status = own_set_begin(out, &config->rules, &t.own, err);
    if (status == 0) status = prepare(&t, err);
    folder_files_free(&t.files);
    return own_set_end(&t.own, status, err);
}
