/* SPDX-License-Identifier: Apache-2.0 */
/* A view of another set in which some entries are renamed, some joined and some skipped. */
#include "model/weights/weight_set.h"

#include "core/mem.h"
#include "core/strings/strings.h"
#include "model/backbone/backbone.h"

#include <stdlib.h>
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
} Store;

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
    tensor_set_close(&s->file);
    mem_free(s);
}

/* The names written by older and current versions of the reference. */
static const NameRule reference[] = {
    {"vision_multi.*", "tagging_head.*"}, {"*", "*"}, {NULL, NULL}};

static int refuse_twice(const Store *s, const char *name, Error *err)
{
    return error_set(err, ERROR_DATA,
                     "%s: tensor '%.200s': found twice, under an old and a new name",
                     s->file.path, name);
}

/* The existing entry of this name if it consists of pieces, else a new entry. Takes ownership
 * of the name. */
static Joined *joined_of(Store *s, char *name, int pieces)
{
    for (int64_t i = 0; pieces > 1 && i < s->count; i++)
        if (s->joined[i].pieces == pieces && strcmp(s->joined[i].name, name) == 0) {
            mem_free(name);
            return &s->joined[i];
        }
    Joined *e = &s->joined[s->count++];
    *e = (Joined){.name = name, .pieces = pieces};
    for (int k = 0; k < PIECES_MAX; k++) e->from[k] = -1;
    return e;
}

/* Adds entry i of the file under the name given by the rule. */
static int take(Store *s, int64_t i, const char *name, const NameRule *rule, const char *prefix,
                Error *err)
{
    int piece, pieces;
    char *own = names_own(rule, prefix, name, &piece, &pieces);
    CHECK(pieces <= PIECES_MAX && piece < pieces, "%s: piece %d of %d", own, piece, pieces);
    Joined *e = joined_of(s, own, pieces);
    if (e->from[piece] >= 0) return refuse_twice(s, e->name, err);
    e->from[piece] = i;
    return 0;
}

/* Takes the entries with the prefix and the label bank from one of our own files. */
static void take_own(Store *s, const char *prefix, int64_t *skipped)
{
    const size_t n = strlen(prefix);
    for (int64_t i = 0; i < s->file.count; i++) {
        const TensorEntry *e = &s->file.entry[i];
        const bool weight = strncmp(e->name, prefix, n) == 0;
        if (strcmp(e->dtype, "F32") == 0 && (weight || strcmp(e->name, "label_embed") == 0))
            joined_of(s, mem_strdup(weight ? e->name + n : e->name), 1)->from[0] = i;
        else
            ++*skipped;
    }
}

static int take_foreign(Store *s, int64_t *skipped, Error *err)
{
    const NameScheme *encoder = backbone_names(&s->file);
    const NameRule *rules = encoder ? encoder->rule : reference;
    for (int64_t i = 0; i < s->file.count; i++) {
        const char *full = s->file.entry[i].name;
        const char *name = encoder ? names_cut(encoder, full) : full;
        const NameRule *rule = names_rule(rules, name);
        if (!rule || !rule->own || strings_end_in(name, "relative_position_index") ||
            strings_end_in(name, "attn_mask"))
            ++*skipped;
        else if (take(s, i, name, rule, encoder ? "visual_encoder." : "", err) != 0)
            return -1;
    }
    return 0;
}

/* Computes the shape of all pieces together. */
static int join(const Store *s, const Joined *e, TensorEntry *out, Error *err)
{
    for (int k = 0; k < e->pieces; k++) {
        if (e->from[k] < 0)
            return error_set(err, ERROR_DATA, "%s: tensor '%.200s': piece %d of %d is missing",
                             s->file.path, e->name, k + 1, e->pieces);
        const TensorEntry *piece = &s->file.entry[e->from[k]];
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
    }
    out->name = e->name;
    return 0;
}

static int check_names(const Store *s, Error *err)
{
    const size_t n = (size_t)s->count;
    char **sorted = mem_calloc(n + 1, sizeof *sorted);
    int status = 0;
    for (size_t i = 0; i < n; i++) sorted[i] = s->joined[i].name;
    qsort(sorted, n, sizeof *sorted, strings_compare);
    for (size_t i = 1; status == 0 && i < n; i++)
        if (strcmp(sorted[i - 1], sorted[i]) == 0) status = refuse_twice(s, sorted[i], err);
    mem_free(sorted);
    return status;
}

static int fill(Store *s, const char *prefix, TensorSet *out, int64_t *skipped, Error *err)
{
    const size_t room = (size_t)s->file.count + 1;
    s->joined = mem_calloc(room, sizeof *s->joined);
    out->entry = mem_calloc(room, sizeof *out->entry);
    if (s->file.h5)
        take_own(s, prefix, skipped);
    else if (take_foreign(s, skipped, err) != 0)
        return -1;
    for (; out->count < s->count; out->count++)
        if (join(s, &s->joined[out->count], &out->entry[out->count], err) != 0) return -1;
    return check_names(s, err);
}

int weight_set_open(const char *path, const char *prefix, TensorSet *out, int64_t *skipped,
                    Error *err)
{
    int64_t gone = 0;
    Store *s = mem_calloc(1, sizeof *s);
    *out = (TensorSet){.store = s, .read = read_entry, .close = close_store};
    if (tensor_set_open(path, &s->file, err) != 0 || fill(s, prefix, out, &gone, err) != 0) {
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

static int fill_one(const TensorSet *set, const char *prefix, const Param *p, float *out,
                    Error *err)
{
    char *name = mem_format("%s%s", prefix, p->name);
    const int64_t i = tensor_set_find(set, name);
    int status = -1;
    if (i < 0 && p->optional)
        status = 0;
    else if (i < 0)
        error_set(err, ERROR_CHECKPOINT, "%s: %s is missing", set->path, name);
    else if (!tensor_set_fits(&set->entry[i], &p->tensor))
        weight_set_misfit(set, &set->entry[i], p, err);
    else
        status = set->read(set->store, i, out, err);
    mem_free(name);
    return status;
}

int weight_set_fill(H5File *f, const char *path, const char *prefix, const ParamSet *ps,
                    float *flat, Error *err)
{
    TensorSet set = tensor_set_of_h5(f, path);
    int status = 0;
    for (int64_t i = 0; status == 0 && i < ps->count; i++)
        status = fill_one(&set, prefix, ps->param[i], flat + ps->param[i]->offset, err);
    tensor_set_close(&set);
    return status;
}
