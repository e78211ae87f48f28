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
    StringPool pool;
    int64_t records_room, tags_room, captions_room, unknown_room;
} Builder;

/* Grows *array, of elements of `size` bytes, to hold at least `need` of them. */
static void reserve(void *array, size_t size, int64_t need, int64_t *room)
{
    void **p = array;
    if (need <= *room) return;
    while (*room < need) *room = *room ? *room + *room / 2 : 1024;
    *p = mem_realloc(*p, (size_t)*room * size);
}

/* Appends sorted ids to list, of `start` ids so far; returns how many there are then. */
static int64_t add_ids(const json_t *ids, int64_t start, int32_t **list, int64_t *room)
{
    const int64_t n = (int64_t)json_array_size(ids);
    reserve(list, sizeof **list, start + n, room);
    for (int64_t i = 0; i < n; i++)
        (*list)[start + i] = (int32_t)json_integer_value(json_array_get(ids, (size_t)i));
    return start + (n ? tag_ids_sort(*list + start, n) : 0);
}

static void add_tags(Builder *b, const json_t *ids)
{
    Annotations *out = b->out;
    out->tag_offset[out->count + 1] =
        add_ids(ids, out->tag_offset[out->count], &out->tag, &b->tags_room);
}

/* The array is made for the first record that needs it. */
static void add_unknown(Builder *b, const json_t *ids)
{
    Annotations *out = b->out;
    if (!ids && !out->unknown_offset) return;
    if (!out->unknown_offset)
        out->unknown_offset = mem_calloc((size_t)b->records_room, sizeof *out->unknown_offset);
    out->unknown_offset[out->count + 1] =
        add_ids(ids, out->unknown_offset[out->count], &out->unknown, &b->unknown_room);
}

/* So is this one. */
static void add_tagged(Builder *b, bool tagged)
{
    Annotations *out = b->out;
    out->with_tags += tagged;
    if (tagged && !out->tagged) return;
    if (!out->tagged) {
        out->tagged = mem_alloc((size_t)b->records_room * sizeof *out->tagged);
        memset(out->tagged, true, (size_t)out->count * sizeof *out->tagged);
    }
    out->tagged[out->count] = tagged;
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
    out->with_captions += n > 0;
}

/* Offset arrays have one element more than there are records. */
static void reserve_records(Builder *b, int64_t records)
{
    Annotations *out = b->out;
    const struct {
        void *array;
        size_t size;
        bool absent;
    } each[] = {{&out->tagged, sizeof *out->tagged, !out->tagged},
                {&out->unknown_offset, sizeof *out->unknown_offset, !out->unknown_offset},
                {&out->image_path, sizeof *out->image_path, false},
                {&out->tag_offset, sizeof *out->tag_offset, false},
                {&out->caption_offset, sizeof *out->caption_offset, false}};
    int64_t room = 0;
    for (size_t i = 0; i < sizeof each / sizeof *each; i++) {
        room = b->records_room;
        if (!each[i].absent) reserve(each[i].array, each[i].size, records + 1, &room);
    }
    b->records_room = room;
}

static int take_record(void *to, const JsonArray *array, json_t *record, Error *err)
{
    Builder *b = to;
    Annotations *out = b->out;
    if (annotation_record_check(array, record, b->tags, err) != 0) return -1;
    const json_t *tags = annotation_record_tags(record);
    reserve_records(b, out->count + 1);
    out->image_path[out->count] = add_string(b, json_object_get(record, "image_path"));
    add_tags(b, tags);
    add_unknown(b, annotation_record_unknown(record));
    add_tagged(b, tags != NULL);
    add_captions(b, annotation_record_captions(record));
    out->count++;
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
    return 0;
}

int annotations_read(const char *const *path, int64_t paths, int64_t tags, Annotations *out,
                     Error *err)
{
    CHECK(paths >= 1, "no files");
    CHECK(tags >= 1 && tags <= INT32_MAX, "%ld tags", tags);
    *out = (Annotations){0};
    Builder b = {.out = out, .tags = tags};
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
    mem_free(a->tagged);
    mem_free(a->unknown_offset);
    mem_free(a->unknown);
    *a = (Annotations){0};
}
