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

typedef struct Reader {
    const char *split;
    int64_t limit;
    CaptionSet *set;
    Text splits; /* the names of the others, each once */
    const JsonArray *array;
} Reader;

static const char *string_of(const json_t *record, const char *key)
{
    return json_string_value(json_object_get(record, key));
}

/* *odd: what Python's json takes and JSON has not, in a key that is read. */
static int check_keys(const Reader *r, Error *err)
{
    static const char *const keys[] = {"filename", "filepath", "split", "sentences"};
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

static int add_caption(Reader *r, size_t i, const json_t *sentence, Error *err)
{
    CaptionSet *s = r->set;
    const char *raw = string_of(sentence, "raw");
    if (!raw) return json_array_fail(r->array, err, "sentences[%zu]: no raw", i);
    char *clean = caption_clean(raw);
    const bool blank = utf8_blank(clean);
    if (!blank) {
        s->caption = array_grow(s->caption, sizeof *s->caption, s->captions, &s->room[1]);
        s->caption[s->captions++] = strings_add(&s->strings, clean, strlen(clean));
    }
    mem_free(clean);
    return blank ? json_array_fail(r->array, err, "sentences[%zu]: no words", i) : 0;
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

static int take(Reader *r, const json_t *record, Error *err)
{
    size_t i;
    const json_t *sentence, *sentences = json_object_get(record, "sentences");
    const char *name = string_of(record, "filename"), *split = string_of(record, "split");
    if (check_keys(r, err) != 0) return -1;
    if (!split) return json_array_fail(r->array, err, "no split");
    if (strcmp(split, r->split) != 0) return note_split(r, split), 0;
    if (r->limit && r->set->images == r->limit) return 0;
    if (!name || !*name) return json_array_fail(r->array, err, "no filename");
    if (printable_find_fault(name))
        return json_array_fail(r->array, err,
                               "filename: has characters that cannot be printed");
    if (json_array_size(sentences) == 0)
        return json_array_fail(r->array, err, "%s: no sentences", name);
    add_image(r->set, string_of(record, "filepath"), name);
    json_array_foreach(sentences, i,
                       sentence) if (add_caption(r, i, sentence, err) != 0) return -1;
    return 0;
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

int caption_set_read(const char *path, const char *split, int64_t limit, CaptionSet *out,
                     Error *err)
{
    JsonArray *a;
    Reader r = {.split = split, .limit = limit, .set = out};
    *out = (CaptionSet){0};
    if (json_array_open_member(path, "images", NULL, &a, err) != 0) return -1;
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
