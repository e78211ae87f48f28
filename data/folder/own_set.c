/* SPDX-License-Identifier: Apache-2.0 */
/* Gathers a set by names, and divides it. */
#include "data/folder/own_set.h"

#include "core/mem.h"
#include "core/strings/utf8.h"
#include "data/tags.h"

#include <string.h>

/* ---- names ------------------------------------------------------------------------------- */

/* The value under a text; if there is none, `fresh` is stored and returned. */
static int64_t index_of(HashMap *m, const char *text, int64_t fresh)
{
    uint8_t key[HASH_BYTES];
    hash_of(text, strlen(text), key);
    hash_map_make_room(m);
    return hash_map_add(m, key, fresh) ? fresh : hash_map_get(m, key);
}

int64_t own_set_image(OwnSet *s, const char *name, bool *added)
{
    const int64_t i = index_of(&s->image, name, s->set.images);
    const bool fresh = i == s->set.images;
    if (fresh) {
        label_set_add_image(&s->set, name); /* which may move the images */
        s->set.image[i].untold = true;
    }
    if (added) *added = fresh;
    return i;
}

int64_t own_set_find_tag(OwnSet *s, const char *name, Error *why)
{
    if (!tags_can_hold(name))
        return error_set(why, ERROR_DATA, "tag '%.80s': blank, not UTF-8, or several lines",
                         name);
    char *key = tags_key(name);
    const int64_t k = index_of(&s->tag, key, s->set.tags);
    if (k == s->set.tags) label_set_add_tag(&s->set, key);
    mem_free(key);
    return k;
}

int own_set_tag(OwnSet *s, int64_t image, const char *name, Error *why)
{
    const int64_t k = own_set_find_tag(s, name, why);
    if (k < 0) return -1;
    label_set_add_label(&s->set, image, k);
    own_set_told(s, image);
    return 0;
}

int own_set_unknown(OwnSet *s, int64_t image, const char *name, Error *why)
{
    const int64_t k = own_set_find_tag(s, name, why);
    if (k < 0) return -1;
    label_set_add_unknown(&s->set, image, k);
    return 0;
}

void own_set_told(OwnSet *s, int64_t image) { s->set.image[image].untold = false; }

bool own_set_role(OwnSet *s, int64_t image, enum OwnRole role)
{
    uint8_t *stated = &s->set.image[image].role;
    if (role == OWN_ROLE_DRAWN) return true;
    if (*stated != OWN_ROLE_DRAWN && *stated != role) return false;
    *stated = (uint8_t)role;
    return true;
}

void own_set_lists(OwnSet *s, int64_t image, const json_t *tags, const json_t *unknown,
                   const json_t *captions)
{
    size_t i;
    const json_t *text;
    if (tags) own_set_told(s, image);
    json_array_foreach(tags, i, text) own_set_tag(s, image, json_string_value(text), NULL);
    json_array_foreach(unknown, i, text)
        own_set_unknown(s, image, json_string_value(text), NULL);
    json_array_foreach(captions, i, text) own_set_caption(s, image, json_string_value(text));
}

void own_set_caption(OwnSet *s, int64_t image, const char *text)
{
    char *clean = mem_strdup(text);
    utf8_collapse(clean);
    if (*clean) label_set_add_caption(&s->set, image, clean);
    mem_free(clean);
}

/* ---- the set ----------------------------------------------------------------------------- */

static int list_tags(OwnSet *s, Error *err)
{
    TagList list;
    if (!s->rules.tags) return 0;
    if (tags_read(s->rules.tags, &list, err) != 0) return -1;
    for (int64_t k = 0; k < list.count; k++) own_set_find_tag(s, list.name[k], NULL);
    s->listed = s->set.tags;
    tags_free(&list);
    return 0;
}

int own_set_begin(const char *out, const OwnRules *rules, OwnSet *s, Error *err)
{
    *s = (OwnSet){.out = out, .rules = *rules};
    if (list_tags(s, err) != 0 || label_set_begin(out, err) != 0) return -1;
    return record_list_open(out, "bad.txt", &s->bad, err);
}

int own_set_end(OwnSet *s, int status, Error *err)
{
    if (status != 0 && s->bad.file && s->bad.lines > 0) record_list_commit(&s->bad, NULL);
    status = record_list_close(&s->bad, status, err);
    label_set_free(&s->set);
    hash_map_free(&s->tag);
    hash_map_free(&s->image);
    mem_free(s->test);
    mem_free(s->train);
    *s = (OwnSet){0};
    return status;
}

/* ---- dividing ---------------------------------------------------------------------------- */

double own_set_draw(const char *name, int64_t seed)
{
    uint8_t value[HASH_BYTES];
    uint64_t bits = 0;
    Hash *h = hash_new();
    for (int i = 0; i < 8; i++) hash_add(h, &(uint8_t){(uint8_t)(seed >> (8 * i))}, 1);
    hash_add_text(h, name);
    hash_result(h, value);
    hash_free(h);
    for (int i = 0; i < 8; i++) bits = bits << 8 | value[i];
    return (double)(bits >> 11) * 0x1p-53;
}

/* The set is divided in the same way inside archives and outside. */
static const char *name_in_archive(const char *name)
{
    const char *archive = strstr(name, ".tar/");
    return archive ? archive + 5 : name;
}

/* An image whose tags are not known can train, but not be evaluated. */
static bool is_test(const OwnSet *s, const LabelImage *image)
{
    if (image->role != OWN_ROLE_DRAWN) return image->role == OWN_ROLE_TEST;
    return !image->untold &&
           own_set_draw(name_in_archive(image->name), s->rules.seed) < s->rules.test;
}

static bool is_repeated(const LabelSet *s, int64_t first, int64_t caption)
{
    for (int64_t i = first; i < caption; i++)
        if (s->caption[i].image == s->caption[caption].image &&
            strcmp(s->caption[i].text, s->caption[caption].text) == 0)
            return true;
    return false;
}

static void drop_repeated_captions(LabelSet *s)
{
    int64_t n = 0, first = 0;
    for (int64_t i = 0; i < s->captions; i++) {
        s->caption[n] = s->caption[i];
        while (s->caption[first].image != s->caption[n].image) first++;
        n += !is_repeated(s, first, n);
    }
    s->captions = n;
}

void own_set_divide(OwnSet *s)
{
    LabelSet *set = &s->set;
    label_set_sort_names(set, !s->rules.tags);
    drop_repeated_captions(set);
    s->test = mem_calloc((size_t)set->images + 1, sizeof *s->test);
    s->train = mem_calloc((size_t)set->images + 1, sizeof *s->train);
    for (int64_t i = 0; i < set->images; i++) {
        s->test[i] = is_test(s, &set->image[i]);
        s->train[i] = !s->test[i];
    }
}
