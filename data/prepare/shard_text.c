/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of a sample. */
#include "data/prepare/shard_text.h"

#include "core/json/json_lenient.h"
#include "core/mem.h"
#include "core/strings/utf8.h"

#include <string.h>

void shard_text_free(ShardText *t)
{
    json_decref(t->captions);
    json_decref(t->tags);
    json_decref(t->unknown);
    *t = (ShardText){0};
}

static int check_text(const char *what, const char *text, size_t bytes, Error *err)
{
    if (strlen(text) == bytes && utf8_valid(text)) return 0;
    return error_set(err, ERROR_DATA, "%s: not UTF-8 text", what);
}

static void append(json_t **list, const char *text, size_t n)
{
    if (!*list) *list = json_array();
    json_array_append_new(*list, json_stringn(text, n));
}

int shard_text_caption(ShardText *t, const char *text, size_t bytes, Error *err)
{
    if (check_text("txt", text, bytes, err) != 0) return -1;
    const size_t n = utf8_trim(&text);
    if (n > 0) append(&t->captions, text, n);
    return 0;
}

/* Adds the texts between commas and line ends; none of them are tags, too. */
static void split(json_t **list, const char *text)
{
    if (!*list) *list = json_array();
    while (*text) {
        const size_t n = strcspn(text, ",\n\r");
        char *part = mem_format("%.*s", (int)n, text);
        const char *trimmed = part;
        const size_t length = utf8_trim(&trimmed);
        if (length > 0) append(list, trimmed, length);
        mem_free(part);
        text += n + (text[n] != 0);
    }
}

int shard_text_tags(ShardText *t, const char *text, size_t bytes, Error *err)
{
    if (check_text("tags", text, bytes, err) != 0) return -1;
    split(&t->tags, text);
    return 0;
}

/* ---- JSON -------------------------------------------------------------------------------- */

/* A member that is a list of texts. */
static int add_list(json_t **list, const char *key, const json_t *value, Error *err)
{
    size_t i;
    const json_t *text;
    if (!*list) *list = json_array();
    json_array_foreach(value, i, text)
    {
        if (!json_is_string(text))
            return error_set(err, ERROR_DATA, "json: %s[%zu]: not a text", key, i);
        if (!utf8_blank(json_string_value(text)))
            append(list, json_string_value(text), json_string_length(text));
    }
    return 0;
}

static int add_captions(ShardText *t, const json_t *object, Error *err)
{
    const json_t *value = json_object_get(object, "caption");
    if (!value || json_is_null(value)) return 0;
    if (json_is_array(value)) return add_list(&t->captions, "caption", value, err);
    if (!json_is_string(value))
        return error_set(err, ERROR_DATA, "json: caption: neither a text nor a list of texts");
    const char *text = json_string_value(value);
    return shard_text_caption(t, text, strlen(text), err);
}

static int add_tags(json_t **tags, const json_t *object, const char *key, Error *err)
{
    const json_t *value = json_object_get(object, key);
    if (!value || json_is_null(value)) return 0;
    if (json_is_array(value)) return add_list(tags, key, value, err);
    if (!json_is_string(value))
        return error_set(err, ERROR_DATA, "json: %s: neither a list of texts nor a text", key);
    split(tags, json_string_value(value));
    return 0;
}

static int check_status(const json_t *object, Error *err)
{
    const char *status = json_string_value(json_object_get(object, "status"));
    if (!status || strcmp(status, "success") == 0) return 0;
    return error_set(err, ERROR_DATA, "json: status: %s", status);
}

static int check_odd(const json_t *odd, Error *err)
{
    static const char *const key[] = {"caption", "tags",         "keywords",
                                      "labels",  "unknown_tags", "status"};
    for (size_t i = 0; odd && i < sizeof key / sizeof *key; i++) {
        const char *why = json_string_value(json_object_get(odd, key[i]));
        if (why) return error_set(err, ERROR_DATA, "json: %s %s", key[i], why);
    }
    return 0;
}

static int take_object(ShardText *t, const json_t *object, const json_t *odd, Error *err)
{
    static const char *const key[] = {"tags", "keywords", "labels"};
    if (check_odd(odd, err) != 0 || check_status(object, err) != 0) return -1;
    if (add_captions(t, object, err) != 0) return -1;
    for (size_t i = 0; i < sizeof key / sizeof *key; i++)
        if (add_tags(&t->tags, object, key[i], err) != 0) return -1;
    return add_tags(&t->unknown, object, "unknown_tags", err);
}

int shard_text_json(ShardText *t, const char *text, size_t bytes, Error *err)
{
    json_t *odd = NULL;
    json_error_t why;
    json_t *object = json_lenient(text, bytes, &odd, &why);
    if (!object) return error_set(err, ERROR_DATA, "json: line %d: %s", why.line, why.text);
    const int status = json_is_object(object)
                           ? take_object(t, object, odd, err)
                           : error_set(err, ERROR_DATA, "json: not an object {...}");
    json_decref(odd);
    json_decref(object);
    return status;
}
