/* SPDX-License-Identifier: Apache-2.0 */
/* Takes the values of a record apart. */
#include "data/folder/json_words.h"

#include "core/mem.h"
#include "core/printable.h"
#include "core/strings/utf8.h"
#include "data/folder/sidecar.h"
#include "data/folder/split_role.h"

#include <math.h>
#include <string.h>

enum { DEPTH = 4 }; /* lists and objects inside each other */

typedef struct Taker {
    const JsonWordsRules *rules;
    const JsonArray *array;
    const char *key; /* of the value */
    Error *err;
} Taker;

static int fail(const Taker *t, const char *why)
{
    return json_array_fail(t->array, t->err, "%s: %s", t->key, why);
}

/* The first of these members, of a list that ends with NULL, that the object has. */
static const json_t *first_member(const json_t *object, const char *const *name)
{
    for (; *name; name++) {
        const json_t *value = json_object_get(object, *name);
        if (value && !json_is_null(value)) return value;
    }
    return NULL;
}

/* ---- tags -------------------------------------------------------------------------------- */

static int add_tag(const Taker *t, char *tag, json_t *list)
{
    if (t->rules->underscores) sidecar_unscore(tag);
    if (!tags_can_hold(tag) || printable_find_fault(tag))
        return json_array_fail(t->array, t->err,
                               "%s: '%.80s': several lines, or characters that cannot be "
                               "printed",
                               t->key, tag);
    json_array_append_new(list, json_string(tag));
    return 0;
}

static int add_name(const Taker *t, const char *text, json_t *list)
{
    if (utf8_blank(text)) return 0;
    char *copy = mem_strdup(text);
    const int status = add_tag(t, copy, list);
    mem_free(copy);
    return status;
}

static int add_names(const Taker *t, const char *text, json_t *list)
{
    char *copy = mem_strdup(text), *rest = copy;
    int status = 0;
    for (char *tag; status == 0 && (tag = sidecar_cut(&rest));) status = add_tag(t, tag, list);
    mem_free(copy);
    return status;
}

static int add_number(const Taker *t, const json_t *value, json_t *list)
{
    const TagList *names = t->rules->names;
    const double number = json_number_value(value);
    if (!names)
        return json_array_fail(t->array, t->err,
                               "%s: %g is a number: --names FILE gives the names", t->key,
                               number);
    if (number != floor(number) || number < 0 || number >= (double)names->count)
        return json_array_fail(t->array, t->err, "%s: %g: expected a whole number in 0..%ld",
                               t->key, number, names->count - 1);
    return add_name(t, names->name[(int64_t)number], list);
}

static int take_tags(const Taker *t, const json_t *value, int depth, json_t *list);

static int take_tag_list(const Taker *t, const json_t *value, int depth, json_t *list)
{
    size_t i;
    const json_t *one;
    json_array_foreach(value, i, one) if (take_tags(t, one, depth + 1, list) != 0) return -1;
    return 0;
}

/* Adds the tags of a value, which is `depth` lists and objects deep. */
static int take_tags(const Taker *t, const json_t *value, int depth, json_t *list)
{
    static const char *const name[] = {"name",       "label",   "tag",    "category",
                                       "class",      "names",   "labels", "tags",
                                       "categories", "classes", NULL};
    if (json_is_null(value)) return 0;
    if (json_is_string(value) && depth == 0)
        return add_names(t, json_string_value(value), list);
    if (json_is_string(value)) return add_name(t, json_string_value(value), list);
    if (json_is_number(value)) return add_number(t, value, list);
    if (depth == DEPTH) return fail(t, "too many lists inside each other");
    if (json_is_array(value)) return take_tag_list(t, value, depth, list);
    const json_t *named = json_is_object(value) ? first_member(value, name) : NULL;
    if (named) return take_tags(t, named, depth + 1, list);
    return fail(t, json_is_object(value) ? "an object without a name, label, tag, category or "
                                           "class"
                                         : "expected a text, a list or an object");
}

/* ---- captions ---------------------------------------------------------------------------- */

/* Who says the text of a conversation; NULL if it is none. */
static const char *speaker(const json_t *value)
{
    static const char *const name[] = {"from", "role", NULL};
    return json_string_value(first_member(value, name));
}

static bool is_answer(const char *who)
{
    return strcmp(who, "gpt") == 0 || strcmp(who, "assistant") == 0;
}

static int take_captions(const Taker *t, const json_t *value, int depth, json_t *list);

static int take_caption_list(const Taker *t, const json_t *value, int depth, json_t *list)
{
    size_t i;
    const json_t *one;
    json_array_foreach(value, i, one)
    {
        const char *who = json_is_object(one) ? speaker(one) : NULL;
        if (who && !is_answer(who)) continue;
        if (take_captions(t, one, depth + 1, list) != 0) return -1;
        if (who) break; /* what follows answers other questions */
    }
    return 0;
}

static int take_captions(const Taker *t, const json_t *value, int depth, json_t *list)
{
    static const char *const name[] = {"caption",  "text",  "raw",     "phrase",
                                       "sentence", "value", "content", NULL};
    if (json_is_null(value)) return 0;
    if (json_is_string(value)) {
        if (!utf8_blank(json_string_value(value)))
            json_array_append_new(list, json_string(json_string_value(value)));
        return 0;
    }
    if (depth == DEPTH) return fail(t, "too many lists inside each other");
    if (json_is_array(value)) return take_caption_list(t, value, depth, list);
    const json_t *text = json_is_object(value) ? first_member(value, name) : NULL;
    if (text) return take_captions(t, text, depth + 1, list);
    return fail(t, json_is_object(value) ? "an object without a caption, text or phrase"
                                         : "expected a text or a list of texts");
}

/* ---- image and split --------------------------------------------------------------------- */

/* The value as a text: *number holds a whole number. */
static const char *image_text(const Taker *t, const json_t *value, char number[static 32])
{
    static const char *const name[] = {"path", "file_name", "filename", NULL};
    if (json_is_object(value)) value = first_member(value, name);
    if (!json_is_integer(value) || !t->rules->path) return json_string_value(value);
    snprintf(number, 32, "%ld", (long)json_integer_value(value));
    return number;
}

/* The rule's path with the name in place of {}. Owned. */
static char *path_of(const JsonWordsRules *rules, const char *name)
{
    const char *at = rules->path ? strstr(rules->path, "{}") : NULL;
    if (!at) return mem_strdup(name);
    return mem_format("%.*s%s%s", (int)(at - rules->path), rules->path, name, at + 2);
}

static int take_image(const Taker *t, const json_t *value, char **image)
{
    char number[32];
    const char *name = image_text(t, value, number);
    if (json_is_number(value) && !t->rules->path)
        return fail(t, "a number: --image-path makes it a path");
    if (!name) return fail(t, "expected a text, the path of an image");
    if (utf8_blank(name)) return fail(t, "blank");
    *image = path_of(t->rules, name);
    return 0;
}

static int take_split(const Taker *t, const json_t *value, enum OwnRole *role)
{
    const char *name = json_string_value(value);
    if (!name) return fail(t, "expected a text");
    *role = split_role(name, strlen(name));
    if (*role != OWN_ROLE_DRAWN || !*name) return 0;
    return json_array_fail(t->array, t->err, "%s: '%.80s': expected train, val or test", t->key,
                           name);
}

/* ---- the record -------------------------------------------------------------------------- */

static int fail_without_image(const Taker *t, const JsonKeys *keys, const json_t *record)
{
    Text names = {0};
    if (json_object_get(record, "images") && json_object_get(record, "annotations"))
        return json_array_fail(t->array, t->err,
                               "images and annotations: prepare coco reads such files");
    json_keys_put(keys, &names);
    json_array_fail(t->array, t->err, "no image under %.400s: --image KEY names another",
                    names.data);
    text_free(&names);
    return -1;
}

/* The value of a part of the record; *value is NULL if there is none. */
static int find(Taker *t, JsonKeys *keys, const json_t *record, const json_t **value)
{
    t->key = json_keys_take(keys, record, value);
    const char *odd = t->key ? json_array_odd(t->array, t->key) : NULL;
    return odd ? fail(t, odd) : 0;
}

static int take_tag_parts(Taker *t, JsonKeys *keys, const json_t *record, JsonWords *out)
{
    const json_t *value;
    if (find(t, keys, record, &value) != 0) return -1;
    if (value) out->tags = json_array();
    if (value && take_tags(t, value, 0, out->tags) != 0) return -1;
    t->key = "unknown_label_id";
    value = json_object_get(record, t->key);
    if (!value || json_is_null(value)) return 0;
    out->unknown = json_array();
    return take_tags(t, value, 0, out->unknown);
}

int json_words_take(const JsonWordsRules *rules, JsonKeys keys[static JSON_PARTS],
                    const JsonArray *array, const json_t *record, JsonWords *out, Error *err)
{
    const json_t *value;
    Taker t = {.rules = rules, .array = array, .err = err};
    *out = (JsonWords){.role = OWN_ROLE_DRAWN};
    int status = find(&t, &keys[JSON_PART_IMAGE], record, &value);
    if (status == 0 && !value) status = fail_without_image(&t, &keys[JSON_PART_IMAGE], record);
    if (status == 0) status = take_image(&t, value, &out->image);
    if (status == 0) status = take_tag_parts(&t, &keys[JSON_PART_TAGS], record, out);
    if (status == 0) status = find(&t, &keys[JSON_PART_CAPTION], record, &value);
    if (status == 0 && value) {
        out->captions = json_array();
        status = take_captions(&t, value, 0, out->captions);
    }
    if (status == 0) status = find(&t, &keys[JSON_PART_SPLIT], record, &value);
    if (status == 0 && value) status = take_split(&t, value, &out->role);
    if (status != 0) json_words_free(out);
    return status;
}

void json_words_free(JsonWords *w)
{
    mem_free(w->image);
    json_decref(w->tags);
    json_decref(w->unknown);
    json_decref(w->captions);
    *w = (JsonWords){0};
}
