/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of Hugging Face's ImageFolder, of LLaVA, of lists of captions, of this program. */
#include "data/folder/json_keys.h"

#include "core/log.h"
#include "core/mem.h"

static const struct {
    const char *what, *key[12];
} usual[] = {
    {"image",
     {"file_name", "image_path", "image", "img_path", "path", "filename", "filepath", "file",
      "img"}},
    {"tags",
     {"tags", "labels", "keywords", "categories", "objects", "label", "category", "classes",
      "union_label_id"}},
    {"captions",
     {"caption", "captions", "text", "texts", "title", "sentences", "blip_caption",
      "conversations"}},
    {"split", {"split"}},
};

JsonKeys json_keys_new(enum JsonPart part, const OptionStrings *given)
{
    JsonKeys k = {.what = usual[part].what, .keys = given->count, .given = given->count > 0};
    if (!k.given)
        while (usual[part].key[k.keys]) k.keys++;
    k.key = mem_calloc((size_t)k.keys, sizeof *k.key);
    for (int64_t i = 0; i < k.keys; i++)
        k.key[i].name = k.given ? given->value[i] : usual[part].key[i];
    return k;
}

void json_keys_free(JsonKeys *k)
{
    mem_free(k->key);
    *k = (JsonKeys){0};
}

/* The index of the first key that the record has; -1 if there is none. */
static int64_t find(const JsonKeys *k, const json_t *record, const json_t **value)
{
    for (int64_t i = 0; i < k->keys; i++) {
        *value = json_object_get(record, k->key[i].name);
        if (*value && !json_is_null(*value)) return i;
    }
    *value = NULL;
    return -1;
}

const char *json_keys_find(const JsonKeys *k, const json_t *record, const json_t **value)
{
    const int64_t i = find(k, record, value);
    return i < 0 ? NULL : k->key[i].name;
}

const char *json_keys_take(JsonKeys *k, const json_t *record, const json_t **value)
{
    const int64_t i = find(k, record, value);
    if (i >= 0) k->key[i].records++;
    return i < 0 ? NULL : k->key[i].name;
}

void json_keys_put(const JsonKeys *k, Text *to)
{
    for (int64_t i = 0; i < k->keys; i++) {
        text_put(to, i ? ", " : "");
        text_put_name(to, k->key[i].name);
    }
}

void json_keys_log(const JsonKeys *k)
{
    Text t = {0};
    for (int64_t i = 0; i < k->keys; i++) {
        if (!k->key[i].records) continue;
        text_put(&t, t.len ? ", " : "");
        text_put_name(&t, k->key[i].name);
        text_add(&t, " (%ld records)", k->key[i].records);
    }
    if (t.len) {
        log_info("%s: from %s", k->what, t.data);
    } else {
        json_keys_put(k, &t);
        (k->given ? log_warn : log_info)("%s: none, under %s", k->what, t.data);
    }
    text_free(&t);
}
