/* SPDX-License-Identifier: Apache-2.0 */
/* Loading weights by name. */
#include "model/weights/model_file.h"

#include "core/formats/file_kind.h"
#include "core/formats/tensor_shards.h"
#include "core/io/file.h"
#include "core/io/text.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/strings/strings.h"
#include "model/backbone/backbone.h"
#include "model/weights/run_checkpoint.h"
#include "model/weights/weight_set.h"

#include <stdio.h>
#include <string.h>

/* Sets the initial values of a parameter. The encoder may adapt a tensor of another shape;
 * otherwise another shape is an error. */
static int start_from(const TensorSet *set, const TensorEntry *e, Param *p, const float *values,
                      Error *err)
{
    const Backbone *encoder = backbone_adapts(e, &p->tensor);
    if (!encoder) {
        if (!tensor_set_fits(e, &p->tensor)) return weight_set_misfit(set, e, p, err);
        tensor_write(&p->tensor, values);
        return 0;
    }
    float *adapted = mem_alloc((size_t)p->len * sizeof *adapted);
    const int status = encoder->adapt(e, values, &p->tensor, adapted, err);
    if (status == 0) tensor_write(&p->tensor, adapted);
    mem_free(adapted);
    return status == 0 ? 0 : error_prefix(err, "%s: %s", set->path, p->name);
}

/* Unexpected or missing names: their number, and the first few. */
typedef struct Names {
    int64_t count;
    Text first;
} Names;

/* The results of loading, for one log line. */
typedef struct Tally {
    int64_t loaded;
    Names missing, unexpected;
} Tally;

enum { NAMES_SHOWN = 3 };

static void names_add(Names *n, const char *name)
{
    if (n->count++ < NAMES_SHOWN) text_add(&n->first, "%s%s", n->count > 1 ? ", " : " (", name);
}

/* "3 missing (a, b, c)" */
static void names_put(Text *out, const Names *n, const char *what)
{
    text_add(out, ", %ld %s%s%s", n->count, what, n->count ? n->first.data : "",
             n->count > NAMES_SHOWN ? ", ...)"
             : n->count             ? ")"
                                    : "");
}

/* Logs the results unless `status` is an error, and frees the tally. Returns the final status.
 */
static int tally_end(const TensorSet *set, const ParamSet *ps, Tally *t, int status, Error *err)
{
    Text line = {0};
    names_put(&line, &t->missing, "missing");
    names_put(&line, &t->unexpected, "unexpected");
    if (status == 0 && t->loaded == 0)
        status = error_set(err, ERROR_CHECKPOINT,
                           "%s: none of its %ld tensors is a parameter of this model: the file "
                           "has '%.200s', the model has '%s'",
                           set->path, set->count, set->count ? set->entry[0].name : "none",
                           ps->param[0]->name);
    if (status == 0)
        log_info("%s: %ld parameter%s loaded%s", set->path, t->loaded, strings_s(t->loaded),
                 line.data);
    text_free(&line);
    text_free(&t->missing.first);
    text_free(&t->unexpected.first);
    return status;
}

static int start_tensor(const TensorSet *set, int64_t i, Param *p, Error *err)
{
    const TensorEntry *e = &set->entry[i];
    if (tensor_set_unreadable(e)) return tensor_set_read(set, i, NULL, err); /* says why */
    float *values = mem_alloc((size_t)e->len * sizeof *values);
    int status = tensor_set_read(set, i, values, err);
    if (status == 0) status = start_from(set, e, p, values, err);
    mem_free(values);
    return status;
}

/* used [set->count]: whether an entry is a parameter. */
static int start_all(const TensorSet *set, ParamSet *ps, bool *used, Tally *t, Error *err)
{
    for (int64_t i = 0; i < ps->count; i++) {
        const int64_t at = tensor_set_find(set, ps->param[i]->name);
        if (at < 0) {
            names_add(&t->missing, ps->param[i]->name);
            continue;
        }
        if (start_tensor(set, at, ps->param[i], err) != 0) return -1;
        used[at] = true;
        t->loaded++;
    }
    for (int64_t i = 0; i < set->count; i++) /* the label bank is computed, not loaded */
        if (!used[i] && !set->entry[i].opaque && strcmp(set->entry[i].name, "label_embed") != 0)
            names_add(&t->unexpected, set->entry[i].name);
    return 0;
}

static int init_from_file(const char *path, ParamSet *ps, Error *err)
{
    TensorSet set;
    Tally t = {0};
    if (weight_set_open(path, "param/", &set, NULL, err) != 0) return -1;
    bool *used = mem_calloc((size_t)set.count + 1, sizeof *used);
    const int status = start_all(&set, ps, used, &t, err);
    mem_free(used);
    const int final = tally_end(&set, ps, &t, status, err);
    tensor_set_close(&set);
    return final;
}

char *model_file_find(const char *path)
{
    if (!file_is_dir(path)) return mem_strdup(path);
    char *file = run_checkpoint_best(path);
    return file ? file : run_checkpoint_link(path, "latest");
}

int model_file_resolve(const char *path, char **out, Error *err)
{
    *out = model_file_find(path);
    if (!file_is_dir(path) || !file_exists(*out)) {
        mem_free(*out);
        *out = tensor_shards_resolve(path);
    }
    if (*out) return 0;
    return error_set(err, ERROR_DATA,
                     "%s: not a run folder: it has no checkpoints, and no file of weights such "
                     "as model.safetensors",
                     path);
}

int model_file_init_params(const char *path, ParamSet *ps, Error *err)
{
    char *file;
    if (model_file_resolve(path, &file, err) != 0) return -1;
    const int status = init_from_file(file, ps, err);
    mem_free(file);
    return status;
}

void model_file_has(const char *path, const char *const *ending, size_t n, bool *out)
{
    char *file;
    TensorSet set;
    memset(out, 0, n * sizeof *out);
    if (model_file_resolve(path, &file, NULL) != 0) return;
    if (tensor_set_open(file, &set, NULL) == 0)
        for (int64_t i = 0; i < set.count; i++)
            for (size_t k = 0; k < n; k++)
                out[k] = out[k] || strings_end_in(set.entry[i].name, ending[k]);
    tensor_set_close(&set);
    mem_free(file);
}

static int refuse_weights(const char *path, Error *err)
{
    return error_set(
        err, ERROR_CHECKPOINT,
        "%s: weights without configuration and tags: convert them to a checkpoint: "
        "ramplus convert -c FILE.yaml model.tags=TAGS.txt %s NEW.h5",
        path, path);
}

int model_file_open(const char *path, H5File **out, Error *err)
{
    *out = NULL;
    enum FileKind file;
    Error why = {0};
    if (file_exists(path) && file_kind_arrays(path, &file, &why) != 0)
        return error_move_as(err, &why, ERROR_CHECKPOINT);
    if (file_exists(path) && file != FILE_H5) return refuse_weights(path, err);
    if (h5_open(path, out, &why) != 0) return run_checkpoint_explain(path, &why, err);
    const char *kind = h5_kind(*out);
    if (strcmp(kind, "checkpoint") == 0) return 0;
    if (strcmp(kind, "weights") == 0)
        refuse_weights(path, err);
    else
        error_set(err, ERROR_CHECKPOINT, "%s: a file of kind %s, not a checkpoint", path, kind);
    h5_close(*out);
    *out = NULL;
    return -1;
}
