/* SPDX-License-Identifier: Apache-2.0 */
/* Strict reading of stored fixtures. */
#include "tests/reference/fixture.h"

#include "core/io/file.h"
#include "core/mem.h"

#include <stdio.h>
#include <string.h>

static void open_json(Fixture *f, const char *path)
{
    json_error_t why;
    f->json = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
    if (!f->json)
        error_set(&f->err, ERROR_DATA, "%s: line %d: %s", path, why.line, why.text);
    else if (!json_is_object(f->json))
        error_set(&f->err, ERROR_DATA, "%s: not a JSON object", path);
}

Fixture fixture_open(const char *path)
{
    Fixture f = {0};
    const char *ending = strrchr(path, '.');
    CHECK(ending, "%s has no ending", path);
    if (strcmp(ending, ".json") == 0) open_json(&f, path);
    char *tensors = mem_format("%.*s.safetensors", (int)(ending - path), path);
    if (f.err.code == 0 && file_exists(tensors)) st_open(tensors, &f.tensors, &f.err);
    mem_free(tensors);
    return f;
}

void fixture_close(Fixture *f)
{
    json_decref(f->json);
    st_close(f->tensors);
    *f = (Fixture){0};
}

static const json_t *field(Fixture *f, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (!value) error_set(&f->err, ERROR_DATA, "\"%s\" is missing", key);
    return value;
}

const json_t *fixture_object(Fixture *f, const json_t *object, const char *key)
{
    const json_t *value = field(f, object, key);
    if (value && !json_is_object(value))
        error_set(&f->err, ERROR_DATA, "\"%s\" is not an object", key);
    return value;
}

int64_t fixture_int(Fixture *f, const json_t *object, const char *key)
{
    const json_t *value = field(f, object, key);
    if (value && !json_is_integer(value))
        error_set(&f->err, ERROR_DATA, "\"%s\" is not an integer", key);
    return json_integer_value(value);
}

double fixture_number(Fixture *f, const json_t *object, const char *key)
{
    const json_t *value = field(f, object, key);
    if (value && !json_is_number(value))
        error_set(&f->err, ERROR_DATA, "\"%s\" is not a number", key);
    return json_number_value(value);
}

const char *fixture_text(Fixture *f, const json_t *object, const char *key)
{
    const json_t *value = field(f, object, key);
    if (value && !json_is_string(value))
        error_set(&f->err, ERROR_DATA, "\"%s\" is not a text", key);
    return json_is_string(value) ? json_string_value(value) : "";
}

void fixture_numbers(Fixture *f, const json_t *object, const char *key, int64_t n, double *out)
{
    const json_t *list = field(f, object, key);
    if (list && (!json_is_array(list) || (int64_t)json_array_size(list) != n))
        error_set(&f->err, ERROR_DATA, "\"%s\" is not a list of %ld", key, n);
    for (int64_t i = 0; i < n; i++) {
        const json_t *value = json_array_get(list, (size_t)i);
        out[i] = json_number_value(value);
        if (!json_is_number(value))
            error_set(&f->err, ERROR_DATA, "\"%s\": element %ld is not a number", key, i);
    }
}

void fixture_ints(Fixture *f, const json_t *object, const char *key, int64_t n, int64_t *out)
{
    double value[16] = {0};
    CHECK(n <= 16, "%ld integers", n);
    fixture_numbers(f, object, key, n, value);
    for (int64_t i = 0; i < n; i++) {
        out[i] = (int64_t)value[i];
        if ((double)out[i] != value[i])
            error_set(&f->err, ERROR_DATA, "\"%s\": element %ld is not an integer", key, i);
    }
}

static void shape_text(int ndim, const int64_t *shape, char *out, size_t size)
{
    size_t at = (size_t)snprintf(out, size, "[");
    for (int i = 0; i < ndim && at < size - 24; i++)
        at += (size_t)snprintf(out + at, size - at, "%s%ld", i ? ", " : "", shape[i]);
    snprintf(out + at, size - at, "]");
}

static int check_shape(Fixture *f, const StEntry *e, int ndim, const int64_t *shape)
{
    if (e->ndim == ndim && memcmp(e->shape, shape, (size_t)ndim * sizeof *shape) == 0) return 0;
    char got[256], want[256];
    shape_text(e->ndim, e->shape, got, sizeof got);
    shape_text(ndim, shape, want, sizeof want);
    return error_set(&f->err, ERROR_DATA, "%s: shape %s, expected %s", e->name, got, want);
}

float *fixture_tensor(Fixture *f, const char *name, int ndim, const int64_t *shape)
{
    int64_t len = 1;
    for (int i = 0; i < ndim; i++) len *= shape[i];
    float *out = mem_calloc((size_t)len, sizeof *out);
    const StEntry *e = f->tensors ? st_find(f->tensors, name) : NULL;
    if (!e)
        error_set(&f->err, ERROR_DATA, "tensor %s is missing", name);
    else if (check_shape(f, e, ndim, shape) == 0)
        st_read_f32(f->tensors, e, out, &f->err);
    return out;
}
