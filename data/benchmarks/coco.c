/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the files, divides the images, writes the parts. */
#include "data/benchmarks/coco.h"

#include "core/io/file.h"
#include "core/io/text.h"
#include "core/mem.h"
#include "data/benchmarks/coco_classes.h"
#include "data/folder/dataset_yaml.h"

#include <string.h>

typedef struct Work {
    const char *out;
    const CocoConfig *config;
    CocoCounts *counts;
    CocoFiles files;
    int64_t own; /* images of `instances`; those after them are of `test_instances` */
    bool *test;  /* [images] is evaluated */
    bool *train; /* [images] */
} Work;

/* A number in [0, 1) that depends on the name and the seed alone. */
static double draw(const char *name, int64_t seed)
{
    uint8_t value[HASH_BYTES];
    uint64_t bits = 0;
    Hash *h = hash_new();
    for (int i = 0; i < 8; i++) hash_add(h, &(uint8_t){(uint8_t)(seed >> (8 * i))}, 1);
    hash_add_text(h, name);
    hash_result(h, value);
    hash_free(h);
    for (int i = 0; i < 8; i++) bits = bits << 8 | value[i];
    return (double)(bits >> 11) * 0x1p-53;
}

static int read_files(Work *w, Error *err)
{
    const CocoConfig *c = w->config;
    CocoFiles *f = &w->files;
    if (c->instances && coco_file_instances(f, c->instances, c->images, err) != 0) return -1;
    if (c->captions && coco_file_captions(f, c->captions, err) != 0) return -1;
    w->own = f->set.images;
    if (!c->test_instances) return 0;
    if (coco_file_instances(f, c->test_instances, c->test_images, err) != 0) return -1;
    /* Images of two folders, or of unknown ones, may have equal names. */
    const bool one = c->images && (!c->test_images || strcmp(c->images, c->test_images) == 0);
    const int64_t twice = one ? label_set_repeated(&f->set, w->own) : -1;
    if (twice < 0) return 0;
    return error_set(err, ERROR_DATA,
                     "%s: %s: is also an image of %s, on which a model is trained",
                     c->test_instances, f->set.image[twice], c->instances);
}

static void divide(Work *w)
{
    const LabelSet *s = &w->files.set;
    label_set_sort(&w->files.set);
    w->test = mem_calloc((size_t)s->images + 1, sizeof *w->test);
    w->train = mem_calloc((size_t)s->images + 1, sizeof *w->train);
    for (int64_t i = 0; i < s->images; i++) {
        w->test[i] = i >= w->own || draw(s->image[i], w->config->seed) < w->config->test;
        w->train[i] = !w->test[i];
    }
}

static bool any(const bool *of, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        if (of[i]) return true;
    return false;
}

/* Of the images, keeps those that have one of the tags, or, without `with`, none. */
static void keep_having(const LabelSet *s, bool *image, const bool *tag, bool with)
{
    bool *has = label_set_having(s, &(LabelPart){.tag = tag});
    for (int64_t i = 0; i < s->images; i++) image[i] = image[i] && has[i] == with;
    mem_free(has);
}

static int write_train(const Work *w, const bool *tag, Error *err)
{
    const LabelSet *s = &w->files.set;
    if (!any(w->train, s->images)) return 0;
    return label_set_write_train(s, &(LabelPart){w->train, tag}, w->out, &w->counts->train,
                                 err);
}

static int write_eval(const Work *w, const char *name, const bool *tag, LabelCounts *counts,
                      Error *err)
{
    return label_set_write_eval(&w->files.set, &(LabelPart){w->test, tag}, w->out, name, counts,
                                err);
}

/* The tags of enough images. Owned; NULL: all tags. */
static bool *frequent_tags(const Work *w)
{
    const LabelSet *s = &w->files.set;
    if (w->config->least <= 1) return NULL;
    const bool *counts = any(w->train, s->images) ? w->train : w->test;
    int64_t *images = mem_calloc((size_t)s->tags + 1, sizeof *images);
    bool *tag = mem_calloc((size_t)s->tags + 1, sizeof *tag);
    for (int64_t i = 0; i < s->labels; i++)
        images[s->label[i].tag] += counts[s->label[i].image];
    for (int64_t k = 0; k < s->tags; k++) {
        tag[k] = images[k] >= w->config->least;
        w->counts->rare += !tag[k];
    }
    mem_free(images);
    return tag;
}

static int write_whole(const Work *w, Error *err)
{
    const LabelSet *s = &w->files.set;
    int status = 0;
    bool *tag = frequent_tags(w);
    if (w->config->labeled_only) keep_having(s, w->test, tag, true);
    if (any(w->test, s->images)) status = write_eval(w, "test", tag, &w->counts->test, err);
    if (status == 0) status = write_train(w, tag, err);
    mem_free(tag);
    return status;
}

static int write_sets(const Work *w, const bool *seen, const bool *unseen, Error *err)
{
    const LabelSet *s = &w->files.set;
    CocoCounts *c = w->counts;
    bool *all = mem_calloc((size_t)s->tags + 1, sizeof *all);
    for (int64_t k = 0; k < s->tags; k++) all[k] = seen[k] || unseen[k];
    int status = write_eval(w, "seen", seen, &c->seen, err);
    if (status == 0) status = write_eval(w, "unseen", unseen, &c->unseen, err);
    if (status == 0 && w->config->split == COCO_SPLIT_GENERALIZED)
        status = write_eval(w, "all", all, &c->all, err);
    mem_free(all);
    return status;
}

static int write_split(const Work *w, Error *err)
{
    const LabelSet *s = &w->files.set;
    bool *seen = mem_calloc((size_t)s->tags + 1, sizeof *seen);
    bool *unseen = mem_calloc((size_t)s->tags + 1, sizeof *unseen);
    int status = coco_classes_mark(s, seen, unseen, err);
    if (status == 0) {
        keep_having(s, w->train, unseen, false);
        keep_having(s, w->test, unseen, true);
        if (any(w->test, s->images)) status = write_sets(w, seen, unseen, err);
    }
    if (status == 0) status = write_train(w, seen, err);
    mem_free(unseen);
    mem_free(seen);
    return status;
}

static int write_settings(const Work *w, Error *err)
{
    const CocoCounts *c = w->counts;
    const char *eval[4] = {NULL};
    int n = 0;
    if (c->test.images) eval[n++] = "test";
    if (c->seen.images) eval[n++] = "seen";
    if (c->unseen.images) eval[n++] = "unseen";
    if (c->all.images) eval[n++] = "all";
    const DatasetYaml yaml = {.root = w->config->images,
                              .eval_root = w->config->test_instances ? w->config->test_images
                                                                     : w->config->images,
                              .train = c->train.images > 0,
                              .captions = c->train.captions > 0,
                              .eval = eval,
                              .evals = n};
    return dataset_yaml_write(w->out, &yaml, err);
}

static int prepare(Work *w, Error *err)
{
    const bool split = w->config->split != COCO_SPLIT_NONE;
    if (read_files(w, err) != 0) return -1;
    divide(w);
    if ((split ? write_split : write_whole)(w, err) != 0) return -1;
    if (w->counts->train.images + w->counts->test.images + w->counts->seen.images +
            w->counts->unseen.images ==
        0)
        return error_set(err, ERROR_DATA, "%s: nothing left: %ld bad records, named above",
                         w->out, w->counts->read.bad);
    return write_settings(w, err);
}

int coco_prepare(const char *out, const CocoConfig *config, CocoCounts *counts, Error *err)
{
    RecordList bad;
    *counts = (CocoCounts){0};
    Work w = {.out = out, .config = config, .counts = counts};
    w.files = (CocoFiles){.bad = &bad, .report = &counts->read};
    if (label_set_begin(out, err) != 0 || record_list_open(out, "bad.txt", &bad, err) != 0)
        return -1;
    int status = prepare(&w, err);
    status = record_list_close(&bad, status, err);
    mem_free(w.train);
    mem_free(w.test);
    coco_files_free(&w.files);
    return status;
}
