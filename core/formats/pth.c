/* SPDX-License-Identifier: Apache-2.0 */
/* Reading PyTorch's checkpoints: turns the records of the archive and the values of the pickle
 * into named tensors. */
#include "core/formats/pth.h"

#include "core/formats/pth_list.h"
#include "core/formats/zip.h"
#include "core/io/file.h"
#include "core/mem.h"

#include <string.h>

enum {
    BLOCK = 1 << 20, /* bytes gathered and converted at a time */
    PICKLE_MAX = 64 << 20,
};

/* The source of a tensor's numbers: its view, and the record of its storage. */
typedef struct Source {
    const PickleTensor *view;
    const ZipEntry *record;
} Source;

struct PthFile {
    ZipFile *zip;
    char *root; /* folder of all records, "archive" */
    Bytes pickle;
    Pickle *values;
    int64_t count;
    PthEntry *entry;
    Source *source;
    int64_t tensors; /* of the entries */
    char *where;
    bool *checked; /* per record: whether its checksum was compared */
};

/* ---- records ------------------------------------------------------------------------- */

static const ZipEntry *record(const PthFile *f, const char *folder, const char *name)
{
    char *path = mem_format("%s/%s%s", f->root, folder, name);
    const ZipEntry *e = zip_find(f->zip, path);
    mem_free(path);
    return e;
}

static int refuse(const PthFile *f, Error *err, const char *why)
{
    return error_set(err, ERROR_DATA, "%s: %s", zip_path(f->zip), why);
}

static const char old_magic[4] = "\x80\x02\x8a\x0a"; /* a pickle of one ten-byte number */

bool pth_magic(const char head[static 4])
{
    return memcmp(head, "PK\3\4", 4) == 0 || memcmp(head, old_magic, 4) == 0;
}

static int check_format(const char *path, Error *err)
{
    char head[sizeof old_magic];
    if (file_head(path, head, sizeof head, err) != 0) return -1;
    if (memcmp(head, old_magic, sizeof head) != 0) return 0;
    return error_set(err, ERROR_DATA,
                     "%s: written by PyTorch before 1.6: load it with a newer one and save "
                     "it again",
                     path);
}

static int read_small(PthFile *f, const ZipEntry *e, char *out, size_t room, Error *err)
{
    const size_t n = e->size < room - 1 ? (size_t)e->size : room - 1;
    memset(out, 0, room);
    return zip_read(f->zip, e, 0, out, n, err);
}

static int check_order(PthFile *f, Error *err)
{
    char order[16];
    const ZipEntry *e = record(f, "", "byteorder");
    if (!e) return 0; /* older files lack this record and are little-endian */
    if (read_small(f, e, order, sizeof order, err) != 0) return -1;
    return strcmp(order, "little") == 0
               ? 0
               : error_set(err, ERROR_DATA, "%s: byteorder '%s': expected 'little'",
                           zip_path(f->zip), order);
}

static int read_pickle(PthFile *f, Error *err)
{
    const char *path = zip_path(f->zip);
    const char *first = zip_count(f->zip) ? zip_entry(f->zip, 0)->name : "";
    f->root = mem_format("%.*s", (int)strcspn(first, "/"), first);
    const ZipEntry *e = record(f, "", "data.pkl");
    if (!e) return refuse(f, err, "no data.pkl inside: not written by torch.save");
    if (e->size > PICKLE_MAX)
        return error_set(err, ERROR_DATA, "%s: data.pkl: %lu bytes: at most %d", path, e->size,
                         PICKLE_MAX);
    f->pickle = (Bytes){mem_alloc(e->size + 1), (size_t)e->size};
    if (zip_read(f->zip, e, 0, f->pickle.data, e->size, err) != 0) return -1;
    if (zip_verify(f->zip, e, err) != 0) return -1;
    char *name = mem_format("%s: data.pkl", path);
    const int status = pickle_read(name, f->pickle.data, f->pickle.len, &f->values, err);
    mem_free(name);
    return status;
}

/* Checks that every storage that the pickle names is a record of exactly its length. */
static int check_storages(const PthFile *f, Error *err)
{
    for (int64_t i = 0; i < pickle_storages(f->values); i++) {
        const PickleStorage *s = pickle_storage(f->values, i);
        const ZipEntry *e = record(f, "data/", s->key);
        if (!e)
            return error_set(err, ERROR_DATA, "%s: storage '%.100s': no such record",
                             zip_path(f->zip), s->key);
        int64_t bytes;
        if (__builtin_mul_overflow(s->len, s->dtype->bytes, &bytes) ||
            (uint64_t)bytes != e->size)
            return error_set(
                err, ERROR_DATA,
                "%s: storage '%.100s': %ld elements of %s: its record has %lu bytes",
                zip_path(f->zip), s->key, s->len, s->dtype->name, e->size);
    }
    return 0;
}

/* ---- the weights --------------------------------------------------------------------- */

static PthEntry entry_of(const PthItem *item, int64_t source)
{
    char text[PICKLE_NAME_TEXT];
    PthEntry e = {.name = item->name, .source = source};
    if (item->value->kind == PICKLE_OPAQUE) {
        e.opaque = mem_strdup(pickle_name_text(item->value, text));
        return e;
    }
    const PickleTensor *t = item->value->tensor;
    e.dtype = t->storage->dtype->name;
    e.ndim = t->ndim;
    e.len = t->len;
    memcpy(e.shape, t->shape, sizeof t->shape);
    return e;
}

/* Fills the entries; takes the names from the list. */
static int list_weights(PthFile *f, Error *err)
{
    PthList list;
    const int status =
        pth_list_weights(zip_path(f->zip), f->values, zip_bytes(f->zip), &list, err);
    f->entry = mem_calloc((size_t)list.count + 1, sizeof *f->entry);
    f->source = mem_calloc((size_t)list.count + 1, sizeof *f->source);
    for (int64_t i = 0; status == 0 && i < list.count; i++) {
        const PickleValue *v = list.item[i].value;
        f->entry[f->count++] = entry_of(&list.item[i], i);
        list.item[i].name = NULL;
        if (v->kind != PICKLE_TENSOR) continue;
        f->source[i] = (Source){v->tensor, record(f, "data/", v->tensor->storage->key)};
        f->tensors++;
    }
    f->where = list.where;
    list.where = NULL;
    pth_list_free(&list);
    return status;
}

int pth_open(const char *path, PthFile **out, Error *err)
{
    PthFile *f = mem_calloc(1, sizeof *f);
    int status = -1;
    if (check_format(path, err) != 0) goto done;
    if (zip_open(path, &f->zip, err) != 0) goto done;
    f->checked = mem_calloc((size_t)zip_count(f->zip) + 1, sizeof *f->checked);
    if (read_pickle(f, err) != 0) goto done;
    if (check_order(f, err) != 0) goto done;
    if (check_storages(f, err) != 0) goto done;
    status = list_weights(f, err);
done:
    *out = status == 0 ? f : NULL;
    if (status != 0) pth_close(f);
    return status;
}

void pth_close(PthFile *f)
{
    if (!f) return;
    for (int64_t i = 0; i < f->count; i++) {
        mem_free(f->entry[i].name);
        mem_free(f->entry[i].opaque);
    }
    mem_free(f->where);
    mem_free(f->entry);
    mem_free(f->source);
    mem_free(f->checked);
    pickle_free(f->values);
    bytes_free(&f->pickle);
    mem_free(f->root);
    zip_close(f->zip);
    mem_free(f);
}

int64_t pth_count(const PthFile *f) { return f->count; }

const PthEntry *pth_entry(const PthFile *f, int64_t i)
{
    CHECK(i >= 0 && i < f->count, "entry %ld of %ld", i, f->count);
    return &f->entry[i];
}

int64_t pth_others(const PthFile *f)
{
    return pickle_tensors(f->values) > f->tensors ? pickle_tensors(f->values) - f->tensors : 0;
}

const char *pth_where(const PthFile *f) { return f->where; }

/* ---- numbers ------------------------------------------------------------------------- */

static int check_record(PthFile *f, const ZipEntry *e, Error *err)
{
    bool *done = &f->checked[e - zip_entry(f->zip, 0)];
    if (!*done && zip_verify(f->zip, e, err) != 0) return -1;
    *done = true;
    return 0;
}

static bool is_contiguous(const PickleTensor *t)
{
    int64_t step = 1;
    for (int i = t->ndim - 1; i >= 0; step *= t->shape[i--])
        if (t->shape[i] != 1 && t->stride[i] != step) return false;
    return true;
}

/* Walks a view in row-major order. */
typedef struct Walk {
    const PickleTensor *view;
    int64_t index[PICKLE_AXES];
    int64_t at; /* offset of the next element from the view's first */
} Walk;

static void walk_on(Walk *w)
{
    const PickleTensor *t = w->view;
    for (int i = t->ndim - 1; i >= 0; i--) {
        if (++w->index[i] < t->shape[i]) {
            w->at += t->stride[i];
            return;
        }
        w->at -= t->stride[i] * (t->shape[i] - 1);
        w->index[i] = 0;
    }
}

/* Gathers n elements of a view from the section of the storage that it spans. */
static int gather(Walk *w, const uint8_t *stretch, int64_t n, size_t bytes, uint8_t *out)
{
    for (int64_t i = 0; i < n; i++, walk_on(w))
        memcpy(out + (size_t)i * bytes, stretch + (size_t)w->at * bytes, bytes);
    return 0;
}

/* Reads the section of the storage from the view's first to its last element. The caller frees
 * *out, also on failure. */
static int read_stretch(PthFile *f, const Source *s, uint8_t **out, Error *err)
{
    const PickleTensor *t = s->view;
    const int64_t bytes = t->storage->dtype->bytes;
    int64_t n = 1;
    for (int i = 0; i < t->ndim; i++) n += (t->shape[i] - 1) * t->stride[i];
    *out = mem_alloc((size_t)(n * bytes));
    return zip_read(f->zip, s->record, (uint64_t)(t->offset * bytes), *out,
                    (uint64_t)(n * bytes), err);
}

/* Reads the elements block by block: to `out` as stored, or converted to `numbers`. The other
 * one is NULL. */
static int fetch(PthFile *f, const Source *s, uint8_t *out, float *numbers, Error *err)
{
    const PickleTensor *t = s->view;
    const Dtype *d = t->storage->dtype;
    const bool plain = is_contiguous(t);
    const int64_t bytes = d->bytes, step = BLOCK / bytes;
    if (t->len == 0) return 0;
    if (check_record(f, s->record, err) != 0) return -1;
    Walk walk = {.view = t};
    uint8_t *block = mem_alloc(BLOCK), *stretch = NULL;
    int status = plain ? 0 : read_stretch(f, s, &stretch, err);
    for (int64_t i = 0; status == 0 && i < t->len; i += step) {
        const int64_t n = t->len - i < step ? t->len - i : step;
        uint8_t *to = out ? out + i * bytes : block;
        status = plain ? zip_read(f->zip, s->record, (uint64_t)((t->offset + i) * bytes), to,
                                  (uint64_t)(n * bytes), err)
                       : gather(&walk, stretch, n, (size_t)bytes, to);
        if (status == 0 && numbers) d->convert(to, n, numbers + i);
    }
    mem_free(stretch);
    mem_free(block);
    return status;
}

int pth_read_raw(PthFile *f, const PthEntry *e, void *out, Error *err)
{
    CHECK(!e->opaque, "%s: not a tensor", e->name);
    return fetch(f, &f->source[e->source], out, NULL, err);
}

int pth_read_f32(PthFile *f, const PthEntry *e, float *out, Error *err)
{
    if (e->opaque || !dtype_find(e->dtype)->convert)
        return error_set(err, ERROR_DATA, "%s: tensor '%.200s': %s cannot be read",
                         zip_path(f->zip), e->name, e->opaque ? e->opaque : e->dtype);
    if (strcmp(e->dtype, "F32") == 0) return pth_read_raw(f, e, out, err);
    return fetch(f, &f->source[e->source], NULL, out, err);
}

int pth_verify(PthFile *f, bool *all, Error *err)
{
    *all = true;
    for (int64_t i = 0; i < zip_count(f->zip); i++) {
        const ZipEntry *e = zip_entry(f->zip, i);
        *all &= e->crc != 0 || e->size == 0 || e->packed;
        if (check_record(f, e, err) != 0) return -1;
    }
    return 0;
}
