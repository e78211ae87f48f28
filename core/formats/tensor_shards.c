/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of several files. */
#include "core/formats/tensor_shards.h"

#include "core/io/file.h"
#include "core/json/json.h"
#include "core/mem.h"
#include "core/strings/strings.h"

#include <ctype.h>
#include <string.h>

enum { FILES_MAX = 256, INDEX_BYTES_MAX = 64 << 20 };

/* A tensor of the set: entry `at` of a file. */
typedef struct Place {
    int file;
    int64_t at;
} Place;

typedef struct Store {
    int files;
    TensorSet file[FILES_MAX];
    char *name[FILES_MAX];
    Place *place; /* [count] */
} Store;

static int read_entry(void *store, int64_t i, float *out, Error *err)
{
    const Store *s = store;
    const TensorSet *file = &s->file[s->place[i].file];
    return file->read(file->store, s->place[i].at, out, err);
}

static int read_bytes(void *store, int64_t i, void *out, Error *err)
{
    const Store *s = store;
    const TensorSet *file = &s->file[s->place[i].file];
    return file->read_raw(file->store, s->place[i].at, out, err);
}

static void close_store(void *store)
{
    Store *s = store;
    for (int i = 0; i < s->files; i++) {
        tensor_set_close(&s->file[i]);
        mem_free(s->name[i]);
    }
    mem_free(s->place);
    mem_free(s);
}

/* Opens a file of the index, which must stand beside it. */
static int open_file(Store *s, const char *index, const char *name, Error *err)
{
    TensorSet *file = &s->file[s->files];
    if (s->files == FILES_MAX)
        return error_set(err, ERROR_DATA, "%s: more than %d files", index, FILES_MAX);
    if (!*name || strchr(name, '/') || strings_end_in(name, ".json"))
        return error_set(err, ERROR_DATA, "%s: '%.100s': not a file beside the index", index,
                         name);
    const char *slash = strrchr(index, '/');
    char *path = mem_format("%.*s%s", slash ? (int)(slash + 1 - index) : 0, index, name);
    const int status = tensor_set_open(path, file, err);
    mem_free(path);
    if (status == 0) s->name[s->files++] = mem_strdup(name);
    return status;
}

/* The number of a file, which is opened at its first use; -1 on failure. An index lists names
 * in any order, but there are few files. */
static int file_of(Store *s, const char *index, const char *name, Error *err)
{
    for (int i = s->files; i-- > 0;)
        if (strcmp(s->name[i], name) == 0) return i;
    return open_file(s, index, name, err) == 0 ? s->files - 1 : -1;
}

static int add(Store *s, TensorSet *out, const char *name, const char *file_name, Error *err)
{
    if (!file_name)
        return error_set(err, ERROR_DATA, "%s: weight_map: '%.200s': not the name of a file",
                         out->path, name);
    const int file = file_of(s, out->path, file_name, err);
    if (file < 0) return -1;
    const int64_t at = tensor_set_find(&s->file[file], name);
    if (at < 0)
        return error_set(err, ERROR_DATA, "%s: weight_map: '%.200s': not in %.100s", out->path,
                         name, file_name);
    s->place[out->count] = (Place){file, at};
    out->entry[out->count++] = s->file[file].entry[at];
    return 0;
}

static int add_all(Store *s, TensorSet *out, json_t *index, Error *err)
{
    json_t *map = json_object_get(index, "weight_map"), *value;
    const char *name;
    if (json_object_size(map) == 0)
        return error_set(err, ERROR_DATA, "%s: no weight_map: not an index of weights",
                         out->path);
    s->place = mem_calloc(json_object_size(map), sizeof *s->place);
    out->entry = mem_calloc(json_object_size(map), sizeof *out->entry);
    json_object_foreach(
        map, name, value) if (add(s, out, name, json_string_value(value), err) != 0) return -1;
    tensor_set_index(out);
    return 0;
}

int tensor_set_shards(const char *path, TensorSet *out, Error *err)
{
    Store *s = mem_calloc(1, sizeof *s);
    *out = (TensorSet){.path = mem_strdup(path),
                       .store = s,
                       .read = read_entry,
                       .read_raw = read_bytes,
                       .close = close_store};
    json_t *index = json_read(path, INDEX_BYTES_MAX, err);
    const int status = index ? add_all(s, out, index, err) : -1;
    json_decref(index);
    if (status != 0) tensor_set_close(out);
    return status;
}

/* ---- which file -------------------------------------------------------------------------- */

static char *in_folder(const char *folder)
{
    static const char *const names[] = {"model.safetensors",
                                        "model.safetensors.index.json",
                                        "pytorch_model.bin",
                                        "pytorch_model.bin.index.json",
                                        "open_clip_model.safetensors",
                                        "open_clip_model.safetensors.index.json",
                                        "open_clip_pytorch_model.bin",
                                        "open_clip_pytorch_model.bin.index.json",
                                        NULL};
    return file_first_of(folder, names);
}

/* The length of a name before "-00001-of-00002.", or 0 if it has no such part. */
static size_t stem_of(const char *path)
{
    const char *of = NULL;
    for (const char *p = path; (p = strstr(p, "-of-")); p++) of = p;
    if (!of || !isdigit((unsigned char)of[4])) return 0;
    const char *p = of;
    while (p > path && isdigit((unsigned char)p[-1])) p--;
    return p < of && p > path && p[-1] == '-' ? (size_t)(p - 1 - path) : 0;
}

char *tensor_shards_resolve(const char *path)
{
    if (file_is_dir(path)) return in_folder(path);
    const size_t stem = stem_of(path);
    const char *dot = stem ? strchr(path + stem, '.') : NULL;
    if (!dot) return mem_strdup(path);
    char *index = mem_format("%.*s%s.index.json", (int)stem, path, dot);
    if (file_exists(index)) return index;
    mem_free(index);
    return mem_strdup(path);
}
