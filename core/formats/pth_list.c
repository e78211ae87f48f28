/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the named tensors among the values of a pickle. */
#include "core/formats/pth_list.h"

#include "core/array.h"
#include "core/mem.h"
#include "core/strings/strings.h"

#include <stdlib.h>
#include <string.h>

enum {
    /* Views may repeat numbers, so a short file can describe huge tensors. All views together
     * have at most VIEWS_FREE elements plus VIEWS_PER_BYTE per byte of the file. */
    VIEWS_FREE = 1 << 24,
    VIEWS_PER_BYTE = 4,
    /* Many tensors may share a key, and an object may be an attribute of many objects, even of
     * itself. */
    BYTES_MAX = 64 << 20,
    NESTING_MAX = 16,
    ATTRIBUTES_MAX = 1 << 18,
};

static const PickleValue *find_weights(const Pickle *p)
{
    static const char *const keys[] = {"model", "state_dict"};
    const PickleValue *root = pickle_root(p);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const PickleValue *inner = pickle_get(root, keys[i]);
        if (inner && inner->kind == PICKLE_DICT) return inner;
    }
    return root;
}

static int refuse(const PthList *l, Error *err, const char *why)
{
    return error_set(err, ERROR_DATA, "%s: %s", l->path, why);
}

/* Adds a tensor under the name PREFIX KEY. */
static int add(PthList *l, const char *prefix, const PickleValue *key, const PickleTensor *t,
               Error *err)
{
    if (key->kind != PICKLE_TEXT || key->len == 0 || memchr(key->text, 0, key->len))
        return refuse(l, err, "the key of a tensor is empty, not a string, or has a NUL byte");
    l->bytes += strlen(prefix) + key->len + sizeof *l->item + sizeof *t;
    if (l->bytes > BYTES_MAX)
        return error_set(err, ERROR_DATA,
                         "%s: names and shapes of its tensors: more than %d MiB", l->path,
                         BYTES_MAX >> 20);
    l->item = array_grow(l->item, sizeof *l->item, l->count, &l->room);
    l->item[l->count++] = (PthItem){mem_format("%s%.*s", prefix, (int)key->len, key->text), t};
    return 0;
}

static int check_names(const PthList *l, Error *err)
{
    char **name = mem_calloc((size_t)l->count + 1, sizeof *name);
    int status = 0;
    for (int64_t i = 0; i < l->count; i++) name[i] = l->item[i].name;
    qsort(name, (size_t)l->count, sizeof *name, strings_compare);
    for (int64_t i = 1; status == 0 && i < l->count; i++)
        if (strcmp(name[i - 1], name[i]) == 0)
            status = error_set(err, ERROR_DATA, "%s: tensor '%.200s': duplicate name", l->path,
                               name[i]);
    mem_free(name);
    return status;
}

static int check_total(const PthList *l, uint64_t file_bytes, Error *err)
{
    const uint64_t limit = VIEWS_FREE + VIEWS_PER_BYTE * file_bytes;
    uint64_t all = 0;
    for (int64_t i = 0; i < l->count; i++) {
        all += (uint64_t)l->item[i].tensor->len; /* below 2^63 + limit: cannot wrap */
        if (all > limit)
            return error_set(err, ERROR_DATA,
                             "%s: tensor '%.200s': with it, views of more than %lu elements in "
                             "a file of %lu bytes",
                             l->path, l->item[i].name, limit, file_bytes);
    }
    return 0;
}

static int list_dictionary(PthList *l, const PickleValue *d, Error *err)
{
    for (uint32_t i = 0; i < d->len; i++) {
        const PickleValue *value = d->item[2 * i + 1];
        if (value->kind != PICKLE_TENSOR) continue;
        if (add(l, "", d->item[2 * i], value->tensor, err) != 0) return -1;
    }
    return 0;
}

static int list_object(PthList *l, const char *prefix, const PickleValue *o, int depth,
                       int64_t *attributes, Error *err);

static int list_inner(PthList *l, const char *prefix, const PickleValue *key,
                      const PickleValue *o, int depth, int64_t *attributes, Error *err)
{
    if (depth == NESTING_MAX) return refuse(l, err, "objects: nested too deeply");
    char *inner = mem_format("%s%.*s.", prefix, (int)key->len, key->text);
    const int status = list_object(l, inner, o, depth, attributes, err);
    mem_free(inner);
    return status;
}

/* Lists the tensors of a module and of its submodules, named as in its state_dict. Recursion is
 * bounded. */
static int list_object(PthList *l, const char *prefix, const PickleValue *o, int depth,
                       int64_t *attributes, Error *err)
{
    for (uint32_t i = 0; i < o->len; i++) {
        const PickleValue *key = o->item[2 * i], *value = o->item[2 * i + 1];
        if (++*attributes > ATTRIBUTES_MAX)
            return refuse(l, err, "its objects have too many attributes");
        if (key->kind != PICKLE_TEXT)
            return refuse(l, err, "the name of an attribute is not a string");
        l->bytes += strlen(prefix) + key->len; /* this also limits the time spent on names */
        if (l->bytes > BYTES_MAX) return refuse(l, err, "names of its attributes: too long");
        if (memchr(key->text, 0, key->len))
            return refuse(l, err, "the name of an attribute has a NUL byte");
        int status = 0;
        if (value->kind == PICKLE_TENSOR)
            status = add(l, prefix, key, value->tensor, err);
        else if (value->kind == PICKLE_OBJECT)
            status = list_inner(l, prefix, key, value, depth + 1, attributes, err);
        if (status != 0) return -1;
    }
    return 0;
}

int pth_list_weights(const char *path, const Pickle *p, uint64_t file_bytes, PthList *l,
                     Error *err)
{
    const PickleValue *d = find_weights(p);
    int64_t attributes = 0;
    int status;
    *l = (PthList){.path = path};
    if (d->kind == PICKLE_OBJECT)
        status = list_object(l, "", d, 0, &attributes, err);
    else if (d->kind == PICKLE_DICT)
        status = list_dictionary(l, d, err);
    else
        return refuse(l, err, "holds no dictionary of tensors (expected a state_dict)");
    if (status != 0) return -1;
    if (l->count == 0)
        return refuse(l, err,
                      d->kind == PICKLE_OBJECT
                          ? "no tensors in its module"
                          : "no tensors in its dictionary, nor under 'model' or 'state_dict'");
    return check_names(l, err) == 0 ? check_total(l, file_bytes, err) : -1;
}

void pth_list_free(PthList *l)
{
    for (int64_t i = 0; i < l->count; i++) mem_free(l->item[i].name);
    mem_free(l->item);
    *l = (PthList){0};
}
