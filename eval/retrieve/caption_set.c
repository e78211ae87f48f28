/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the images of one split, record by record. */
#include "eval/retrieve/caption_set.h"

#include "core/array.h"
#include "core/io/text.h"
#include "core/json/json_array.h"
#include "core/mem.h"
#include "core/printable.h"
#include "core/strings/utf8.h"
#include "data/caption.h"

#include <jansson.h>
#include <string.h>

enum { KEYS = 3 };

/* Where a record has what; of several keys, the first that it has counts. */
typedef struct Form {
    const char *member; /* with the records; NULL: the file is an array of them */
    const char *name[KEYS], *folder[KEYS], *captions[KEYS];
    bool needs_split;
} Form;

static const Form karpathy = {"images", {"filename"}, {"filepath"}, {"sentences"}, true};
static const Form list = {.name = {"image", "image_name", "filename"},
                          .folder = {"filepath", "file_path"},
                          .captions = {"caption", "captions", "sentences"}};

typedef struct Reader {
    const Form *form;
    const char *split;
    int64_t limit;
    CaptionSet *set;
    Text splits; /* the names of the others, each once */
    const JsonArray *array;
} Reader;

/* The first of the keys that the record has; the first one if it has none. */
static const char *key_of(const json_t *record, const char *const key[KEYS])
{
    for (int i = 0; i < KEYS && key[i]; i++)
        if (json_object_get(record, key[i])) return key[i];
    return key[0];
}

static const char *string_of(const json_t *record, const char *key)
{
    return json_string_value(json_object_get(record, key));
}

/* Refuses what Python's json takes and JSON has not, in a key that is read. */
static int check_keys(const Reader *r, const json_t *record, Error *err)
{
    const Form *f = r->form;
    const char *const keys[] = {key_of(record, f->name), key_of(record, f->folder),
                                key_of(record, f->captions), "split"};
    for (int i = 0; i < 4; i++) {
        const char *odd = json_array_odd(r->array, keys[i]);
        if (odd) return json_array_fail(r->array, err, "%s: %s", keys[i], odd);
    }
    return 0;
}

/* Remembers the name of another split, for a message. */
static void note_split(Reader *r, const char *split)
{
    char *quoted = mem_format("'%.20s'", split);
    if (r->splits.len < 200 && (!r->splits.data || !strstr(r->splits.data, quoted)))
        text_add(&r->splits, "%s%s", r->splits.len ? ", " : "", quoted);
    mem_free(quoted);
}

/* Caption number i under the key: a text, or an object with the text "raw". */
static int add_caption(Reader *r, const char *key, size_t i, const json_t *caption, Error *err)
{
    CaptionSet *s = r->set;
    const char *raw =
        json_is_string(caption) ? json_string_value(caption) : string_of(caption, "raw");
    if (!raw) return json_array_fail(r->array, err, "%s[%zu]: no text", key, i);
    char *clean = caption_clean(raw);
    const bool blank = utf8_blank(clean);
    if (!blank) {
        s->caption = array_grow(s->caption, sizeof *s->caption, s->captions, &s->room[1]);
        s->caption[s->captions++] = strings_add(&s->strings, clean, strlen(clean));
    }
    mem_free(clean);
    return blank ? json_array_fail(r->array, err, "%s[%zu]: no words", key, i) : 0;
}

/* Adds those of the record: one, or an array of them. */
static int add_captions(Reader *r, const char *name, const json_t *record, Error *err)
{
    size_t i;
    const char *key = key_of(record, r->form->captions);
    const json_t *caption, *captions = json_object_get(record, key);
    if (json_is_string(captions)) return add_caption(r, key, 0, captions, err);
    if (json_array_size(captions) == 0)
        return json_array_fail(r->array, err, "%s: no %s", name, key);
    json_array_foreach(captions, i,
                       caption) if (add_caption(r, key, i, caption, err) != 0) return -1;
    return 0;
}

/* Adds the path of an image. The captions that follow are its own. */
static void add_image(CaptionSet *s, const char *folder, const char *name)
{
    char *path = folder && *folder ? mem_format("%s/%s", folder, name) : mem_strdup(name);
    int64_t room = s->room[0];
    s->image = array_grow(s->image, sizeof *s->image, s->images, &room);
    if (room != s->room[0])
        s->first = mem_realloc(s->first, ((size_t)room + 1) * sizeof *s->first);
    s->room[0] = room;
    s->image[s->images] = strings_add(&s->strings, path, strlen(path));
    s->first[s->images++] = s->captions;
    mem_free(path);
}

/* *wanted: whether the record is of the split. */
static int check_split(Reader *r, const json_t *record, bool *wanted, Error *err)
{
    const char *split = string_of(record, "split");
    if (!split && r->form->needs_split) return json_array_fail(r->array, err, "no split");
    *wanted = !split || strcmp(split, r->split) == 0;
    if (!*wanted) note_split(r, split);
    return 0;
}

static int take(Reader *r, const json_t *record, Error *err)
{
    bool wanted = false;
    const char *key = key_of(record, r->form->name), *name = string_of(record, key);
    if (check_keys(r, record, err) != 0 || check_split(r, record, &wanted, err) != 0) return -1;
    if (!wanted || (r->limit && r->set->images == r->limit)) return 0;
    if (!name || !*name) return json_array_fail(r->array, err, "no %s", key);
    if (printable_find_fault(name))
        return json_array_fail(r->array, err, "%s: has characters that cannot be printed", key);
    add_image(r->set, string_of(record, key_of(record, r->form->folder)), name);
    return add_captions(r, name, record, err);
}

static int read_records(Reader *r, JsonArray *a, Error *err)
{
    json_t *record;
    int status;
    r->array = a;
    while ((status = json_array_next(a, &record, err)) == 0 && record) {
        status = take(r, record, err);
        json_decref(record);
        if (status != 0) break;
    }
    return status;
}

static void hash_all(CaptionSet *s)
{
    uint8_t value[HASH_BYTES];
    Hash *h = hash_new();
    for (int64_t i = 0; i < s->images; i++) {
        hash_add_text(h, s->image[i]);
        for (int64_t t = s->first[i]; t < s->first[i + 1]; t++) hash_add_text(h, s->caption[t]);
        hash_add_text(h, "");
    }
    hash_result(h, value);
    hash_hex(value, s->hash);
    hash_free(h);
}

static int finish(const Reader *r, const char *path, Error *err)
{
    CaptionSet *s = r->set;
    if (s->images == 0)
        return error_set(err, ERROR_DATA, "%s: no image of split '%s'; it has %s", path,
                         r->split, r->splits.len ? r->splits.data : "no images");
    s->first[s->images] = s->captions;
    hash_all(s);
    return 0;
}

/* Opens a file of either form. */
static int open_records(const char *path, const Form **form, JsonArray **a, Error *err)
{
    *form = &list;
    if (json_array_open(path, NULL, a, NULL) == 0) return 0;
    *form = &karpathy;
    return json_array_open_member(path, karpathy.member, NULL, a, err);
}

int caption_set_read(const char *path, const char *split, int64_t limit, CaptionSet *out,
                     Error *err)
{
    JsonArray *a;
    Reader r = {.split = split, .limit = limit, .set = out};
    *out = (CaptionSet){0};
    if (open_records(path, &r.form, &a, err) != 0) return -1;
    int status = read_records(&r, a, err);
    json_array_close(a);
    if (status == 0) status = finish(&r, path, err);
    text_free(&r.splits);
    if (status != 0) caption_set_free(out);
    return status;
}

void caption_set_free(CaptionSet *s)
{
    mem_free(s->first);
    mem_free(s->caption);
    mem_free(s->image);
    strings_free(&s->strings);
    *s = (CaptionSet){0};
}
