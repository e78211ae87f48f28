/* SPDX-License-Identifier: Apache-2.0 */
/* A view of another set in which some entries are renamed, some joined and some skipped. */
#include "model/weights/weight_set.h"

#include "core/log.h"
#include "core/mem.h"
#include "core/strings/strings.h"
#include "model/backbone/backbone.h"
#include "model/weights/run_checkpoint.h"

#include <string.h>

enum { PIECES_MAX = 4 };

/* One tensor of the set: pieces that are concatenated along the first axis. */
typedef struct Joined {
    char *name; /* owned */
    int pieces;
    int64_t from[PIECES_MAX]; /* index of the file's entry; -1: not found */
} Joined;

typedef struct Store {
    TensorSet file;
    Joined *joined; /* [count] */
    int64_t count;
    HashMap names; /* of joined */
} Store;

/* How the names of a file become ours. */
typedef struct Naming {
    const NameRule *rule;
    const char *own;   /* stands in front of our names */
    NamePrefix prefix; /* stands in front of the names in the file */
} Naming;

static int read_entry(void *store, int64_t i, float *out, Error *err)
{
    Store *s = store;
    const Joined *e = &s->joined[i];
    for (int k = 0; k < e->pieces; k++) {
        if (s->file.read(s->file.store, e->from[k], out, err) != 0) return -1;
        out += s->file.entry[e->from[k]].len;
    }
    return 0;
}

static void close_store(void *store)
{
    Store *s = store;
    for (int64_t i = 0; i < s->count; i++) mem_free(s->joined[i].name);
    mem_free(s->joined);
    hash_map_free(&s->names);
    tensor_set_close(&s->file);
    mem_free(s);
}

/* The names written by older and current versions of the reference. RAM (Zhang et al. 2023;
 * ram.py) also has networks that write captions. */
static const NameRule reference[] = {{"vision_multi.*", "tagging_head.*"},
                                     {"tag_encoder.*", NULL},
                                     {"text_decoder.*", NULL},
                                     {"*", "*"},
                                     {NULL, NULL}};

/* Names of the whole model. An encoder has names of its own, such as head.fc.weight; so only
 * the first list may be tried before the encoders. */
static const NameScheme whole[] = {{{"visual_encoder.*", NULL}, reference},
                                   {{NULL, NULL}, NULL}};
static const NameScheme parts[] = {{{"tagging_head.*", NULL}, reference},
                                   {{"vision_multi.*", NULL}, reference},
                                   {{"image_proj.*", NULL}, reference},
                                   {{"wordvec_proj.*", NULL}, reference},
                                   {{NULL, NULL}, NULL}};

static int find_naming(const TensorSet *file, Naming *out, Error *err)
{
    const NameScheme *s = name_prefix_find(file, whole, &out->prefix);
    out->own = "";
    if (!s) {
        s = backbone_names(file, &out->prefix);
        out->own = s ? "visual_encoder." : "";
    }
    if (!s) s = name_prefix_find(file, parts, &out->prefix);
    if (!s) out->prefix.text = mem_strdup("");
    out->rule = s ? s->rule : reference;
    return name_prefix_check(file, &out->prefix, err);
}

/* Adds an entry, or finds the one to which the piece belongs. Takes ownership of the name. NULL
 * with an error if the file has it already. */
static Joined *joined_of(Store *s, char *name, int piece, int pieces, Error *err)
{
    uint8_t key[HASH_BYTES];
    hash_of(name, strlen(name), key);
    const int64_t at = hash_map_get(&s->names, key);
    if (at >= 0) {
        Joined *e = &s->joined[at];
        mem_free(name);
        if (e->pieces == pieces && e->from[piece] < 0) return e;
        error_set(err, ERROR_DATA,
                  "%s: tensor '%.200s': found twice, under an old and a new name", s->file.path,
                  e->name);
        return NULL;
    }
    hash_map_add(&s->names, key, s->count);
    Joined *e = &s->joined[s->count++];
    *e = (Joined){.name = name, .pieces = pieces};
    for (int k = 0; k < PIECES_MAX; k++) e->from[k] = -1;
    return e;
}

static int add(Store *s, int64_t i, char *name, int piece, int pieces, Error *err)
{
    CHECK(pieces <= PIECES_MAX && piece < pieces, "%s: piece %d of %d", name, piece, pieces);
    Joined *e = joined_of(s, name, piece, pieces, err);
    if (!e) return -1;
    e->from[piece] = i;
    return 0;
}

/* Takes the entries with the prefix and the label bank from one of our own files. */
static int take_own(Store *s, const char *prefix, int64_t *skipped, Error *err)
{
    for (int64_t i = 0; i < s->file.count; i++) {
        const TensorEntry *e = &s->file.entry[i];
        const char *weight = name_prefix_cut(prefix, e->name);
        const bool wanted = weight || strcmp(e->name, "label_embed") == 0;
        const bool number = strcmp(e->dtype, "F32") == 0 || strcmp(e->dtype, "BF16") == 0;
        if (!number || !wanted)
            ++*skipped;
        else if (add(s, i, mem_strdup(weight ? weight : e->name), 0, 1, err) != 0)
            return -1;
    }
    return 0;
}

/* A copy without the wrappers of single layers, such as "_orig_mod." of torch.compile and
 * "_checkpoint_wrapped_module.": no part of a parameter's name before the last starts with an
 * underscore. Owned. */
static char *without_wrappers(const char *name)
{
    char *copy = mem_strdup(name), *to = copy;
    for (const char *dot; (dot = strchr(name, '.')); name = dot + 1) {
        const size_t part = (size_t)(dot + 1 - name);
        if (*name == '_') continue;
        memcpy(to, name, part);
        to += part;
    }
    strcpy(to, name);
    return copy;
}

/* Adds entry i of the file under our name, or skips it. A name without the prefix is not one of
 * the model: it is kept unless its rule skips it. */
static int take(Store *s, int64_t i, const Naming *n, int64_t *skipped, Error *err)
{
    const char *full = s->file.entry[i].name, *cut = name_prefix_cut(n->prefix.text, full);
    char *name = cut ? without_wrappers(cut) : NULL;
    const NameRule *rule = names_rule(n->rule, name ? name : full);
    int piece = 0, pieces = 1, status = 0;
    if (!rule || !rule->own || strings_end_in(full, "relative_position_index") ||
        strings_end_in(full, "attn_mask")) {
        ++*skipped;
    } else {
        char *own = name ? names_own(rule, n->own, name, &piece, &pieces) : mem_strdup(full);
        status = add(s, i, own, piece, pieces, err);
    }
    mem_free(name);
    return status;
}

static int take_foreign(Store *s, int64_t *skipped, Error *err)
{
    Naming n = {0};
    int status = find_naming(&s->file, &n, err);
    if (status == 0 && s->file.where) log_info("%s: %s", s->file.path, s->file.where);
    if (status == 0 && *n.prefix.text)
        log_info("%s: names without '%.100s'", s->file.path, n.prefix.text);
    for (int64_t i = 0; status == 0 && i < s->file.count; i++)
        status = take(s, i, &n, skipped, err);
    name_prefix_free(&n.prefix);
    return status;
}

/* Computes the shape of all pieces together. */
static int join(const Store *s, const Joined *e, TensorEntry *out, Error *err)
{
    for (int k = 0; k < e->pieces; k++) {
        if (e->from[k] < 0)
            return error_set(err, ERROR_DATA, "%s: tensor '%.200s': piece %d of %d is missing",
                             s->file.path, e->name, k + 1, e->pieces);
        const TensorEntry *piece = &s->file.entry[e->from[k]];
        if (tensor_set_unreadable(piece)) { /* so is the whole, where it is needed */
            *out = *piece;
            break;
        }
        const size_t inner = piece->ndim > 1 ? (size_t)piece->ndim - 1 : 0;
        if (k == 0) {
            *out = *piece;
            continue;
        }
        if (piece->ndim != out->ndim || piece->ndim < 1 ||
            memcmp(piece->shape + 1, out->shape + 1, inner * sizeof *piece->shape) != 0)
            return error_set(err, ERROR_DATA,
                             "%s: tensor '%.200s': its pieces do not fit together",
                             s->file.path, e->name);
        out->shape[0] += piece->shape[0];
        out->len += piece->len;
        out->bytes += piece->bytes;
    }
    out->name = e->name;
    return 0;
}

static int fill(Store *s, const char *prefix, TensorSet *out, int64_t *skipped, Error *err)
{
    const size_t room = (size_t)s->file.count + 1;
    s->joined = mem_calloc(room, sizeof *s->joined);
    out->entry = mem_calloc(room, sizeof *out->entry);
    s->names = hash_map_new(s->file.count);
    if (s->file.h5 && !prefix) prefix = weight_set_prefix(s->file.h5);
    const int status =
        s->file.h5 ? take_own(s, prefix, skipped, err) : take_foreign(s, skipped, err);
    if (status != 0) return -1;
    for (; out->count < s->count; out->count++)
        if (join(s, &s->joined[out->count], &out->entry[out->count], err) != 0) return -1;
    out->index = s->names;
    s->names = (HashMap){0};
    return 0;
}

const char *weight_set_prefix(const H5File *f)
{
    for (int64_t i = 0; i < h5_count(f); i++)
        if (strncmp(h5_entry(f, i)->name, "ema/", 4) == 0) return "ema/";
    return "param/";
}

int weight_set_open(const char *path, const char *prefix, TensorSet *out, int64_t *skipped,
                    Error *err)
{
    int64_t gone = 0;
    Store *s = mem_calloc(1, sizeof *s);
    *out = (TensorSet){.store = s, .read = read_entry, .close = close_store};
    Error why = {0};
    int status = tensor_set_open(path, &s->file, &why);
    if (status != 0) run_checkpoint_explain(path, &why, err);
    if (status == 0) status = fill(s, prefix, out, &gone, err);
    if (status != 0) {
        tensor_set_close(out);
        return -1;
    }
    out->path = mem_strdup(path);
    out->h5 = s->file.h5;
    out->others = s->file.others;
    if (skipped) *skipped = gone + s->file.others;
    return 0;
}

bool weight_set_has_weights(const TensorSet *set)
{
    for (int64_t i = 0; i < set->count; i++)
        if (strcmp(set->entry[i].name, "label_embed") != 0) return true;
    return false;
}

int weight_set_misfit(const TensorSet *set, const TensorEntry *e, const Param *p, Error *err)
{
    char have[192], want[96];
    return error_set(err, ERROR_CHECKPOINT, "%s: %s: shape %s, the model has %s", set->path,
                     p->name, tensor_set_shape_text(e, have),
                     tensor_shape_text(&p->tensor, want));
}

/* *at: the entry of the parameter; -1 if it may be missing and is. */
static int find_one(const TensorSet *set, const char *prefix, const Param *p, int64_t *at,
                    Error *err)
{
    char *name = mem_format("%s%s", prefix, p->name);
    int status = 0;
    *at = tensor_set_find(set, name);
    if (*at < 0 && !p->optional)
        status = error_set(err, ERROR_CHECKPOINT, "%s: %s is missing", set->path, name);
    else if (*at >= 0 && !tensor_set_fits(&set->entry[*at], &p->tensor))
        status = weight_set_misfit(set, &set->entry[*at], p, err);
    mem_free(name);
    return status;
}

int weight_set_check(H5File *f, const char *path, const char *prefix, const ParamSet *ps,
                     Error *err)
{
    TensorSet set = tensor_set_of_h5(f, path);
    int status = 0;
    for (int64_t i = 0, at; status == 0 && i < ps->count; i++)
        status = find_one(&set, prefix, ps->param[i], &at, err);
    tensor_set_close(&set);
    return status;
}

int weight_set_fill(H5File *f, const char *path, const char *prefix, const ParamSet *ps,
                    float *flat, Error *err)
{
    TensorSet set = tensor_set_of_h5(f, path);
    int status = 0;
    for (int64_t i = 0, at; status == 0 && i < ps->count; i++) {
        status = find_one(&set, prefix, ps->param[i], &at, err);
        if (status == 0 && at >= 0)
            status = tensor_set_read(&set, at, flat + ps->param[i]->offset, err);
    }
    tensor_set_close(&set);
    return status;
}

int weight_set_each(H5File *f, const char *path, const char *prefix, const ParamSet *ps,
                    void (*put)(const Param *p, const float *numbers, void *context),
                    void *context, Error *err)
{
    TensorSet set = tensor_set_of_h5(f, path);
    int status = 0;
    for (int64_t i = 0, at; status == 0 && i < ps->count; i++) {
        const Param *p = ps->param[i];
        status = find_one(&set, prefix, p, &at, err);
        if (status != 0 || at < 0) continue;
        float *numbers = mem_alloc((size_t)p->len * sizeof *numbers);
        status = tensor_set_read(&set, at, numbers, err);
        if (status == 0) put(p, numbers, context);
        mem_free(numbers);
    }
    tensor_set_close(&set);
    return status;
}
