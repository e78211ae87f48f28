/* Loading weights by name. */
#include "model/weights/model_file.h"

#include "core/file.h"
#include "core/formats/seal.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/text.h"
#include "model/backbone/backbone.h"
#include "model/weights/weight_set.h"

#include <stdio.h>
#include <string.h>

enum { SHAPE_TEXT = 96 };

static void shape_text(int ndim, const int64_t *shape, char out[static SHAPE_TEXT])
{
    Tensor t = {.ndim = ndim > TENSOR_MAX_AXES ? TENSOR_MAX_AXES : ndim};
    memcpy(t.shape, shape, (size_t)t.ndim * sizeof *shape);
    tensor_shape_text(&t, out);
}

static int check_shape(const char *path, const Param *p, int ndim, const int64_t *shape,
                       Error *err)
{
    bool same = ndim == p->tensor.ndim;
    for (int i = 0; same && i < ndim; i++) same = shape[i] == p->tensor.shape[i];
    /* PyTorch keeps single numbers as [] or [1]. */
    if (!same && p->len == 1 && ndim <= 1) same = ndim == 0 || shape[0] == 1;
    if (same) return 0;
    char have[SHAPE_TEXT], want[SHAPE_TEXT];
    shape_text(ndim, shape, have);
    return error_set(err, EXIT_CHECKPOINT, "%s: %s: shape %s, the model has %s", path, p->name,
                     have, tensor_shape_text(&p->tensor, want));
}

/* A parameter's start values; the encoder may adapt a tensor of another shape, any other is an error. */
static int start_from(const char *path, Param *p, int ndim, const int64_t *shape,
                      const float *values, Error *err)
{
    TensorEntry have = {.name = p->name, .ndim = ndim};
    memcpy(have.shape, shape, (size_t)ndim * sizeof *shape);
    const Backbone *encoder = backbone_adapts(&have, &p->tensor);
    if (!encoder) {
        if (check_shape(path, p, ndim, shape, err) != 0) return -1;
        tensor_write(&p->tensor, values);
        return 0;
    }
    float *adapted = mem_alloc((size_t)p->len * sizeof *adapted);
    const int status = encoder->adapt(&have, values, &p->tensor, adapted, err);
    if (status == 0) tensor_write(&p->tensor, adapted);
    mem_free(adapted);
    return status == 0 ? 0 : error_prefix(err, "%s: %s", path, p->name);
}

static int start_h5(H5File *f, const char *path, const H5Entry *e, Param *p, Error *err)
{
    if (e->type != H5_F32)
        return error_set(err, EXIT_CHECKPOINT, "%s: %s: not float32", path, e->name);
    float *values = mem_alloc((size_t)e->len * sizeof *values);
    int status = h5_read(f, e, values, err);
    if (status == 0) status = start_from(path, p, e->ndim, e->shape, values, err);
    mem_free(values);
    return status;
}

/* Strict: no other shape, no resampling. */
static int read_h5(H5File *f, const char *path, const H5Entry *e, Param *p, Error *err)
{
    if (e->type == H5_F32 && check_shape(path, p, e->ndim, e->shape, err) != 0) return -1;
    return start_h5(f, path, e, p, err);
}

int model_file_read_params(H5File *f, const char *path, const char *prefix, ParamSet *ps,
                           Error *err)
{
    for (int64_t i = 0; i < ps->count; i++) {
        Param *p = ps->param[i];
        char *name = mem_format("%s%s", prefix, p->name);
        const H5Entry *e = h5_find(f, name);
        if (!e) error_set(err, EXIT_CHECKPOINT, "%s: %s is missing", path, name);
        const int status = e ? read_h5(f, path, e, p, err) : -1;
        mem_free(name);
        if (status != 0) return -1;
    }
    return 0;
}

/* Names that ought not to be, or to be: how many, and the first few in brackets. */
typedef struct Names {
    int64_t count;
    Text first;
} Names;

/* What was found, for one line of talk. */
typedef struct Tally {
    int64_t loaded;
    Names missing, unexpected;
} Tally;

enum { NAMED = 3 };

static void names_add(Names *n, const char *name)
{
    if (n->count++ < NAMED) text_add(&n->first, "%s%s", n->count > 1 ? ", " : " (", name);
}

/* "3 missing (a, b, c)" */
static void names_put(Text *out, const Names *n, const char *what)
{
    text_add(out, ", %lld %s%s%s", (long long)n->count, what, n->count ? n->first.data : "",
             n->count > NAMED ? ", ...)"
             : n->count       ? ")"
                              : "");
}

/* Reports unless there was an error before; empties. */
static int tally_end(const char *path, Tally *t, int status, Error *err)
{
    Text line = {0};
    names_put(&line, &t->missing, "missing");
    names_put(&line, &t->unexpected, "unexpected");
    if (status == 0 && t->loaded == 0)
        status = error_set(err, EXIT_CHECKPOINT,
                           "%s: none of its tensors is a parameter of this model", path);
    if (status == 0)
        log_info("%s: %lld parameters loaded%s", path, (long long)t->loaded, line.data);
    text_free(&line);
    text_free(&t->missing.first);
    text_free(&t->unexpected.first);
    return status;
}

static int start_tensor(const TensorSet *set, int64_t i, Param *p, Error *err)
{
    const TensorEntry *e = &set->entry[i];
    float *values = mem_alloc((size_t)e->len * sizeof *values);
    int status = set->read(set->store, i, values, err);
    if (status == 0) status = start_from(set->path, p, e->ndim, e->shape, values, err);
    mem_free(values);
    return status;
}

static int init_from_h5(const char *path, ParamSet *ps, Error *err)
{
    H5File *f = NULL;
    if (h5_open(path, &f, err) != 0) return -1;
    Tally t = {0};
    int status = 0;
    for (int64_t i = 0; status == 0 && i < ps->count; i++) {
        char *name = mem_format("param/%s", ps->param[i]->name);
        const H5Entry *e = h5_find(f, name);
        mem_free(name);
        if (!e) {
            names_add(&t.missing, ps->param[i]->name);
            continue;
        }
        status = start_h5(f, path, e, ps->param[i], err);
        t.loaded++;
    }
    h5_close(f);
    return tally_end(path, &t, status, err);
}

static int init_from_tensors(const char *path, ParamSet *ps, Error *err)
{
    TensorSet set;
    if (weight_set_open(path, &set, NULL, err) != 0) return -1;
    Tally t = {0};
    int status = 0;
    for (int64_t i = 0; status == 0 && i < set.count; i++) {
        const char *name = set.entry[i].name;
        Param *p = param_find(ps, name);
        if (p) {
            status = start_tensor(&set, i, p, err);
            t.loaded++;
        } else if (strcmp(name, "label_embed") != 0) { /* the label bank is made, not loaded */
            names_add(&t.unexpected, name);
        }
    }
    for (int64_t i = 0; i < ps->count; i++)
        if (tensor_set_find(&set, ps->param[i]->name) < 0)
            names_add(&t.missing, ps->param[i]->name);
    tensor_set_close(&set);
    return tally_end(path, &t, status, err);
}

/* By content: the links of a run folder, latest and best, have no ending. */
static bool is_sealed(const char *path)
{
    char head[8];
    return file_head(path, head, sizeof head, NULL) == 0 && seal_marks(head);
}

/* By name: a file of another program. */
static bool is_foreign(const char *path)
{
    static const char *const endings[] = {".safetensors", ".pth", ".pt", ".bin"};
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof endings / sizeof *endings; i++)
        if (strcmp(dot, endings[i]) == 0) return true;
    return false;
}

static int init_from_file(const char *path, ParamSet *ps, Error *err)
{
    const char *dot = strrchr(path, '.');
    if (is_foreign(path)) return init_from_tensors(path, ps, err);
    if ((dot && strcmp(dot, ".h5") == 0) || is_sealed(path)) return init_from_h5(path, ps, err);
    return error_set(err, EXIT_USAGE, "%s: weights must be .pth, .safetensors or .h5", path);
}

char *model_file_find(const char *path)
{
    if (!file_is_dir(path)) return mem_strdup(path);
    char *best = file_join(path, "checkpoints/best");
    if (file_exists(best)) return best;
    mem_free(best);
    return file_join(path, "checkpoints/latest");
}

int model_file_init_params(const char *path, ParamSet *ps, Error *err)
{
    char *file = model_file_find(path);
    const int status =
        file_is_dir(path) && !file_exists(file)
            ? error_set(err, EXIT_DATA, "%s: a folder without checkpoints of a run", path)
            : init_from_file(file, ps, err);
    mem_free(file);
    return status;
}

static int refuse_weights(const char *path, Error *err)
{
    return error_set(err, EXIT_CHECKPOINT,
                     "%s: weights without configuration and tags: make a checkpoint of them: "
                     "ramplus convert -c FILE.yaml model.tags=TAGS.txt %s NEW.h5",
                     path, path);
}

int model_file_open(const char *path, H5File **out, Error *err)
{
    *out = NULL;
    if (file_exists(path) && is_foreign(path) && !is_sealed(path))
        return refuse_weights(path, err);
    if (h5_open(path, out, err) != 0) return -1;
    const char *kind = h5_kind(*out);
    if (strcmp(kind, "checkpoint") == 0) return 0;
    if (strcmp(kind, "weights") == 0)
        refuse_weights(path, err);
    else
        error_set(err, EXIT_CHECKPOINT, "%s: a file of kind %s, not a checkpoint", path, kind);
    h5_close(*out);
    *out = NULL;
    return -1;
}
