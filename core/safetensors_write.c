/* Writing safetensors: the header lists the tensors in the order given, their data follows. */
#define _XOPEN_SOURCE 700
#include "core/safetensors.h"

#include "core/file.h"
#include "core/mem.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { AXES_MAX = 8 };

static uint64_t write_bytes(const StWrite *t)
{
    uint64_t n = sizeof(float);
    CHECK(t->ndim >= 0 && t->ndim <= AXES_MAX, "%s: %d axes", t->name, t->ndim);
    for (int i = 0; i < t->ndim; i++) n *= (uint64_t)t->shape[i];
    return n;
}

static json_t *describe(const StWrite *t, uint64_t begin)
{
    json_t *entry = json_object(), *shape = json_array(), *range = json_array();
    for (int i = 0; i < t->ndim; i++) json_array_append_new(shape, json_integer(t->shape[i]));
    json_array_append_new(range, json_integer((json_int_t)begin));
    json_array_append_new(range, json_integer((json_int_t)(begin + write_bytes(t))));
    json_object_set_new(entry, "dtype", json_string("F32"));
    json_object_set_new(entry, "shape", shape);
    json_object_set_new(entry, "data_offsets", range);
    return entry;
}

/* The header text, padded with spaces so that the data starts at a multiple of 8. Owned. */
static char *header_text(const char *path, const StWrite *tensor, int64_t count, Error *err)
{
    json_t *header = json_object(), *metadata = json_object();
    char *text = NULL;
    uint64_t at = 0;
    json_object_set_new(metadata, "format", json_string("pt")); /* other readers ask for it */
    json_object_set_new(header, "__metadata__", metadata);
    for (int64_t i = 0; i < count; at += write_bytes(&tensor[i]), i++) {
        if (json_object_get(header, tensor[i].name)) {
            error_set(err, EXIT_DATA, "%s: tensor '%s': twice", path, tensor[i].name);
            goto done;
        }
        if (json_object_set_new(header, tensor[i].name, describe(&tensor[i], at)) != 0) {
            error_set(err, EXIT_DATA, "%s: tensor '%s': not UTF-8", path, tensor[i].name);
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

static bool write_all(const char *temp, const char *header, const StWrite *tensor,
                      int64_t count)
{
    uint64_t len = strlen(header);
    FILE *file = fopen(temp, "wb");
    if (!file) return false;
    bool good = fwrite(&len, 8, 1, file) == 1 && fwrite(header, len, 1, file) == 1;
    for (int64_t i = 0; good && i < count; i++) {
        size_t bytes = write_bytes(&tensor[i]);
        good = fwrite(tensor[i].data, 1, bytes, file) == bytes;
    }
    return (fclose(file) == 0) & good;
}

int st_write(const char *path, const StWrite *tensor, int64_t count, Error *err)
{
    char *header = header_text(path, tensor, count, err);
    if (!header) return -1;
    char *temp = mem_format("%s.tmp.%ld", path, (long)getpid());
    int status = -1;
    if (write_all(temp, header, tensor, count)) {
        status = file_commit(temp, path, err);
    } else {
        error_set(err, EXIT_RUNTIME, "%s: cannot write: %s", path, strerror(errno));
        unlink(temp);
    }
    mem_free(temp);
    mem_free(header);
    return status;
}
