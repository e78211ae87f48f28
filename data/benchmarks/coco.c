/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the files, divides the images, writes the parts. */
#include "data/benchmarks/coco.h"

#include "core/mem.h"
#include "data/benchmarks/coco_classes.h"

#include <string.h>

typedef struct Work {
    const CocoConfig *config;
    CocoCounts *counts;
    CocoFiles files;
} Work;

static int read_training(Work *w, Error *err)
{
    const CocoConfig *c = w->config;
    if (!c->instances) return 0;
    if (coco_file_instances(&w->files, c->instances, c->rules.images, err) != 0) return -1;
    return c->captions ? coco_file_captions(&w->files, c->captions, err) : 0;
}

/* Images of two folders, or of unknown ones, may have equal names. */
static bool share_folder(const OwnRules *r)
{
    return r->images && (!r->test_images || strcmp(r->images, r->test_images) == 0);
}

static int read_test(Work *w, Error *err)
{
    const CocoConfig *c = w->config;
    OwnSet *own = &w->files.own;
    const int64_t first = own->set.images;
    if (!c->test_instances) return 0;
    if (coco_file_instances(&w->files, c->test_instances, c->rules.test_images, err) != 0)
        return -1;
    for (int64_t i = first; i < own->set.images; i++) own_set_role(own, i, OWN_ROLE_TEST);
    const int64_t twice = share_folder(&c->rules) ? label_set_repeated(&own->set, first) : -1;
    if (twice < 0) return 0;
    return error_set(err, ERROR_DATA,
                     "%s: %s: is also an image of %s, on which a model is trained",
                     c->test_instances, own->set.image[twice].name, c->instances);
}

static int write_eval(const Work *w, const char *name, const bool *tag, LabelCounts *counts,
                      Error *err)
{
    const OwnSet *own = &w->files.own;
    const LabelPart part = {.image = own->test, .tag = tag};
    return label_set_write_eval(&own->set, &part, own->out, name, counts, err);
}

static int write_sets(const Work *w, const bool *seen, const bool *unseen, Error *err)
{
    const LabelSet *s = &w->files.own.set;
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

/* Training images have a seen class. */
static int write_train(const Work *w, const bool *seen, LabelCounts *counts, Error *err)
{
    const OwnSet *own = &w->files.own;
    const LabelPart part = {.image = own->train, .tag = seen};
    if (!own_set_any(own, own->train)) return 0;
    return label_set_write_train(&own->set, &part, own->out, counts, err);
}

static int write_parts(const Work *w, const bool *seen, const bool *unseen, Error *err)
{
    static const char *const eval[] = {"seen", "unseen", "all"};
    const OwnSet *own = &w->files.own;
    LabelCounts *train = &w->counts->own.train;
    own_set_keep_having(own, own->train, unseen, false);
    own_set_keep_having(own, own->test, unseen, true);
    const bool test = own_set_any(own, own->test);
    if (test && write_sets(w, seen, unseen, err) != 0) return -1;
    if (write_train(w, seen, train, err) != 0) return -1;
    if (!test && train->images == 0)
        return error_set(err, ERROR_DATA, "%s: nothing left: %ld lines in bad.txt", own->out,
                         own->bad.lines);
    const int sets = w->config->split == COCO_SPLIT_GENERALIZED ? 3 : 2;
    return own_set_write_settings(own, train, eval, test ? sets : 0, err);
}

static int write_split(Work *w, Error *err)
{
    own_set_divide(&w->files.own);
    const LabelSet *s = &w->files.own.set;
    bool *seen = mem_calloc((size_t)s->tags + 1, sizeof *seen);
    bool *unseen = mem_calloc((size_t)s->tags + 1, sizeof *unseen);
    int status = coco_classes_mark(s, seen, unseen, err);
    if (status == 0) status = write_parts(w, seen, unseen, err);
    mem_free(unseen);
    mem_free(seen);
    return status;
}

static int prepare(Work *w, Error *err)
{
    if (read_training(w, err) != 0 || read_test(w, err) != 0) return -1;
    if (w->config->split != COCO_SPLIT_NONE) return write_split(w, err);
    return own_set_write(&w->files.own, &w->counts->own, err);
}

int coco_prepare(const char *out, const CocoConfig *config, CocoCounts *counts, Error *err)
{
    *counts = (CocoCounts){0};
    Work w = {.config = config, .counts = counts, .files = {.report = &counts->read}};
    int status = own_set_begin(out, &config->rules, &w.files.own, err);
    if (status == 0) status = prepare(&w, err);
    hash_map_free(&w.files.image);
    return own_set_end(&w.files.own, status, err);
}
