/* SPDX-License-Identifier: Apache-2.0 */
/* Annotations of labeled images. */
#include "data/folder/annotate.h"

#include "core/mem.h"
#include "core/rng.h"
#include "data/caption.h"
#include "data/folder/vocabulary.h"

#include <stdlib.h>
#include <string.h>

enum { PHRASES = 3 };

static int by_value(const void *a, const void *b)
{
    return *(const int32_t *)a - *(const int32_t *)b;
}

/* Writes the positions in the seen list of an image's tags, ascending. out has room for
 * image->tags. */
static int64_t seen_tags(const Vocabulary *v, const LabeledImage *image, int32_t *out)
{
    int64_t count = 0;
    for (int64_t i = 0; i < image->tags; i++) {
        const int64_t k = vocabulary_find(v, image->tag[i]);
        if (k >= 0 && !v->unseen[k]) out[count++] = v->position[k];
    }
    if (count) qsort(out, (size_t)count, sizeof *out, by_value);
    return count;
}

/* Whether the cleaned caption contains the name as a whole phrase. */
static bool mentions(const char *caption, const char *name)
{
    const size_t n = strlen(name);
    for (const char *p = caption; (p = strstr(p, name)); p++) {
        const char before = p == caption ? ' ' : p[-1], after = p[n] ? p[n] : ' ';
        if ((before == ' ' || before == ',') && (after == ' ' || after == ',')) return true;
    }
    return false;
}

/* The names of the seen list by position. The array is owned by the caller (mem_free), the
 * names are borrowed. */
static const char **seen_names(const Vocabulary *v)
{
    const char **name = mem_calloc((size_t)v->lists[0], sizeof *name);
    for (int64_t k = 0; k < v->count; k++)
        if (!v->unseen[k]) name[v->position[k]] = v->name[k];
    return name;
}

static int64_t parsed_tags(const char *caption, const char *const *name, const int32_t *tag,
                           int64_t tags, int32_t *out)
{
    char *clean = caption_clean(caption);
    int64_t count = 0;
    for (int64_t i = 0; i < tags; i++)
        if (mentions(clean, name[tag[i]])) out[count++] = tag[i];
    mem_free(clean);
    return count;
}

static char *path_in_folder(const LabeledImage *image)
{
    return mem_format("images/%s", image->path);
}

static void put_training(DataFolder *f, const char *const *name, const LabeledImage *image,
                         const int32_t *tag, int64_t tags)
{
    char *path = path_in_folder(image);
    int32_t *parsed = mem_calloc((size_t)(image->captions * tags), sizeof *parsed);
    FolderCaption *caption = mem_calloc((size_t)image->captions, sizeof *caption);
    for (int64_t c = 0; c < image->captions; c++) {
        int32_t *own = parsed + c * tags;
        caption[c] = (FolderCaption){image->caption[c], own,
                                     parsed_tags(image->caption[c], name, tag, tags, own)};
    }
    folder_training(f, path, tag, tags, caption, image->captions);
    mem_free(caption);
    mem_free(parsed);
    mem_free(path);
}

static void annotate_training(DataFolder *f, const Vocabulary *v, const char *const *name,
                              const LabeledImage *image, AnnotateCounts *counts)
{
    int32_t *tag = mem_calloc((size_t)image->tags, sizeof *tag);
    const int64_t tags = seen_tags(v, image, tag);
    counts->others++;
    if (tags > 0) {
        put_training(f, name, image, tag, tags);
        counts->train++;
        counts->labels += tags;
    }
    mem_free(tag);
}

static void annotate_test(DataFolder *f, const Vocabulary *v, enum FolderSplit split,
                          const LabeledImage *image)
{
    const char **name = mem_calloc((size_t)image->tags, sizeof *name);
    char *path = path_in_folder(image);
    int64_t count = 0;
    for (int64_t i = 0; i < image->tags; i++) {
        const int64_t k = vocabulary_find(v, image->tag[i]);
        if (k >= 0 && v->unseen[k] == (split == FOLDER_UNSEEN)) name[count++] = v->name[k];
    }
    folder_test(f, split, path, name, count);
    mem_free(path);
    mem_free(name);
}

static void annotate(const LabeledSet *set, const Vocabulary *v, bool all_test, DataFolder *f,
                     AnnotateCounts *counts)
{
    const char **name = seen_names(v);
    for (int64_t i = 0; i < set->count; i++) {
        const LabeledImage *image = &set->image[i];
        if (all_test || rng_hash(image->path) % 5 == 0) {
            annotate_test(f, v, FOLDER_SEEN, image);
            annotate_test(f, v, FOLDER_UNSEEN, image);
            counts->test++;
        } else {
            annotate_training(f, v, name, image, counts);
        }
    }
    mem_free(name);
}

static int list_tags(const Vocabulary *v, DataFolder *f, Error *err)
{
    static const char *const phrase[PHRASES] = {"a photo of a %s.", "a drawing of %s.",
                                                "clip art of %s."};
    int status = 0;
    for (int64_t k = 0; k < v->count && status == 0; k++) {
        Text text[PHRASES] = {0};
        const char *view[PHRASES];
        for (int i = 0; i < PHRASES; i++) {
            text_add(&text[i], phrase[i], v->name[k]);
            view[i] = text[i].data;
        }
        status = folder_tag(f, v->unseen[k] ? FOLDER_UNSEEN : FOLDER_SEEN, v->name[k], NULL,
                            view, PHRASES, err);
        for (int i = 0; i < PHRASES; i++) text_free(&text[i]);
    }
    return status;
}

static int check(const AnnotateRules *rules, const AnnotateCounts *c, Error *err)
{
    if (rules->seen && c->seen == 0)
        return error_set(err, ERROR_DATA, "%s: none of the %ld tags of %s is in this list",
                         rules->seen, c->tags, rules->source);
    if (!rules->seen && (c->train == 0 || c->test == 0))
        return error_set(err, ERROR_DATA,
                         "%s: %ld training and %ld test images, %ld tags: too few",
                         rules->source, c->train, c->test, c->tags);
    return 0;
}

static int write_folder(DataFolder *f, const LabeledSet *set, const AnnotateRules *rules,
                        const TagList *seen, AnnotateCounts *counts, Error *err)
{
    Vocabulary v = vocabulary_new(set, rules->min_images, seen);
    *counts = (AnnotateCounts){.tags = v.count, .seen = v.lists[0], .unseen = v.lists[1]};
    int status = list_tags(&v, f, err);
    if (status == 0) annotate(set, &v, seen != NULL, f, counts);
    if (status == 0) status = check(rules, counts, err);
    if (status == 0) status = folder_finish(f, err);
    vocabulary_free(&v);
    return status;
}

static int make_folder(const char *out, const AnnotateRules *rules, const TagList *seen,
                       AnnotateCollect *collect, void *context, AnnotateCounts *counts,
                       Error *err)
{
    DataFolder f;
    LabeledSet set = {0};
    int status = folder_begin(out, &f, err);
    if (status == 0) status = collect(context, &f, &set, err);
    if (status == 0) status = write_folder(&f, &set, rules, seen, counts, err);
    labeled_set_free(&set);
    folder_free(&f);
    return status;
}

int annotate_folder(const char *out, const AnnotateRules *rules, AnnotateCollect *collect,
                    void *context, AnnotateCounts *counts, Error *err)
{
    *counts = (AnnotateCounts){0};
    if (!rules->seen) return make_folder(out, rules, NULL, collect, context, counts, err);
    TagList seen;
    if (tags_read(rules->seen, &seen, err) != 0) return -1;
    const int status = make_folder(out, rules, &seen, collect, context, counts, err);
    tags_free(&seen);
    return status;
}
