/* SPDX-License-Identifier: Apache-2.0 */
/* Checks one annotation record against its rules. */
#include "data/annotation_record.h"

#include "data/tag_ids.h"

#include <jansson.h>
#include <math.h>

/* The array that the record comes from, and where errors go. */
typedef struct Check {
    const JsonArray *array;
    int64_t tags;
    Error *err;
} Check;

static const char *type_name(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "a list";
    case JSON_STRING:
        return "a text string";
    case JSON_INTEGER:
    case JSON_REAL:
        return "a number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "a boolean";
    case JSON_NULL:
        return "null";
    }
    return "unknown";
}

/* The value under this key; NULL if it is missing or null. */
static json_t *member(const json_t *record, const char *key)
{
    json_t *value = json_object_get(record, key);
    return json_is_null(value) ? NULL : value;
}

/* The list under this key, or NULL with the error set. */
static json_t *list(const Check *c, const json_t *record, const char *key)
{
    json_t *value = member(record, key);
    if (!value)
        json_array_fail(c->array, c->err, "no %s", key);
    else if (!json_is_array(value))
        json_array_fail(c->array, c->err, "%s: not a list: got %s", key, type_name(value));
    return json_is_array(value) ? value : NULL;
}

/* Makes a whole number such as 2.0, as pandas writes ids, an integer. */
static void make_integer(json_t *list, size_t i)
{
    const double value = json_real_value(json_array_get(list, i));
    if (fabs(value) < 1e15 && value == floor(value))
        json_array_set_new(list, i, json_integer((json_int_t)value));
}

/* name: the name of the list in messages. */
static int check_ids(const Check *c, json_t *ids, const char *name)
{
    for (size_t i = 0; i < json_array_size(ids); i++) {
        if (json_is_real(json_array_get(ids, i))) make_integer(ids, i);
        const json_t *id = json_array_get(ids, i);
        if (json_is_real(id))
            return json_array_fail(c->array, c->err, "%s[%zu]: expected an integer, got %g",
                                   name, i, json_real_value(id));
        if (!json_is_integer(id))
            return json_array_fail(c->array, c->err, "%s[%zu]: expected an integer, got %s",
                                   name, i, type_name(id));
        if (json_integer_value(id) < 0 || json_integer_value(id) >= c->tags)
            return json_array_fail(c->array, c->err, "%s[%zu]: %ld is outside 0..%ld", name, i,
                                   (int64_t)json_integer_value(id), c->tags - 1);
    }
    return 0;
}

static int check_path(const Check *c, const json_t *record)
{
    const json_t *path = member(record, "image_path");
    if (!path) return json_array_fail(c->array, c->err, "no image_path");
    if (!json_is_string(path))
        return json_array_fail(c->array, c->err, "image_path: expected a string, got %s",
                               type_name(path));
    if (json_string_length(path) == 0)
        return json_array_fail(c->array, c->err, "image_path is empty");
    return 0;
}

/* [-1], as rows of a matrix of labels say that nobody annotated them. */
static bool is_unknown(const json_t *ids)
{
    return json_array_size(ids) == 1 && json_number_value(json_array_get(ids, 0)) == -1;
}

static int check_tags(const Check *c, const json_t *record)
{
    if (!member(record, "union_label_id")) return 0;
    json_t *ids = list(c, record, "union_label_id");
    if (!ids) return -1;
    return is_unknown(ids) ? 0 : check_ids(c, ids, "union_label_id");
}

static void read_ids(const json_t *list, TagIds *out)
{
    size_t i;
    const json_t *id;
    json_array_foreach(list, i, id) tag_ids_add(out, (int32_t)json_integer_value(id));
    out->count = tag_ids_sort(out->id, out->count);
}

/* No tag may be given and unknown. */
static int check_apart(const Check *c, const json_t *given, const json_t *unknown)
{
    TagIds set = {0};
    int status = 0;
    read_ids(given, &set);
    for (size_t i = 0; status == 0 && i < json_array_size(unknown); i++) {
        const json_int_t id = json_integer_value(json_array_get(unknown, i));
        if (tag_ids_have(set.id, set.count, (int32_t)id))
            status = json_array_fail(c->array, c->err,
                                     "unknown_label_id[%zu]: %ld is in union_label_id, too", i,
                                     (int64_t)id);
    }
    tag_ids_free(&set);
    return status;
}

static bool has_every_tag(const Check *c, const json_t *ids)
{
    TagIds set = {0};
    if ((int64_t)json_array_size(ids) < c->tags) return false;
    read_ids(ids, &set);
    const bool all = set.count == c->tags;
    tag_ids_free(&set);
    return all;
}

/* If every tag is unknown, the tags are not annotated. */
static int check_unknown(const Check *c, json_t *record)
{
    if (!member(record, "unknown_label_id")) return 0;
    json_t *ids = list(c, record, "unknown_label_id");
    if (!ids || check_ids(c, ids, "unknown_label_id") != 0) return -1;
    const json_t *given = annotation_record_tags(record);
    if (!given)
        return json_array_fail(c->array, c->err,
                               "unknown_label_id without union_label_id: [] says that the "
                               "image has none of the other tags");
    if (check_apart(c, given, ids) != 0) return -1;
    if (!has_every_tag(c, ids)) return 0;
    json_object_del(record, "union_label_id");
    json_object_del(record, "unknown_label_id");
    return 0;
}

static int check_captions(const Check *c, const json_t *record)
{
    if (!member(record, "caption")) return 0;
    const json_t *captions = list(c, record, "caption"), *caption;
    if (!captions) return -1;
    size_t i;
    json_array_foreach(captions, i, caption)
    {
        if (!json_is_string(caption))
            return json_array_fail(c->array, c->err, "caption[%zu]: expected a string, got %s",
                                   i, type_name(caption));
    }
    return 0;
}

static int check_parsed(const Check *c, const json_t *record)
{
    if (!member(record, "parse_label_id")) return 0;
    json_t *lists = list(c, record, "parse_label_id"), *ids;
    if (!lists) return -1;
    size_t i, captions = json_array_size(json_object_get(record, "caption"));
    if (captions > 0 && json_array_size(lists) != captions)
        return json_array_fail(
            c->array, c->err,
            "parse_label_id: expected one list per caption, got %zu lists for %zu captions",
            json_array_size(lists), captions);
    json_array_foreach(lists, i, ids)
    {
        char name[48];
        snprintf(name, sizeof name, "parse_label_id[%zu]", i);
        if (!json_is_array(ids))
            return json_array_fail(c->array, c->err, "%s: not a list: got %s", name,
                                   type_name(ids));
        if (check_ids(c, ids, name) != 0) return -1;
    }
    return 0;
}

/* Values that only Python's json reads do no harm in other keys. */
static int check_odd(const Check *c)
{
    static const char *const key[] = {"image_path", "union_label_id", "unknown_label_id",
                                      "caption", "parse_label_id"};
    for (size_t i = 0; i < sizeof key / sizeof *key; i++) {
        const char *odd = json_array_odd(c->array, key[i]);
        if (odd) return json_array_fail(c->array, c->err, "%s %s", key[i], odd);
    }
    return 0;
}

int annotation_record_check(const JsonArray *array, json_t *record, int64_t tags, Error *err)
{
    const Check c = {array, tags, err};
    if (check_odd(&c) != 0) return -1;
    if (check_path(&c, record) != 0 || check_tags(&c, record) != 0) return -1;
    if (check_unknown(&c, record) != 0 || check_captions(&c, record) != 0) return -1;
    if (check_parsed(&c, record) != 0) return -1;
    if (annotation_record_tags(record) || annotation_record_captions(record)) return 0;
    return json_array_fail(array, err,
                           "neither tags (union_label_id) nor a caption: nothing to learn");
}

const json_t *annotation_record_tags(const json_t *record)
{
    const json_t *ids = member(record, "union_label_id");
    return is_unknown(ids) ? NULL : ids;
}

const json_t *annotation_record_unknown(const json_t *record)
{
    const json_t *ids = member(record, "unknown_label_id");
    return json_array_size(ids) > 0 ? ids : NULL;
}

const json_t *annotation_record_captions(const json_t *record)
{
    const json_t *captions = member(record, "caption");
    return json_array_size(captions) > 0 ? captions : NULL;
}
