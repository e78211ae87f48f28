/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the named tensors among the values of a pickle. */
#include "core/formats/pth_list.h"

#include "core/array.h"
#include "core/io/text.h"
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

/* ---- which dictionary -------------------------------------------------------------------- */

/* Keys that hold the weights of a checkpoint. The first in this order is taken, so that weights
 * are preferred to their moving average. */
static const char *const keys[] = {
    "model", "state_dict", "model_state_dict", "model_state",    "module", "network",
    "net",   "weights",    "params",           "state_dict_ema", "ema",    "model_ema"};
enum { KEYS = sizeof keys / sizeof *keys, DEPTH_MAX = 5, LOOKS_MAX = 1 << 20 };

static bool is_container(const PickleValue *v)
{
    return v->kind == PICKLE_DICT || v->kind == PICKLE_OBJECT;
}

/* The number of tensors directly in a dictionary or object; 0 for any other value. */
static int64_t tensors_in(const PickleValue *d)
{
    int64_t n = 0;
    if (!is_container(d)) return 0;
    for (uint32_t i = 0; i < d->len; i++)
        n += d->item[2 * i]->kind == PICKLE_TEXT && d->item[2 * i + 1]->kind == PICKLE_TENSOR;
    return n;
}

/* Whether there are tensors in a dictionary or below it, reached by keys that are texts: the
 * state of an optimizer is numbered. *looks bounds the time for shared dictionaries. */
static bool holds_tensors(const PickleValue *d, int depth, int64_t *looks)
{
    if (!is_container(d) || depth == 0 || *looks <= 0) return false;
    *looks -= d->len + 1;
    if (tensors_in(d) > 0) return true;
    for (uint32_t i = 0; *looks > 0 && i < d->len; i++)
        if (d->item[2 * i]->kind == PICKLE_TEXT &&
            holds_tensors(d->item[2 * i + 1], depth - 1, looks))
            return true;
    return false;
}

typedef struct Choice {
    const PickleValue *key, *value; /* NULL: none */
    int64_t others;                 /* further dictionaries with tensors */
    const PickleValue *other;       /* the key of the first of them */
} Choice;

static bool is_key(const PickleValue *key, const char *text)
{
    return key->len == strlen(text) && memcmp(key->text, text, key->len) == 0;
}

/* How early a key stands in the list; KEYS if it does not. */
static size_t rank_of(const PickleValue *key)
{
    size_t i = key->kind == PICKLE_TEXT ? 0 : KEYS;
    while (i < KEYS && !is_key(key, keys[i])) i++;
    return i;
}

static void consider(Choice *c, const PickleValue *key, const PickleValue *value)
{
    const bool better =
        !c->key || rank_of(key) < rank_of(c->key) ||
        (rank_of(key) < KEYS && rank_of(key) == rank_of(c->key)); /* the last one */
    const PickleValue *worse = better ? c->key : key;
    if (worse) c->others++;
    if (worse && (!c->other || better)) c->other = worse;
    if (better) c->key = key, c->value = value;
}

/* The dictionary in d to take instead of d: the one under the best key, or the only one if it
 * has more tensors than d itself. */
static Choice choose(const PickleValue *d, int depth, int64_t *looks)
{
    Choice c = {0};
    if (d->kind != PICKLE_DICT) return c;
    for (uint32_t i = 0; i < d->len; i++)
        if (d->item[2 * i]->kind == PICKLE_TEXT &&
            holds_tensors(d->item[2 * i + 1], depth, looks))
            consider(&c, d->item[2 * i], d->item[2 * i + 1]);
    const bool known = c.key && rank_of(c.key) < KEYS;
    const int64_t own = tensors_in(d);
    if (known || !c.key) return c;
    return c.others || (own > 0 && tensors_in(c.value) <= own) ? (Choice){0} : c;
}

static const PickleValue *find_weights(const Pickle *p, Text *where)
{
    const PickleValue *d = pickle_root(p);
    int64_t looks = LOOKS_MAX;
    bool say = false;
    Text left_out = {0};
    for (int depth = DEPTH_MAX; depth > 0; depth--) {
        const Choice c = choose(d, depth, &looks);
        if (!c.key) break;
        d = c.value;
        text_add(where, "%s%.*s", where->len ? "." : "weights under '",
                 c.key->len < 100 ? (int)c.key->len : 100, c.key->text);
        if (!c.others) continue;
        text_add(&left_out, "; left out: '%.*s'", c.other->len < 100 ? (int)c.other->len : 100,
                 c.other->text);
        if (c.others > 1) text_add(&left_out, " and %ld more", c.others - 1);
        say = true;
    }
    text_add(where, "'%s", say ? left_out.data : "");
    if (!say) text_free(where);
    text_free(&left_out);
    return d;
}

/* ---- its tensors ------------------------------------------------------------------------- */

static int refuse(const PthList *l, Error *err, const char *why)
{
    return error_set(err, ERROR_DATA, "%s: %s", l->path, why);
}

static bool is_name(const PickleValue *key)
{
    return key->kind == PICKLE_TEXT && key->len > 0 && !memchr(key->text, 0, key->len);
}

/* Adds a tensor or an opaque value under the name PREFIX KEY. */
static int add(PthList *l, const char *prefix, const PickleValue *key, const PickleValue *v,
               Error *err)
{
    if (v->kind == PICKLE_OPAQUE && !is_name(key)) return 0;
    if (!is_name(key))
        return refuse(l, err, "the key of a tensor is empty, not a string, or has a NUL byte");
    l->bytes += strlen(prefix) + key->len + sizeof *l->item + sizeof(PickleTensor);
    if (l->bytes > BYTES_MAX)
        return error_set(err, ERROR_DATA,
                         "%s: names and shapes of its tensors: more than %d MiB", l->path,
                         BYTES_MAX >> 20);
    l->item = array_grow(l->item, sizeof *l->item, l->count, &l->room);
    l->item[l->count++] = (PthItem){mem_format("%s%.*s", prefix, (int)key->len, key->text), v};
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
        if (l->item[i].value->kind != PICKLE_TENSOR) continue;
        all += (uint64_t)l->item[i].value->tensor->len; /* below 2^63 + limit: cannot wrap */
        if (all > limit)
            return error_set(err, ERROR_DATA,
                             "%s: tensor '%.200s': with it, views of more than %lu elements in "
                             "a file of %lu bytes",
                             l->path, l->item[i].name, limit, file_bytes);
    }
    return 0;
}

static int list(PthList *l, const char *prefix, const PickleValue *d, int depth,
                int64_t *attributes, Error *err);

static int list_inner(PthList *l, const char *prefix, const PickleValue *key,
                      const PickleValue *d, int depth, int64_t *attributes, Error *err)
{
    if (depth == NESTING_MAX) return refuse(l, err, "objects: nested too deeply");
    char *inner = mem_format("%s%.*s.", prefix, (int)key->len, key->text);
    const int status = list(l, inner, d, depth, attributes, err);
    mem_free(inner);
    return status;
}

/* Checks an attribute of a module, which may be one of many modules. */
static int check_attribute(PthList *l, const char *prefix, const PickleValue *key,
                           int64_t *attributes, Error *err)
{
    if (++*attributes > ATTRIBUTES_MAX)
        return refuse(l, err, "its objects have too many attributes");
    if (key->kind != PICKLE_TEXT)
        return refuse(l, err, "the name of an attribute is not a string");
    l->bytes += strlen(prefix) + key->len; /* this also limits the time spent on names */
    if (l->bytes > BYTES_MAX) return refuse(l, err, "names of its attributes: too long");
    if (memchr(key->text, 0, key->len))
        return refuse(l, err, "the name of an attribute has a NUL byte");
    return 0;
}

/* Lists the tensors of a module and of its submodules, named as in its state_dict, or those of
 * a dictionary; of a dictionary without tensors, those of all dictionaries in it, named alike.
 * Recursion is bounded. */
static int list(PthList *l, const char *prefix, const PickleValue *d, int depth,
                int64_t *attributes, Error *err)
{
    const int64_t named = tensors_in(d);
    const bool module = d->kind == PICKLE_OBJECT, nested = !module && named == 0;
    for (uint32_t i = 0; i < d->len; i++) {
        const PickleValue *key = d->item[2 * i], *value = d->item[2 * i + 1];
        if (!module && key->kind != PICKLE_TEXT && (value->kind != PICKLE_TENSOR || named > 0))
            continue;
        int status = 0;
        if (module || (nested && key->kind == PICKLE_TEXT))
            status = check_attribute(l, prefix, key, attributes, err);
        if (status == 0 && (value->kind == PICKLE_TENSOR || value->kind == PICKLE_OPAQUE))
            status = add(l, prefix, key, value, err);
        else if (status == 0 && (nested ? is_container(value) : value->kind == PICKLE_OBJECT))
            status = list_inner(l, prefix, key, value, depth + 1, attributes, err);
        if (status != 0) return -1;
    }
    return 0;
}

/* ---- messages ---------------------------------------------------------------------------- */

/* Says where an object stands instead of the weights. */
static int refuse_object(const PthList *l, const PickleValue *v, Error *err)
{
    char name[PICKLE_NAME_TEXT];
    return error_set(err, ERROR_DATA,
                     "%s: holds an object of '%s', not a dictionary of tensors: save its "
                     "state_dict() instead",
                     l->path, pickle_name_text(v, name));
}

/* Names the first object in a dictionary without tensors, such as an array of NumPy, or its
 * first keys. */
static int refuse_dictionary(const PthList *l, const PickleValue *d, Error *err)
{
    Text names = {0};
    uint32_t n = 0;
    for (uint32_t i = 0; i < d->len; i++) {
        const PickleValue *key = d->item[2 * i], *value = d->item[2 * i + 1];
        if (value->kind == PICKLE_OPAQUE) {
            text_free(&names);
            return refuse_object(l, value, err);
        }
        if (key->kind != PICKLE_TEXT || n++ > 4) continue;
        text_add(&names, "%s'%.*s'", n > 1 ? ", " : ": it has ",
                 key->len < 40 ? (int)key->len : 40, key->text);
    }
    error_set(err, ERROR_DATA, "%s: no tensors in its dictionary, nor in one below it%s",
              l->path, names.data ? names.data : "");
    text_free(&names);
    return -1;
}

static bool has_tensors(const PthList *l)
{
    for (int64_t i = 0; i < l->count; i++)
        if (l->item[i].value->kind == PICKLE_TENSOR) return true;
    return false;
}

int pth_list_weights(const char *path, const Pickle *p, uint64_t file_bytes, PthList *l,
                     Error *err)
{
    Text where = {0};
    int64_t attributes = 0;
    *l = (PthList){.path = path};
    const PickleValue *d = find_weights(p, &where);
    l->where = where.data;
    if (d->kind == PICKLE_OPAQUE || d->kind == PICKLE_NAME) return refuse_object(l, d, err);
    if (!is_container(d))
        return refuse(l, err, "holds no dictionary of tensors (expected a state_dict)");
    if (list(l, "", d, 0, &attributes, err) != 0) return -1;
    if (!has_tensors(l))
        return d->kind == PICKLE_OBJECT ? refuse(l, err, "no tensors in its module")
                                        : refuse_dictionary(l, d, err);
    return check_names(l, err) == 0 ? check_total(l, file_bytes, err) : -1;
}

void pth_list_free(PthList *l)
{
    for (int64_t i = 0; i < l->count; i++) mem_free(l->item[i].name);
    mem_free(l->item);
    mem_free(l->where);
    *l = (PthList){0};
}
