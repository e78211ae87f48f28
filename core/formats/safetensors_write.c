/* SPDX-License-Identifier: Apache-2.0 */
/* Writing safetensors: the header lists the tensors in the given order, followed by their
 * data. */
#include "core/formats/safetensors.h"

#include "core/io/file_writer.h"
#include "core/mem.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { AXES_MAX = 8 };

typedef struct NumberType {
    const char *dtype;
    uint64_t bytes;
} NumberType;

static const NumberType f32 = {"F32", sizeof(float)}, bf16 = {"BF16", sizeof(uint16_t)};

static uint64_t write_bytes(const StWrite *t, NumberType type)
{
    uint64_t n = type.bytes;
    CHECK(t->ndim >= 0 && t->ndim <= AXES_MAX, "%s: %d axes", t->name, t->ndim);
    for (int i = 0; i < t->ndim; i++) n *= (uint64_t)t->shape[i];
    return n;
}

static json_t *describe(const StWrite *t, NumberType type, uint64_t begin)
{
    json_t *entry = json_object(), *shape = json_array(), *range = json_array();
    for (int i = 0; i < t->ndim; i++) json_array_append_new(shape, json_integer(t->shape[i]));
    json_array_append_new(range, json_integer((json_int_t)begin));
    json_array_append_new(range, json_integer((json_int_t)(begin + write_bytes(t, type))));
    json_object_set_new(entry, "dtype", json_string(type.dtype));
    json_object_set_new(entry, "shape", shape);
    json_object_set_new(entry, "data_offsets", range);
    return entry;
}

/* Creates `__metadata__`; NULL after an error. The caller owns it. */
static json_t *describe_file(const char *path, const StMetadata *entry, int64_t entries,
                             Error *err)
{
    json_t *metadata = json_object();
    json_object_set_new(metadata, "format", json_string("pt")); /* other readers require it */
    for (int64_t i = 0; i < entries; i++)
        if (json_object_set_new(metadata, entry[i].key, json_string(entry[i].value)) != 0) {
            error_set(err, ERROR_DATA, "%s: metadata '%s': not UTF-8", path, entry[i].key);
            json_decref(metadata);
            return NULL;
        }
    return metadata;
}

/* Creates the header text, padded with spaces so that the data starts at a multiple of 8. Takes
 * ownership of metadata; the caller frees the text. */
static char *header_text(const char *path, json_t *metadata, const StWrite *tensor,
                         int64_t count, NumberType type, Error *err)
{
    json_t *header = json_object();
    char *text = NULL;
    uint64_t at = 0;
    json_object_set_new(header, "__metadata__", metadata);
    for (int64_t i = 0; i < count; at += write_bytes(&tensor[i], type), i++) {
        if (json_object_get(header, tensor[i].name)) {
            error_set(err, ERROR_DATA, "%s: tensor '%s': duplicate name", path, tensor[i].name);
            goto done;
        }
        if (json_object_set_new(header, tensor[i].name, describe(&tensor[i], type, at)) != 0) {
            error_set(err, ERROR_DATA, "%s: tensor '%s': not UTF-8", path, tensor[i].name);
            goto done;
        }
    }
    char *compact = json_dumps(header, JSON_COMPACT);
    text = mem_format("%s%*s", compact, (int)(-strlen(compact) & 7), "");
    free(compact);
done:
    json_decref(header);
    return text;
}

struct StWriter {
    FileWriter *file;
    int64_t count, next;
    uint64_t *bytes; /* size of each tensor */
};

static StWriter *writer_new(FileWriter *file, const StWrite *tensor, int64_t count,
                            NumberType type)
{
    StWriter *w = mem_calloc(1, sizeof *w);
    w->file = file;
    w->count = count;
    w->bytes = mem_calloc((size_t)count + 1, sizeof *w->bytes);
    for (int64_t i = 0; i < count; i++) w->bytes[i] = write_bytes(&tensor[i], type);
    return w;
}

static void writer_free(StWriter *w)
{
    mem_free(w->bytes);
    mem_free(w);
}

static int create(const char *path, const StMetadata *metadata, int64_t entries,
                  const StWrite *tensor, int64_t count, NumberType type, StWriter **out,
                  Error *err)
{
    FileWriter *file = NULL;
    *out = NULL;
    json_t *about = describe_file(path, metadata, entries, err);
    char *header = about ? header_text(path, about, tensor, count, type, err) : NULL;
    if (!header) return -1;
    if (file_writer_new(path, &file, err) == 0) {
        const uint64_t len = strlen(header);
        file_writer_put(file, &len, sizeof len);
        file_writer_put(file, header, len);
        *out = writer_new(file, tensor, count, type);
    }
    mem_free(header);
    return file ? 0 : -1;
}

int st_create(const char *path, const StWrite *tensor, int64_t count, StWriter **out,
              Error *err)
{
    return create(path, NULL, 0, tensor, count, f32, out, err);
}

static int put(StWriter *w, const void *data, Error *err)
{
    CHECK(w->next < w->count, "more than %ld tensors", w->count);
    file_writer_put(w->file, data, w->bytes[w->next++]);
    return file_writer_status(w->file, err);
}

int st_put(StWriter *w, const float *data, Error *err) { return put(w, data, err); }

int st_commit(StWriter *w, Error *err)
{
    CHECK(w->next == w->count, "%ld of %ld tensors", w->next, w->count);
    const int status = file_writer_commit(w->file, err);
    writer_free(w);
    return status;
}

void st_abandon(StWriter *w)
{
    if (!w) return;
    file_writer_abandon(w->file);
    writer_free(w);
}

int st_write(const char *path, const StMetadata *metadata, int64_t entries,
             const StWrite *tensor, int64_t count, Error *err)
{
    StWriter *w = NULL;
    if (create(path, metadata, entries, tensor, count, f32, &w, err) != 0) return -1;
    for (int64_t i = 0; i < count; i++) st_put(w, tensor[i].data, err);
    return st_commit(w, err);
}

int st_write_half(const char *path, const StMetadata *metadata, int64_t entries,
                  const StWrite *tensor, const uint16_t *half, Error *err)
{
    StWriter *w = NULL;
    if (create(path, metadata, entries, tensor, 1, bf16, &w, err) != 0) return -1;
    put(w, half, err);
    return st_commit(w, err);
}
