/* SPDX-License-Identifier: Apache-2.0 */
/* Reads triplets one record at a time into flat arrays. */
#include "data/annotations.h"

#include "core/mem.h"
#include "core/strings/strings.h"
#include "data/annotation_record.h"
#include "data/caption.h"
#include "data/tag_ids.h"

#include <jansson.h>
#include <string.h>

/* The annotations under construction; each `..._room` is the capacity of arrays in `out`. */
typedef struct Builder {
    Annotations *out;
    int64_t tags;
    bool captions; /* every record needs one */
    int64_t uncaptioned;
    Error first; /* about the first of them */
    StringPool pool;
    int64_t records_room, tags_room, captions_room;
} Builder;

/* Grows *array, of elements of `size` bytes, to hold at least `need` of them. */
static void reserve(void *array, size_t size, int64_t need, int64_t *room)
{
    void **p = array;
    if (need <= *room) return;
    while (*room < need) *room = *room ? *room + *room / 2 : 1024;
    *p = mem_realloc(*p, (size_t)*room * size);
}

static void add_tags(Builder *b, const json_t *ids)
{
    Annotations *out = b->out;
    const int64_t start = out->tag_offset[out->count], n = (int64_t)json_array_size(ids);
    reserve(&out->tag, sizeof *out->tag, start + n, &b->tags_room);
    for (int64_t i = 0; i < n; i++)
        out->tag[start + i] = (int32_t)json_integer_value(json_array_get(ids, (size_t)i));
    out->tag_offset[out->count + 1] = start + (n ? tag_ids_sort(out->tag + start, n) : 0);
}

static char *add_string(Builder *b, const json_t *text)
{
    return strings_add(&b->pool, json_string_value(text), json_string_length(text));
}

static char *add_caption(Builder *b, const json_t *text)
{
    char *clean = caption_clean(json_string_value(text));
    char *caption = strings_add(&b->pool, clean, strlen(clean));
    mem_free(clean);
    return caption;
}

static void add_captions(Builder *b, const json_t *captions)
{
    Annotations *out = b->out;
    const int64_t start = out->caption_offset[out->count];
    const int64_t n = (int64_t)json_array_size(captions);
    reserve(&out->caption, sizeof *out->caption, start + n, &b->captions_room);
    for (int64_t i = 0; i < n; i++)
        out->caption[start + i] = add_caption(b, json_array_get(captions, (size_t)i));
    out->caption_offset[out->count + 1] = start + n;
}

/* Offset arrays have one element more than there are records. */
static void reserve_records(Builder *b, int64_t records)
{
    Annotations *out = b->out;
    int64_t room = b->records_room;
    reserve(&out->image_path, sizeof *out->image_path, records + 1, &room);
    room = b->records_room;
    reserve(&out->tag_offset, sizeof *out->tag_offset, records + 1, &room);
    reserve(&out->caption_offset, sizeof *out->caption_offset, records + 1, &b->records_room);
}

static void add_record(Builder *b, const json_t *record)
{
    reserve_records(b, b->out->count + 1);
    b->out->image_path[b->out->count] = add_string(b, json_object_get(record, "image_path"));
    add_tags(b, json_object_get(record, "union_label_id"));
    add_captions(b, json_object_get(record, "caption"));
    b->out->count++;
}

static int take_record(void *to, const JsonArray *array, json_t *record, Error *err)
{
    Builder *b = to;
    if (annotation_record_check(array, record, b->tags, err) != 0) return -1;
    if (json_array_size(json_object_get(record, "caption")) == 0) {
        json_array_fail(array, &b->first, "no caption");
        b->uncaptioned++;
    }
    add_record(b, record);
    return 0;
}

/* Never skips data silently: a bad record rejects the file, and the message names the
 * remedy. */
static int read_file(Builder *b, const char *path, Error *err)
{
    static const char remedy[] =
        "`ramplus prepare triplets` writes a copy without the bad records";
    const int64_t before = b->out->count;
    if (json_array_each(path, "image_path", take_record, b, remedy, err) != 0) return -1;
    if (b->out->count == before) return error_set(err, ERROR_DATA, "%s: no records", path);
    if (!b->captions || !b->uncaptioned) return 0;
    return error_set(err, ERROR_DATA,
                     "%s; records without one: %ld of %ld; alignment needs captions: "
                     "loss.weight.align=0 trains the tagging alone",
                     b->first.text, b->uncaptioned, b->out->count - before);
}

int annotations_read(const char *const *path, int64_t paths, int64_t tags, bool captions,
                     Annotations *out, Error *err)
{
    CHECK(paths >= 1, "no files");
    CHECK(tags >= 1 && tags <= INT32_MAX, "%ld tags", tags);
    *out = (Annotations){0};
    Builder b = {.out = out, .tags = tags, .captions = captions};
    reserve_records(&b, 0);
    out->tag_offset[0] = out->caption_offset[0] = 0;
    int status = 0;
    for (int64_t i = 0; i < paths && status == 0; i++) status = read_file(&b, path[i], err);
    out->storage = b.pool.chunk;
    if (status != 0) annotations_free(out);
    return status;
}

void annotations_free(Annotations *a)
{
    StringPool pool = {a->storage};
    strings_free(&pool);
    mem_free(a->image_path);
    mem_free(a->tag_offset);
    mem_free(a->tag);
    mem_free(a->caption_offset);
    mem_free(a->caption);
    *a = (Annotations){0};
}
