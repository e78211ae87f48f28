/* SPDX-License-Identifier: Apache-2.0 */
/* Collects images, labels and captions, and writes lists and triplets of a part of them. */
#include "data/folder/label_set.h"

#include "core/array.h"
#include "core/hash_map.h"
#include "core/io/file.h"
#include "core/io/file_writer.h"
#include "core/io/text.h"
#include "core/json/json.h"
#include "core/mem.h"
#include "core/strings/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- collecting ------------------------------------------------------------------------- */

enum { TAGS, IMAGES, LABELS, CAPTIONS };

int64_t label_set_add_tag(LabelSet *s, const char *name)
{
    s->tag = array_grow(s->tag, sizeof *s->tag, s->tags, &s->room[TAGS]);
    s->tag[s->tags] = strings_add(&s->strings, name, strlen(name));
    return s->tags++;
}

int64_t label_set_add_image(LabelSet *s, const char *name)
{
    CHECK(s->images < INT32_MAX, "%ld images", s->images);
    s->image = array_grow(s->image, sizeof *s->image, s->images, &s->room[IMAGES]);
    s->image[s->images] = strings_add(&s->strings, name, strlen(name));
    return s->images++;
}

int64_t label_set_repeated(const LabelSet *s, int64_t first)
{
    int64_t found = -1;
    HashMap names = hash_map_new(s->images);
    for (int64_t i = 0; found < 0 && i < s->images; i++) {
        uint8_t key[HASH_BYTES];
        hash_of(s->image[i], strlen(s->image[i]), key);
        if (!hash_map_add(&names, key, i) && i >= first) found = i;
    }
    hash_map_free(&names);
    return found;
}

void label_set_add_label(LabelSet *s, int64_t image, int64_t tag)
{
    CHECK(image >= 0 && image < s->images && tag >= 0 && tag < s->tags, "image %ld, tag %ld",
          image, tag);
    s->label = array_grow(s->label, sizeof *s->label, s->labels, &s->room[LABELS]);
    s->label[s->labels++] = (LabelPair){(int32_t)image, (int32_t)tag};
}

void label_set_add_caption(LabelSet *s, int64_t image, const char *text)
{
    CHECK(image >= 0 && image < s->images && s->captions < INT32_MAX, "image %ld", image);
    s->caption = array_grow(s->caption, sizeof *s->caption, s->captions, &s->room[CAPTIONS]);
    s->caption[s->captions] = (LabelText){(int32_t)image, (int32_t)s->captions,
                                          strings_add(&s->strings, text, strlen(text))};
    s->captions++;
}

static int by_image_and_tag(const void *a, const void *b)
{
    const LabelPair *x = a, *y = b;
    if (x->image != y->image) return x->image < y->image ? -1 : 1;
    return (x->tag > y->tag) - (x->tag < y->tag);
}

static int by_image_and_order(const void *a, const void *b)
{
    const LabelText *x = a, *y = b;
    if (x->image != y->image) return x->image < y->image ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

void label_set_sort(LabelSet *s)
{
    int64_t n = 0;
    if (s->labels) qsort(s->label, (size_t)s->labels, sizeof *s->label, by_image_and_tag);
    if (s->captions)
        qsort(s->caption, (size_t)s->captions, sizeof *s->caption, by_image_and_order);
    for (int64_t i = 0; i < s->labels; i++)
        if (n == 0 || by_image_and_tag(&s->label[n - 1], &s->label[i]) != 0)
            s->label[n++] = s->label[i];
    s->labels = n;
}

void label_set_free(LabelSet *s)
{
    mem_free(s->caption);
    mem_free(s->label);
    mem_free(s->image);
    mem_free(s->tag);
    strings_free(&s->strings);
    *s = (LabelSet){0};
}

/* ---- parts ------------------------------------------------------------------------------ */

static bool in_part(const bool *part, int64_t i) { return !part || part[i]; }

bool *label_set_having(const LabelSet *s, const LabelPart *p)
{
    bool *has = mem_calloc((size_t)s->images + 1, sizeof *has);
    for (int64_t i = 0; i < s->labels; i++)
        if (in_part(p->tag, s->label[i].tag) && in_part(p->image, s->label[i].image))
            has[s->label[i].image] = true;
    return has;
}

/* The images of a part one after the other, with their labels and captions. */
typedef struct Walk {
    const LabelSet *set;
    const LabelPart *part;
    LabelCounts *counts;
    int32_t *position;                  /* [tags] of the tag in the list of the part, or -1 */
    bool *used;                         /* [tags] */
    int64_t image, label, caption;      /* the next ones */
    int64_t first_label, first_caption; /* of the image, up to `label` and `caption` */
} Walk;

static Walk walk_start(const LabelSet *s, const LabelPart *p, LabelCounts *counts)
{
    Walk w = {.set = s, .part = p, .counts = counts};
    *counts = (LabelCounts){0};
    w.position = mem_alloc((size_t)s->tags * sizeof *w.position);
    w.used = mem_calloc((size_t)s->tags, sizeof *w.used);
    for (int64_t k = 0; k < s->tags; k++)
        w.position[k] = in_part(p->tag, k) ? (int32_t)counts->tags++ : -1;
    return w;
}

static void walk_end(Walk *w)
{
    w->counts->unused = w->counts->tags;
    for (int64_t k = 0; k < w->set->tags; k++) w->counts->unused -= w->used[k];
    mem_free(w->used);
    mem_free(w->position);
}

/* Goes to the next image of the part and returns it; -1 after the last one. */
static int64_t walk_next(Walk *w)
{
    const LabelSet *s = w->set;
    while (w->image < s->images) {
        const int64_t image = w->image++;
        w->first_label = w->label;
        w->first_caption = w->caption;
        while (w->label < s->labels && s->label[w->label].image == image) w->label++;
        while (w->caption < s->captions && s->caption[w->caption].image == image) w->caption++;
        if (in_part(w->part->image, image)) return image;
    }
    return -1;
}

static int64_t labels_of(const Walk *w)
{
    int64_t n = 0;
    for (int64_t i = w->first_label; i < w->label; i++)
        n += w->position[w->set->label[i].tag] >= 0;
    return n;
}

static void count_image(Walk *w, int64_t captions)
{
    const int64_t labels = labels_of(w);
    for (int64_t i = w->first_label; i < w->label; i++)
        if (w->position[w->set->label[i].tag] >= 0) w->used[w->set->label[i].tag] = true;
    w->counts->images++;
    w->counts->labels += labels;
    w->counts->captions += captions;
    w->counts->untagged += labels == 0;
}

/* ---- files ------------------------------------------------------------------------------ */

static int open_in(const char *folder, const char *name, FileWriter **out, Error *err)
{
    char *path = file_join(folder, name);
    const int status = file_writer_new(path, out, err);
    mem_free(path);
    return status;
}

/* Appends the text to the file and empties it. */
static void flush(Text *t, FileWriter *to)
{
    if (t->len) file_writer_put(to, t->data, t->len);
    t->len = 0;
}

/* Whether a list that starts with this line would pass for JSON, which readers of lists
 * refuse. */
static bool starts_like_json(const char *line)
{
    line += utf8_indent(line);
    return *line == '[' || *line == '{';
}

static int check_first_tag(const LabelSet *s, const LabelPart *p, Error *err)
{
    for (int64_t k = 0; k < s->tags; k++) {
        if (!in_part(p->tag, k)) continue;
        if (!starts_like_json(s->tag[k])) return 0;
        return error_set(err, ERROR_DATA,
                         "tag '%.80s': a list of tags that starts with a bracket looks like "
                         "JSON: rename it",
                         s->tag[k]);
    }
    return 0;
}

static int write_tags(const LabelSet *s, const LabelPart *p, const char *folder,
                      const char *name, Error *err)
{
    FileWriter *file;
    Text line = {0};
    if (check_first_tag(s, p, err) != 0) return -1;
    if (open_in(folder, name, &file, err) != 0) return -1;
    for (int64_t k = 0; k < s->tags; k++) {
        if (!in_part(p->tag, k)) continue;
        text_add(&line, "%s\n", s->tag[k]);
        flush(&line, file);
    }
    text_free(&line);
    return file_writer_commit(file, err);
}

/* A field of CSV, in quotes also if the line would look like JSON. */
static void put_image(Text *line, const char *name)
{
    if (starts_like_json(name) && !strchr(name, '"'))
        text_add(line, "\"%s\"", name);
    else
        text_csv(line, name);
}

static void put_annotations(Walk *w, FileWriter *to)
{
    Text line = {0};
    for (int64_t image; (image = walk_next(w)) >= 0;) {
        count_image(w, 0);
        put_image(&line, w->set->image[image]);
        for (int64_t i = w->first_label; i < w->label; i++) {
            const int32_t tag = w->set->label[i].tag;
            if (w->position[tag] < 0) continue;
            text_put(&line, ",");
            text_csv(&line, w->set->tag[tag]);
        }
        text_put(&line, "\n");
        flush(&line, to);
    }
    text_free(&line);
}

static int fail_if_empty(const LabelCounts *c, const char *folder, const char *what, Error *err)
{
    if (c->tags && c->images && c->labels + c->captions) return 0;
    return error_set(err, ERROR_DATA, "%s: %s: %ld tags, %ld images, %ld labels: nothing left",
                     folder, what, c->tags, c->images, c->labels);
}

static int write_eval(const LabelSet *s, const LabelPart *p, const char *folder,
                      LabelCounts *counts, Error *err)
{
    FileWriter *file;
    if (open_in(folder, "annotations.txt", &file, err) != 0) return -1;
    Walk w = walk_start(s, p, counts);
    put_annotations(&w, file);
    walk_end(&w);
    int status = fail_if_empty(counts, folder, "an evaluation set", err);
    if (status == 0) status = write_tags(s, p, folder, "tags.txt", err);
    if (status == 0) return file_writer_commit(file, err);
    file_writer_abandon(file);
    return -1;
}

int label_set_write_eval(const LabelSet *s, const LabelPart *p, const char *root,
                         const char *name, LabelCounts *counts, Error *err)
{
    char *folder = file_join(root, name);
    int status = file_mkdirs(folder, err);
    if (status == 0) status = write_eval(s, p, folder, counts, err);
    mem_free(folder);
    return status;
}

static json_t *record_of(const Walk *w, int64_t image)
{
    json_t *record = json_pair("image_path", json_text(w->set->image[image]));
    json_t *ids = json_array(), *captions = json_array();
    for (int64_t i = w->first_label; i < w->label; i++) {
        const int32_t id = w->position[w->set->label[i].tag];
        if (id >= 0) json_array_append_new(ids, json_integer(id));
    }
    for (int64_t i = w->first_caption; i < w->caption; i++)
        json_array_append_new(captions, json_text(w->set->caption[i].text));
    json_object_set_new(record, "union_label_id", ids);
    json_object_set_new(record, "caption", captions);
    return record;
}

static void put_records(Walk *w, FileWriter *to)
{
    Text line = {0};
    for (int64_t image; (image = walk_next(w)) >= 0;) {
        const int64_t captions = w->caption - w->first_caption;
        if (labels_of(w) + captions == 0) continue;
        text_put(&line, w->counts->images ? ",\n" : "[");
        count_image(w, captions);
        json_put(&line, record_of(w, image));
        flush(&line, to);
    }
    text_put(&line, "]\n");
    flush(&line, to);
    text_free(&line);
}

int label_set_write_train(const LabelSet *s, const LabelPart *p, const char *root,
                          LabelCounts *counts, Error *err)
{
    FileWriter *file;
    if (open_in(root, "train.json", &file, err) != 0) return -1;
    Walk w = walk_start(s, p, counts);
    put_records(&w, file);
    walk_end(&w);
    int status = fail_if_empty(counts, root, "training images", err);
    if (status == 0) status = write_tags(s, p, root, "train_tags.txt", err);
    if (status == 0) return file_writer_commit(file, err);
    file_writer_abandon(file);
    return -1;
}

int label_set_begin(const char *root, Error *err)
{
    static const char *const marks[] = {"train.json", "seen/annotations.txt",
                                        "unseen/annotations.txt", "all/annotations.txt",
                                        "test/annotations.txt"};
    if (file_mkdirs(root, err) != 0) return -1;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        char *path = file_join(root, marks[i]);
        unlink(path);
        mem_free(path);
    }
    return 0;
}
