/* SPDX-License-Identifier: Apache-2.0 */
/* Splits the clip-art images that were kept into training and test sets, and writes their
 * annotations. */
#include "data/prepare/openclipart.h"

#include "core/mem.h"
#include "core/rng.h"
#include "data/annotations.h"
#include "data/caption.h"
#include "data/prepare/openclipart_scan.h"

#include <stdlib.h>
#include <string.h>

enum { PHRASES = 3 };

static bool is_test(const char *path) { return rng_hash(path) % 5 == 0; }

static int by_value(const void *a, const void *b)
{
    return *(const int32_t *)a - *(const int32_t *)b;
}

/* Writes the positions in the seen list of an image's tags, ascending. out has room for
 * info->tags. */
static int64_t seen_tags(const ClipartVocabulary *v, const ClipartInfo *info, int32_t *out)
{
    int64_t count = 0;
    for (int64_t i = 0; i < info->tags; i++) {
        const int64_t k = clipart_vocabulary_find(v, info->tag[i]);
        if (k >= 0 && !clipart_is_unseen(k)) out[count++] = v->position[k];
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
static const char **seen_names(const ClipartVocabulary *v)
{
    const char **name = mem_calloc((size_t)v->lists[0], sizeof *name);
    for (int64_t k = 0; k < v->count; k++)
        if (!clipart_is_unseen(k)) name[v->position[k]] = v->name[k];
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

static void annotate_training(DataFolder *f, const ClipartVocabulary *v,
                              const char *const *name, const char *image,
                              const ClipartInfo *info, OpenclipartReport *r)
{
    int32_t *tag = mem_calloc((size_t)info->tags, sizeof *tag);
    int32_t *parsed = mem_calloc((size_t)info->tags, sizeof *parsed);
    const int64_t tags = seen_tags(v, info, tag);
    r->others++;
    if (tags > 0) {
        Text caption = {0};
        clipart_caption(info, &caption);
        const int64_t count = parsed_tags(caption.data, name, tag, tags, parsed);
        const FolderCaption view = {caption.data, parsed, count};
        folder_training(f, image, tag, tags, &view, 1);
        r->train++;
        r->labels += tags;
        text_free(&caption);
    }
    mem_free(parsed);
    mem_free(tag);
}

static void annotate_test(DataFolder *f, const ClipartVocabulary *v, enum FolderSplit split,
                          const char *image, const ClipartInfo *info)
{
    const char **name = mem_calloc((size_t)info->tags, sizeof *name);
    int64_t count = 0;
    for (int64_t i = 0; i < info->tags; i++) {
        const int64_t k = clipart_vocabulary_find(v, info->tag[i]);
        if (k >= 0 && clipart_is_unseen(k) == (split == FOLDER_UNSEEN))
            name[count++] = v->name[k];
    }
    folder_test(f, split, image, name, count);
    mem_free(name);
}

static void annotate(const OpenclipartImages *p, const ClipartVocabulary *v, DataFolder *f,
                     OpenclipartReport *r)
{
    const char **name = seen_names(v);
    for (int64_t i = 0; i < p->count; i++) {
        char *image = openclipart_image(p->path[i]);
        if (is_test(p->path[i])) {
            annotate_test(f, v, FOLDER_SEEN, image, &p->info[i]);
            annotate_test(f, v, FOLDER_UNSEEN, image, &p->info[i]);
            r->test++;
        } else {
            annotate_training(f, v, name, image, &p->info[i], r);
        }
        mem_free(image);
    }
    mem_free(name);
}

static int list_tags(const ClipartVocabulary *v, DataFolder *f, Error *err)
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
        status = folder_tag(f, clipart_is_unseen(k) ? FOLDER_UNSEEN : FOLDER_SEEN, v->name[k],
                            NULL, view, PHRASES, err);
        for (int i = 0; i < PHRASES; i++) text_free(&text[i]);
    }
    return status;
}

static int describe(const OpenclipartConfig *c, const OpenclipartImages *p, DataFolder *f,
                    OpenclipartReport *r, Error *err)
{
    ClipartVocabulary v = clipart_vocabulary(p->info, p->count, c->least);
    r->tags = v.count;
    r->seen = v.lists[0];
    r->unseen = v.lists[1];
    int status = list_tags(&v, f, err);
    if (status == 0) annotate(p, &v, f, r);
    if (status == 0 && (r->train == 0 || r->test == 0))
        status = error_set(err, ERROR_DATA,
                           "%s: %ld training and %ld test images, %ld tags: too few", c->png,
                           r->train, r->test, r->tags);
    if (status == 0) status = folder_finish(f, err);
    clipart_vocabulary_free(&v);
    return status;
}

int openclipart_prepare(const char *out, const OpenclipartConfig *config,
                        OpenclipartReport *report, Error *err)
{
    *report = (OpenclipartReport){0};
    DataFolder f;
    OpenclipartImages images = {0};
    int status = folder_begin(out, &f, err);
    if (status == 0) status = openclipart_scan(config, &f, &images, report, err);
    if (status == 0) status = describe(config, &images, &f, report, err);
    openclipart_images_free(&images);
    folder_free(&f);
    return status;
}
