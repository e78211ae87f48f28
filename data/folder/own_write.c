/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a complete data folder. */
#include "data/folder/own_set.h"

#include "core/io/text.h"
#include "core/json/json.h"
#include "core/log.h"
#include "core/mem.h"
#include "data/folder/dataset_yaml.h"

#include <stdlib.h>
#include <unistd.h>

enum { SHOWN = 10 };

bool own_set_any(const OwnSet *s, const bool *image)
{
    for (int64_t i = 0; i < s->set.images; i++)
        if (image[i]) return true;
    return false;
}

void own_set_keep_having(const OwnSet *s, bool *image, const bool *tag, bool with)
{
    bool *has = label_set_having(&s->set, &(LabelPart){.tag = tag});
    for (int64_t i = 0; i < s->set.images; i++) image[i] = image[i] && has[i] == with;
    mem_free(has);
}

/* *count [tags] of the images of a part that have the tag. Owned. */
static int64_t *images_of_tags(const LabelSet *s, const bool *image)
{
    int64_t *count = mem_calloc((size_t)s->tags + 1, sizeof *count);
    for (int64_t i = 0; i < s->labels; i++) count[s->label[i].tag] += image[s->label[i].image];
    return count;
}

/* The tags of the lists: those that were asked for, or those of enough images. Owned. */
static bool *choose_tags(const OwnSet *s, int64_t *rare)
{
    const LabelSet *set = &s->set;
    bool *tag = mem_calloc((size_t)set->tags + 1, sizeof *tag);
    int64_t *images = images_of_tags(set, own_set_any(s, s->train) ? s->train : s->test);
    for (int64_t k = 0; k < set->tags; k++) {
        tag[k] = s->rules.tags ? k < s->listed : images[k] >= s->rules.least;
        *rare += !tag[k];
    }
    mem_free(images);
    return tag;
}

/* ---- lists ------------------------------------------------------------------------------- */

/* Texts that describe a tag, until better ones are written for it. */
static json_t *texts_of(const char *tag)
{
    static const char *const phrase[] = {"a photo of a %s.", "a photo of %s.",
                                         "an image that shows %s."};
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof phrase / sizeof *phrase; i++) {
        Text t = {0};
        text_add(&t, phrase[i], tag);
        json_array_append_new(list, json_text(t.data));
        text_free(&t);
    }
    return json_pair(tag, list);
}

static int write_descriptions(const OwnSet *s, const bool *tag, Error *err)
{
    Text t = {0};
    for (int64_t k = 0; k < s->set.tags; k++) {
        if (!tag[k]) continue;
        text_put(&t, t.len ? ",\n" : "[");
        json_put(&t, texts_of(s->set.tag[k]));
    }
    text_put(&t, "]\n");
    const int status = text_write_in(s->out, "descriptions.json", t.data, err);
    text_free(&t);
    return status;
}

typedef struct TagCount {
    int64_t tag, train, test;
} TagCount;

static int by_count(const void *a, const void *b)
{
    const TagCount *x = a, *y = b;
    const int64_t m = x->train + x->test, n = y->train + y->test;
    if (m != n) return m < n ? 1 : -1;
    return (x->tag > y->tag) - (x->tag < y->tag);
}

/* The first of the sorted rows, on stderr. */
static void show_counts(const OwnSet *s, const TagCount *row)
{
    Text t = {0};
    for (int64_t k = 0; k < s->set.tags && k < SHOWN; k++)
        text_add(&t, "%s%s %ld", k ? ", " : "", s->set.tag[row[k].tag],
                 row[k].train + row[k].test);
    if (t.len)
        log_info("images per tag: %s%s; all: %s/tag_counts.csv", t.data,
                 s->set.tags > SHOWN ? ", ..." : "", s->out);
    text_free(&t);
}

static int put_counts(const OwnSet *s, const TagCount *row, const bool *tag, Error *err)
{
    Text t = {0};
    text_put(&t, "tag,training images,test images,kept\n");
    for (int64_t k = 0; k < s->set.tags; k++) {
        text_csv(&t, s->set.tag[row[k].tag]);
        text_add(&t, ",%ld,%ld,%s\n", row[k].train, row[k].test,
                 tag[row[k].tag] ? "yes" : "no");
    }
    const int status = text_write_in(s->out, "tag_counts.csv", t.data, err);
    text_free(&t);
    return status;
}

static int write_counts(const OwnSet *s, const bool *tag, Error *err)
{
    const LabelSet *set = &s->set;
    int64_t *train = images_of_tags(set, s->train), *test = images_of_tags(set, s->test);
    TagCount *row = mem_calloc((size_t)set->tags + 1, sizeof *row);
    for (int64_t k = 0; k < set->tags; k++) row[k] = (TagCount){k, train[k], test[k]};
    if (set->tags) qsort(row, (size_t)set->tags, sizeof *row, by_count);
    show_counts(s, row);
    const int status = put_counts(s, row, tag, err);
    mem_free(row);
    mem_free(test);
    mem_free(train);
    return status;
}

/* ---- the folder -------------------------------------------------------------------------- */

static int write_train(const OwnSet *s, const bool *tag, LabelCounts *counts, Error *err)
{
    const LabelPart part = {.image = s->train, .tag = tag, .negatives = true};
    if (!own_set_any(s, s->train)) return 0;
    return label_set_write_train(&s->set, &part, s->out, counts, err);
}

int own_set_write_settings(const OwnSet *s, const LabelCounts *train, const char *const *eval,
                           int evals, Error *err)
{
    const OwnRules *r = &s->rules;
    const DatasetYaml yaml = {.root = r->images,
                              .eval_root = r->test_images ? r->test_images : r->images,
                              .train = train->images > 0,
                              .descriptions = "descriptions.json",
                              .captions = train->captions > 0,
                              .eval = eval,
                              .evals = evals};
    return dataset_yaml_write(s->out, &yaml, err);
}

static bool has_labels(const OwnSet *s, const LabelPart *p)
{
    bool *has = label_set_having(&s->set, p);
    const bool any = own_set_any(s, has);
    mem_free(has);
    return any;
}

/* The evaluated images whose tags are known. */
static int write_test(const OwnSet *s, const bool *tag, OwnCounts *c, Error *err)
{
    const LabelPart part = {.image = s->test, .tag = tag};
    bool *image = s->test;
    for (int64_t i = 0; i < s->set.images; i++) {
        const bool left_out = image[i] && s->set.image[i].untold;
        c->untold += left_out;
        image[i] = image[i] && !left_out;
    }
    if (s->rules.labeled_only) own_set_keep_having(s, image, tag, true);
    if (!own_set_any(s, image)) return 0;
    if (!has_labels(s, &part)) {
        log_warn("%s/test: left out: none of its images has one of the tags", s->out);
        return 0;
    }
    return label_set_write_eval(&s->set, &part, s->out, "test", &c->test, err);
}

static int write_all(const OwnSet *s, const bool *tag, OwnCounts *c, Error *err)
{
    const char *const eval[] = {"test"};
    if (s->set.images && s->set.tags == 0)
        return error_set(err, ERROR_DATA,
                         "%s: %ld images, but no tag: to train on captions alone, give a list "
                         "of tags (--tags FILE)",
                         s->out, s->set.images);
    if (write_test(s, tag, c, err) != 0) return -1;
    if (write_descriptions(s, tag, err) != 0 || write_counts(s, tag, err) != 0) return -1;
    if (write_train(s, tag, &c->train, err) != 0) return -1;
    for (int64_t i = 0; i < s->set.images; i++) c->useless += s->train[i];
    c->useless -= c->train.images;
    if (c->train.images + c->test.images == 0)
        return error_set(err, ERROR_DATA, "%s: nothing left: %ld lines in bad.txt", s->out,
                         s->bad.lines);
    return own_set_write_settings(s, &c->train, eval, c->test.images > 0, err);
}

int own_set_write(OwnSet *s, OwnCounts *counts, Error *err)
{
    *counts = (OwnCounts){.images = s->set.images, .tags = s->set.tags};
    own_set_divide(s);
    bool *tag = choose_tags(s, &counts->rare);
    if (!s->rules.tags) own_set_warn_similar(s, tag);
    const int status = write_all(s, tag, counts, err);
    mem_free(tag);
    return status;
}
