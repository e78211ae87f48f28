/* SPDX-License-Identifier: Apache-2.0 */
/* Reading safetensors. The file is u64 header length (little-endian), JSON header, data. The
 * header is not trusted: the text is scanned for nesting and size before it is parsed, and the
 * byte ranges must cover the data exactly, without overlap, gap or remainder. Ranges need not
 * be aligned, because values are copied, never mapped. */
#include "core/formats/safetensors.h"

#include "core/io/file.h"
#include "core/io/file_open.h"
#include "core/math/dtype.h"
#include "core/mem.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    HEADER_MAX = 100000000, /* limit of the format */
    VALUES_MAX = 1000000,   /* JSON values in a header: about 140,000 tensors */
    DEPTH_MAX = 3,          /* header object, tensor object, array */
    BLOCK = 1 << 20,        /* bytes converted per step */
    AXES_MAX = 8,
};

struct StFile {
    char *path;
    int fd;
    uint64_t size; /* of the file */
    uint64_t data; /* where the data starts */
    int64_t count;
    StEntry *entry;   /* by begin */
    StEntry **sorted; /* by name */
    json_t *header;
};

static int read_at(const StFile *f, uint64_t at, void *out, uint64_t bytes, Error *err)
{
    return file_read_at(f->fd, f->path, at, out, bytes, ERROR_DATA, err);
}

/* Checks nesting and number of values before the parser allocates memory for them. */
static int scan_header(const StFile *f, const char *text, size_t len, Error *err)
{
    int depth = 0;
    int64_t values = 0;
    bool quoted = false;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (quoted) {
            if (c == '\\') i++;
            quoted = c != '"';
            continue;
        }
        quoted = c == '"';
        values += c == ',' || c == '{' || c == '[';
        depth += (c == '{' || c == '[') - (c == '}' || c == ']');
        if (depth > DEPTH_MAX)
            return error_set(err, ERROR_DATA, "%s: byte %zu: header: nested deeper than %d",
                             f->path, i + 8, DEPTH_MAX);
    }
    if (values > VALUES_MAX)
        return error_set(err, ERROR_DATA, "%s: header: %ld values, at most %d", f->path, values,
                         VALUES_MAX);
    return 0;
}

static int parse_header(StFile *f, const char *text, size_t len, Error *err)
{
    json_error_t why;
    if (text[0] != '{')
        return error_set(err, ERROR_DATA, "%s: byte 8: header: does not start with '{'",
                         f->path);
    if (scan_header(f, text, len, err) != 0) return -1;
    f->header = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
    if (!f->header)
        return error_set(err, ERROR_DATA, "%s: byte %d: header: %s", f->path, why.position + 8,
                         why.text);
    return 0;
}

static int read_header(StFile *f, Error *err)
{
    uint64_t len;
    if (f->size < 8)
        return error_set(err, ERROR_DATA, "%s: %lu bytes: too short for safetensors", f->path,
                         f->size);
    if (read_at(f, 0, &len, 8, err) != 0) return -1;
    if (len > HEADER_MAX || len < 2)
        return error_set(err, ERROR_DATA,
                         "%s: byte 0: header of %lu bytes: expected 2 to %d (not safetensors?)",
                         f->path, len, HEADER_MAX);
    if (len > f->size - 8)
        return error_set(err, ERROR_DATA,
                         "%s: byte 0: header of %lu bytes: the file ends after %lu", f->path,
                         len, f->size - 8);
    char *text = mem_alloc(len);
    int status = read_at(f, 8, text, len, err);
    if (status == 0) status = parse_header(f, text, len, err);
    mem_free(text);
    f->data = 8 + len;
    return status;
}

static int bad_entry(const StFile *f, const char *name, Error *err, const char *why)
{
    return error_set(err, ERROR_DATA, "%s: tensor '%.200s': %s", f->path, name, why);
}

/* Returns a non-negative integer, or -1. */
static int64_t size_of(const json_t *value)
{
    return json_is_integer(value) && json_integer_value(value) >= 0 ? json_integer_value(value)
                                                                    : -1;
}

static int read_shape(const StFile *f, StEntry *e, const json_t *shape, Error *err)
{
    if (!json_is_array(shape)) return bad_entry(f, e->name, err, "shape: not an array");
    if (json_array_size(shape) > AXES_MAX)
        return bad_entry(f, e->name, err, "shape: more than 8 axes");
    e->ndim = (int)json_array_size(shape);
    e->len = 1;
    bool overflow = false;
    for (int i = 0; i < e->ndim; i++) {
        e->shape[i] = size_of(json_array_get(shape, (size_t)i));
        if (e->shape[i] < 0) return bad_entry(f, e->name, err, "shape: not whole numbers >= 0");
        overflow |= __builtin_mul_overflow(e->len, e->shape[i], &e->len);
    }
    return overflow ? bad_entry(f, e->name, err, "shape: the product overflows") : 0;
}

static int read_range(const StFile *f, StEntry *e, const json_t *range, Error *err)
{
    int64_t begin = size_of(json_array_get(range, 0)), end = size_of(json_array_get(range, 1));
    if (!json_is_array(range) || json_array_size(range) != 2 || begin < 0 || end < begin)
        return bad_entry(f, e->name, err,
                         "data_offsets: expected [begin, end], 0 <= begin <= end");
    if ((uint64_t)end > f->size - f->data)
        return error_set(
            err, ERROR_DATA,
            "%s: tensor '%.200s': data_offsets: ends at byte %ld of the data, which has %lu",
            f->path, e->name, end, f->size - f->data);
    e->begin = f->data + (uint64_t)begin;
    e->end = f->data + (uint64_t)end;
    return 0;
}

static int read_entry(const StFile *f, StEntry *e, const json_t *value, Error *err)
{
    if (!*e->name) return bad_entry(f, e->name, err, "empty name");
    if (!json_is_object(value)) return bad_entry(f, e->name, err, "not an object");
    const char *dtype = json_string_value(json_object_get(value, "dtype"));
    if (!dtype) return bad_entry(f, e->name, err, "dtype: missing or not a string");
    snprintf(e->dtype, sizeof e->dtype, "%s", dtype);
    if (read_shape(f, e, json_object_get(value, "shape"), err) != 0) return -1;
    if (read_range(f, e, json_object_get(value, "data_offsets"), err) != 0) return -1;
    const Dtype *d = dtype_find(e->dtype);
    if (!d && (uint64_t)e->len / 8 > e->end - e->begin) /* less than a bit per element */
        return bad_entry(f, e->name, err, "shape: more elements than data_offsets has bits");
    if (!d) return 0; /* a type that cannot be read */
    int64_t bytes;
    if (__builtin_mul_overflow(e->len, d->bytes, &bytes) ||
        (uint64_t)bytes != e->end - e->begin)
        return error_set(
            err, ERROR_DATA,
            "%s: tensor '%.200s': %ld elements of %s do not fill the %lu bytes of data_offsets",
            f->path, e->name, e->len, d->name, e->end - e->begin);
    return 0;
}

static int read_metadata(const StFile *f, json_t *value, Error *err)
{
    const char *key;
    json_t *text;
    if (!json_is_object(value))
        return error_set(err, ERROR_DATA, "%s: __metadata__: not an object", f->path);
    json_object_foreach(value, key, text) if (!json_is_string(text)) return error_set(
        err, ERROR_DATA, "%s: __metadata__: '%.200s': not a string", f->path, key);
    return 0;
}

static int read_entries(StFile *f, Error *err)
{
    const char *key;
    json_t *value;
    f->entry = mem_calloc(json_object_size(f->header) + 1, sizeof *f->entry);
    json_object_foreach(f->header, key, value)
    {
        if (strcmp(key, "__metadata__") == 0) {
            if (read_metadata(f, value, err) != 0) return -1;
            continue;
        }
        StEntry *e = &f->entry[f->count++];
        e->name = mem_strdup(key);
        if (read_entry(f, e, value, err) != 0) return -1;
    }
    return 0;
}

static int by_range(const void *a, const void *b)
{
    const StEntry *x = a, *y = b;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    if (x->end != y->end) return x->end < y->end ? -1 : 1;
    return strcmp(x->name, y->name);
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(StEntry *const *)a)->name, (*(StEntry *const *)b)->name);
}

static int has_name(const void *name, const void *entry)
{
    return strcmp(name, (*(StEntry *const *)entry)->name);
}

/* Checks that the ranges are adjacent from the first byte of the data to the last. */
static int check_tiling(const StFile *f, Error *err)
{
    uint64_t at = f->data;
    for (int64_t i = 0; i < f->count; i++) {
        const StEntry *e = &f->entry[i];
        if (e->begin != at)
            return error_set(err, ERROR_DATA, "%s: byte %lu: tensor '%.200s': %s", f->path,
                             e->begin, e->name,
                             e->begin < at ? "overlaps the tensor before it"
                                           : "leaves a hole after the tensor before it");
        at = e->end;
    }
    if (at != f->size)
        return error_set(err, ERROR_DATA, "%s: byte %lu: %lu bytes after the last tensor",
                         f->path, at, f->size - at);
    return 0;
}

static void sort_entries(StFile *f)
{
    size_t n = (size_t)f->count;
    f->sorted = mem_calloc(n + 1, sizeof *f->sorted);
    qsort(f->entry, n, sizeof *f->entry, by_range);
    for (size_t i = 0; i < n; i++) f->sorted[i] = &f->entry[i];
    qsort(f->sorted, n, sizeof *f->sorted, by_name);
}

static int open_regular(StFile *f, Error *err)
{
    int64_t bytes = 0;
    f->fd = file_open_regular(f->path, &bytes, err);
    f->size = (uint64_t)bytes;
    return f->fd < 0 ? -1 : 0;
}

int st_open(const char *path, StFile **out, Error *err)
{
    StFile *f = mem_calloc(1, sizeof *f);
    f->path = mem_strdup(path);
    int status = -1;
    if (open_regular(f, err) != 0) goto done;
    if (read_header(f, err) != 0) goto done;
    if (read_entries(f, err) != 0) goto done;
    sort_entries(f);
    status = check_tiling(f, err);
done:
    *out = status == 0 ? f : NULL;
    if (status != 0) st_close(f);
    return status;
}

void st_close(StFile *f)
{
    if (!f) return;
    if (f->fd >= 0) close(f->fd);
    for (int64_t i = 0; i < f->count; i++) mem_free(f->entry[i].name);
    mem_free(f->entry);
    mem_free(f->sorted);
    json_decref(f->header);
    mem_free(f->path);
    mem_free(f);
}

int64_t st_count(const StFile *f) { return f->count; }

const StEntry *st_entry(const StFile *f, int64_t i)
{
    CHECK(i >= 0 && i < f->count, "entry %ld of %ld", i, f->count);
    return &f->entry[i];
}

const StEntry *st_find(const StFile *f, const char *name)
{
    StEntry **found = bsearch(name, f->sorted, (size_t)f->count, sizeof *f->sorted, has_name);
    return found ? *found : NULL;
}

const char *st_metadata(const StFile *f, const char *key)
{
    return json_string_value(json_object_get(json_object_get(f->header, "__metadata__"), key));
}

int st_read_raw(StFile *f, const StEntry *e, void *out, Error *err)
{
    return read_at(f, e->begin, out, e->end - e->begin, err);
}

int st_read_f32(StFile *f, const StEntry *e, float *out, Error *err)
{
    const Dtype *d = dtype_find(e->dtype);
    if (!d || !d->convert)
        return error_set(err, ERROR_DATA, "%s: tensor '%.200s': dtype %s: cannot be read",
                         f->path, e->name, e->dtype);
    if (strcmp(d->name, "F32") == 0) return st_read_raw(f, e, out, err);
    uint8_t *block = mem_alloc(BLOCK);
    const int64_t step = BLOCK / d->bytes;
    int status = 0;
    for (int64_t i = 0; status == 0 && i < e->len; i += step) {
        int64_t n = e->len - i < step ? e->len - i : step;
        uint64_t at = e->begin + (uint64_t)(i * d->bytes);
        status = read_at(f, at, block, (uint64_t)(n * d->bytes), err);
        if (status == 0) d->convert(block, n, out + i);
    }
    mem_free(block);
    return status;
}
