/* SPDX-License-Identifier: Apache-2.0 */
/* Writes lists and triplets of a part of a set. */
#include "data/folder/label_set.h"

#include "core/io/file.h"
#include "core/io/file_writer.h"
#include "core/io/text.h"
#include "core/json/json.h"
#include "core/mem.h"
#include "core/strings/utf8.h"

#include <string.h>

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
    int32_t *position; /* [tags] of the tag in the list of the part, or -1 */
    bool *used;        /* [tags] */
    int64_t image, label, unknown, caption; /* the next ones */
    /* Of the image, up to `label`, `unknown` and `caption`. */
    int64_t first_label, first_unknown, first_caption;
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
        w->first_unknown = w->unknown;
        w->first_caption = w->caption;
        while (w->label < s->labels && s->label[w->label].image == image) w->label++;
        while (w->unknown < s->unknowns && s->unknown[w->unknown].image == image) w->unknown++;
        while (w->caption < s->captions && s->caption[w->caption].image == image) w->caption++;
        if (in_part(w->part->image, image)) return image;
    }
    return -1;
}

/* Of the pairs FIRST..END, those whose tag is in the part. */
static int64_t pairs_in(const Walk *w, const LabelPair *pair, int64_t first, int64_t end)
{
    int64_t n = 0;
    for (int64_t i = first; i < end; i++) n += w->position[pair[i].tag] >= 0;
    return n;
}

static int64_t labels_of(const Walk *w)
{
    return pairs_in(w, w->set->label, w->first_label, w->label);
}

/* Single ones where other tags of the image are known. */
static int64_t unknowns_of(const Walk *w)
{
    if (w->set->image[w->image - 1].untold) return 0;
    return pairs_in(w, w->set->unknown, w->first_unknown, w->unknown);
}

static void count_image(Walk *w, int64_t image, int64_t captions)
{
    const int64_t labels = labels_of(w);
    for (int64_t i = w->first_label; i < w->label; i++)
        if (w->position[w->set->label[i].tag] >= 0) w->used[w->set->label[i].tag] = true;
    w->counts->images++;
    w->counts->labels += labels;
    w->counts->unknowns += unknowns_of(w);
    w->counts->captions += captions;
    w->counts->untagged += labels == 0;
    w->counts->untold += w->set->image[image].untold;
}

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

/* Whether a list that starts with this line would pass for JSON, a web page or a Git LFS
 * pointer, which readers of lists refuse. */
static bool starts_like_other(const char *line)
{
    line += utf8_indent(line);
    return (*line && strchr("[{<", *line)) || strncmp(line, "version https://", 16) == 0;
}

static int check_first_tag(const LabelSet *s, const LabelPart *p, Error *err)
{
    for (int64_t k = 0; k < s->tags; k++) {
        if (!in_part(p->tag, k)) continue;
        if (!starts_like_other(s->tag[k])) return 0;
        return error_set(err, ERROR_DATA,
                         "tag '%.80s': a list of tags that starts with a bracket or so looks "
                         "like JSON or a web page: rename it",
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

/* A field of CSV, in quotes also if the line would look like another file. */
static void put_image(Text *line, const char *name)
{
    if (starts_like_other(name) && !strchr(name, '"'))
        text_add(line, "\"%s\"", name);
    else
        text_csv(line, name);
}

/* A line of a list: the image and those of its tags that are in the part. */
static void put_line(const Walk *w, const LabelPair *pair, int64_t first, int64_t end,
                     int64_t image, Text *to)
{
    put_image(to, w->set->image[image].name);
    for (int64_t i = first; i < end; i++) {
        if (w->position[pair[i].tag] < 0) continue;
        text_put(to, ",");
        text_csv(to, w->set->tag[pair[i].tag]);
    }
    text_put(to, "\n");
}

static void put_annotations(Walk *w, FileWriter *to, Text *unknown)
{
    const LabelSet *s = w->set;
    Text line = {0};
    for (int64_t image; (image = walk_next(w)) >= 0;) {
        if (s->image[image].untold) continue;
        count_image(w, image, 0);
        put_line(w, s->label, w->first_label, w->label, image, &line);
        flush(&line, to);
        if (unknowns_of(w))
            put_line(w, s->unknown, w->first_unknown, w->unknown, image, unknown);
    }
    text_free(&line);
}

static int fail_if_empty(const LabelCounts *c, const char *folder, const char *what, Error *err)
{
    if (c->tags && c->images && c->labels + c->captions) return 0;
    return error_set(err, ERROR_DATA, "%s: %s: %ld tags, %ld images, %ld labels: nothing left",
                     folder, what, c->tags, c->images, c->labels);
}

/* The list of an earlier set must not stay. */
static int write_unknown(const char *folder, const Text *unknown, Error *err)
{
    if (unknown->len) return text_write_in(folder, "unknown.txt", unknown->data, err);
    file_remove_in(folder, "unknown.txt");
    return 0;
}

static int write_eval(const LabelSet *s, const LabelPart *p, const char *folder,
                      LabelCounts *counts, Error *err)
{
    FileWriter *file;
    Text unknown = {0};
    if (open_in(folder, "annotations.txt", &file, err) != 0) return -1;
    Walk w = walk_start(s, p, counts);
    put_annotations(&w, file, &unknown);
    walk_end(&w);
    int status = fail_if_empty(counts, folder, "an evaluation set", err);
    if (status == 0) status = write_tags(s, p, folder, "tags.txt", err);
    if (status == 0) status = write_unknown(folder, &unknown, err);
    text_free(&unknown);
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

/* The positions in the list of the tags of some pairs. */
static json_t *ids_of(const Walk *w, const LabelPair *pair, int64_t first, int64_t end)
{
    json_t *ids = json_array();
    for (int64_t i = first; i < end; i++) {
        const int32_t id = w->position[pair[i].tag];
        if (id >= 0) json_array_append_new(ids, json_integer(id));
    }
    return ids;
}

static json_t *record_of(const Walk *w, int64_t image)
{
    const LabelSet *s = w->set;
    json_t *record = json_pair("image_path", json_text(s->image[image].name));
    json_t *captions = json_array();
    json_t *ids =
        s->image[image].untold ? json_null() : ids_of(w, s->label, w->first_label, w->label);
    for (int64_t i = w->first_caption; i < w->caption; i++)
        json_array_append_new(captions, json_text(s->caption[i].text));
    json_object_set_new(record, "union_label_id", ids);
    if (unknowns_of(w))
        json_object_set_new(record, "unknown_label_id",
                            ids_of(w, s->unknown, w->first_unknown, w->unknown));
    json_object_set_new(record, "caption", captions);
    return record;
}

static void put_records(Walk *w, FileWriter *to)
{
    Text line = {0};
    for (int64_t image; (image = walk_next(w)) >= 0;) {
        const int64_t captions = w->caption - w->first_caption;
        const bool lacks_all = w->part->negatives && !w->set->image[image].untold;
        if (labels_of(w) + captions == 0 && !lacks_all) continue;
        text_put(&line, w->counts->images ? ",\n" : "[");
        count_image(w, image, captions);
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

const char *const label_sets[LABEL_SETS] = {"seen", "unseen", "all", "test"};

int label_set_begin(const char *root, Error *err)
{
    if (file_mkdirs(root, err) != 0) return -1;
    file_remove_in(root, "train.json");
    for (int i = 0; i < LABEL_SETS; i++) {
        char *set = file_join(root, label_sets[i]);
        file_remove_in(set, "annotations.txt");
        mem_free(set);
    }
    return 0;
}
