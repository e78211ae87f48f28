/* SPDX-License-Identifier: Apache-2.0 */
/* Comparing weights with a model, and completing them. */
#include "train/files/weights_model.h"

#include "core/formats/tensor_set.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/strings/strings.h"

#include <string.h>

/* Logs a warning; the first call also sets the error. */
static void report_shape(const char *in, const TensorEntry *a, const Tensor *t, Error *err)
{
    char have[192], want[96];
    tensor_set_shape_text(a, have);
    tensor_shape_text(t, want);
    log_warn("other shape: %s: shape %s, the model has %s", a->name, have, want);
    error_set(err, ERROR_CHECKPOINT, "%s: %s: shape %s, the model has %s", in, a->name, have,
              want);
}

typedef struct Count {
    int64_t missing, unexpected, shapes, adapted, unreadable;
} Count;

static void compare_param(const char *in, Weights *w, const Param *p, Count *n, Error *err)
{
    const TensorEntry *a = weights_find(w, p->name);
    if (!a && p->optional) {
        log_info("missing, and not used: %s", p->name);
    } else if (!a) {
        n->missing++;
        log_warn("missing: %s", p->name);
    } else if (tensor_set_unreadable(a)) {
        n->unreadable++;
        error_set(err, ERROR_CHECKPOINT, "%s: %s: %s cannot be read: save it as float32", in,
                  a->name, tensor_set_unreadable(a));
    } else if (!tensor_set_fits(a, &p->tensor)) {
        if (weights_adapts(w, a - w->set.entry, &p->tensor))
            n->adapted++, weights_adapt(w, a - w->set.entry, &p->tensor);
        else
            n->shapes++, report_shape(in, a, &p->tensor, err);
    }
}

static Count compare(const char *in, Weights *w, const ParamSet *ps, Error *err)
{
    Count n = {0};
    for (int64_t i = 0; i < ps->count; i++) compare_param(in, w, ps->param[i], &n, err);
    for (int64_t i = 0; i < w->kept; i++) {
        const char *name = w->set.entry[w->keep[i]].name;
        if (!param_find(ps, name) && strcmp(name, "label_embed") != 0)
            n.unexpected++, log_warn("unexpected: %s", name);
    }
    log_info("%ld missing, %ld unexpected, %ld of another shape", n.missing, n.unexpected,
             n.shapes);
    if (n.adapted)
        log_info("%ld position tables resampled to the sizes of the model", n.adapted);
    return n;
}

int weights_model_compare(const char *in, Weights *w, const Config *c, int64_t *missing,
                          Error *err)
{
    RamPlusConfig sizes;
    if (config_model(c, &sizes, err) != 0) return -1;
    sizes.word_proj = weights_find(w, "wordvec_proj.weight") != NULL;
    ParamSet *ps = param_set_new();
    RamPlus *m = ram_plus_new(&sizes, ps);
    const Count n = compare(in, w, ps, err);
    *missing = n.missing;
    ram_plus_free(m);
    param_set_free(ps);
    return n.shapes || n.unreadable ? -1 : 0;
}

/* ---- completing -------------------------------------------------------------------------- */

/* The number of rows of label_embed per tag, or -1. */
static int64_t rows_per_tag(const char *in, const Weights *w, const Config *c, int64_t tags,
                            Error *err)
{
    char shape[192];
    const TensorEntry *a = weights_find(w, "label_embed");
    if (!a)
        return error_set(err, ERROR_CHECKPOINT,
                         "%s: label_embed (the vectors of the tags) is missing: initialize "
                         "a run from it with model.init=%s",
                         in, in);
    if (tensor_set_unreadable(a))
        return error_set(err, ERROR_CHECKPOINT,
                         "%s: label_embed: %s cannot be read: save it as float32", in,
                         tensor_set_unreadable(a));
    if (a->ndim != 2 || a->shape[1] != c->model.text_width)
        return error_set(
            err, ERROR_CHECKPOINT,
            "%s: label_embed: shape %s: expected rows of width model.text_width %ld", in,
            tensor_set_shape_text(a, shape), c->model.text_width);
    if (a->shape[0] > 0 && a->shape[0] % tags == 0) return a->shape[0] / tags;
    return error_set(err, ERROR_CHECKPOINT,
                     "%s: label_embed: %ld rows are not a multiple of the %ld tags of %s: give "
                     "the tag list the weights were trained with",
                     in, a->shape[0], tags, c->model.tags);
}

static void set_labels(Weights *w, const TagList *tags, int64_t rows)
{
    char *names = tags_join(tags);
    if (w->tags && strcmp(w->tags, names) != 0) w->identity.texts[0] = 0;
    mem_free(w->tags);
    mem_free(w->offset);
    w->tags = names;
    w->labels = tags->count;
    w->offset = mem_alloc((size_t)(tags->count + 1) * sizeof *w->offset);
    for (int64_t k = 0; k <= tags->count; k++) w->offset[k] = k * rows;
}

#define RAM_HINT " (of RAM: model.reweight=none)"

static bool lacks_scale(const Weights *w)
{
    return weights_find(w, "label_embed") && !weights_find(w, "reweight_scale");
}

int weights_model_complete(const char *in, Weights *w, const Config *c, int64_t missing,
                           Error *err)
{
    TagList tags;
    if (missing)
        return error_set(err, ERROR_CHECKPOINT,
                         "%s: %ld parameter%s of the model missing: give the "
                         "configuration of the weights%s, or omit model.tags to convert "
                         "only the tensors in the file",
                         in, missing, strings_s(missing), lacks_scale(w) ? RAM_HINT : "");
    if (config_tags(c, true, &tags, err) != 0) return -1;
    const int64_t rows = rows_per_tag(in, w, c, tags.count, err);
    if (rows > 0) {
        set_labels(w, &tags, rows);
        mem_free(w->config);
        w->config = option_dump(config_table(), c);
    }
    tags_free(&tags);
    return rows > 0 ? 0 : -1;
}
