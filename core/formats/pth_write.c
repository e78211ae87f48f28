/* SPDX-License-Identifier: Apache-2.0 */
/* Writing PyTorch's checkpoints: the pickle that torch.save would write for {"model": {name:
 * tensor}}, with protocol 2, and one record per tensor. */
#include "core/formats/pth.h"

#include "core/formats/zip.h"
#include "core/io/text.h"
#include "core/mem.h"
#include "core/strings/strings.h"
#include "core/strings/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AXES_MAX = 8 };

struct PthWriter {
    ZipWriter *zip;
    int64_t count, next;
    int64_t *len; /* elements of each tensor */
};

/* ---- the pickle ---------------------------------------------------------------------- */

typedef struct Code {
    uint8_t *byte;
    size_t len, room;
} Code;

static void put(Code *c, const void *bytes, size_t n)
{
    if (c->room - c->len < n) {
        c->room = 2 * c->room + n + 4096;
        c->byte = mem_realloc(c->byte, c->room);
    }
    memcpy(c->byte + c->len, bytes, n);
    c->len += n;
}

static void put_code(Code *c, const char *opcodes) { put(c, opcodes, strlen(opcodes)); }

static void put_number(Code *c, uint64_t x, int bytes)
{
    uint8_t b[8];
    for (int i = 0; i < bytes; i++) b[i] = (uint8_t)(x >> 8 * i);
    put(c, b, (size_t)bytes);
}

static void put_text(Code *c, const char *text)
{
    put_code(c, "X"); /* BINUNICODE */
    put_number(c, strlen(text), 4);
    put_code(c, text);
}

/* Writes BININT for numbers of up to 31 bits, otherwise LONG1 of eight bytes. */
static void put_int(Code *c, int64_t x)
{
    const bool small = x <= INT32_MAX;
    put_code(c, small ? "J" : "\x8a\x08");
    put_number(c, (uint64_t)x, small ? 4 : 8);
}

static void put_tuple(Code *c, int n, const int64_t *x)
{
    put_code(c, "("); /* MARK ... TUPLE */
    for (int i = 0; i < n; i++) put_int(c, x[i]);
    put_code(c, "t");
}

/* Each name is written once and stored in the memo under these numbers, in the order of first
 * use. */
enum { KEPT_REBUILD, KEPT_TYPE, KEPT_DICT };

/* Writes name number `kept`: GLOBAL and BINPUT in the first tensor, BINGET in the others. */
static void put_name(Code *c, bool first, int kept, const char *global)
{
    if (first) put_code(c, global);
    put_code(c, first ? "q" : "h");
    put_number(c, (uint64_t)kept, 1);
}

static int64_t elements(const StWrite *t)
{
    int64_t n = 1;
    for (int i = 0; i < t->ndim; i++) n *= t->shape[i];
    return n;
}

/* Writes one item, name: _rebuild_tensor_v2(storage, 0, shape, strides, False, OrderedDict()),
 * where storage is the persistent id ("storage", FloatStorage, key, "cpu", elements). */
static void put_tensor(Code *c, const StWrite *t, int64_t key)
{
    int64_t stride[AXES_MAX], step = 1;
    char text[24];
    for (int i = t->ndim - 1; i >= 0; step *= t->shape[i] > 1 ? t->shape[i] : 1, i--)
        stride[i] = step;
    snprintf(text, sizeof text, "%ld", key);
    put_text(c, t->name);
    put_name(c, key == 0, KEPT_REBUILD, "ctorch._utils\n_rebuild_tensor_v2\n");
    put_code(c, "(("); /* MARK MARK */
    put_text(c, "storage");
    put_name(c, key == 0, KEPT_TYPE, "ctorch\nFloatStorage\n");
    put_text(c, text);
    put_text(c, "cpu");
    put_int(c, elements(t));
    put_code(c, "tQ"); /* TUPLE BINPERSID */
    put_int(c, 0);
    put_tuple(c, t->ndim, t->shape);
    put_tuple(c, t->ndim, stride);
    put_code(c, "\x89"); /* NEWFALSE */
    put_name(c, key == 0, KEPT_DICT, "ccollections\nOrderedDict\n");
    put_code(c, ")R");  /* EMPTY_TUPLE REDUCE: no hooks */
    put_code(c, "tRs"); /* TUPLE REDUCE SETITEM */
}

static int put_pickle(PthWriter *w, const StWrite *tensor, Error *err)
{
    Code c = {0};
    put_code(&c, "\x80\x02}"); /* PROTO 2 EMPTY_DICT */
    put_text(&c, "model");
    put_code(&c, "}");
    for (int64_t i = 0; i < w->count; i++) put_tensor(&c, &tensor[i], i);
    put_code(&c, "s."); /* SETITEM STOP */
    const int status = zip_put(w->zip, "archive/data.pkl", c.byte, c.len, err);
    mem_free(c.byte);
    return status;
}

/* ---- the file ------------------------------------------------------------------------ */

/* Checks that names are unique and valid UTF-8. */
static int check_names(const char *path, const StWrite *tensor, int64_t count, Error *err)
{
    const char **name = mem_calloc((size_t)count + 1, sizeof *name);
    int status = 0;
    for (int64_t i = 0; i < count; i++) {
        name[i] = tensor[i].name;
        if (status == 0 && !utf8_valid(name[i]))
            status =
                error_set(err, ERROR_DATA, "%s: tensor '%.200s': not UTF-8", path, name[i]);
    }
    qsort(name, (size_t)count, sizeof *name, strings_compare);
    for (int64_t i = 1; status == 0 && i < count; i++)
        if (strcmp(name[i - 1], name[i]) == 0)
            status = error_set(err, ERROR_DATA, "%s: tensor '%.200s': duplicate name", path,
                               name[i]);
    mem_free(name);
    return status;
}

static void writer_free(PthWriter *w)
{
    mem_free(w->len);
    mem_free(w);
}

int pth_create(const char *path, const StWrite *tensor, int64_t count, PthWriter **out,
               Error *err)
{
    *out = NULL;
    if (check_names(path, tensor, count, err) != 0) return -1;
    ZipWriter *zip = NULL;
    if (zip_create(path, &zip, err) != 0) return -1;
    PthWriter *w = *out = mem_calloc(1, sizeof *w);
    w->zip = zip;
    w->count = count;
    w->len = mem_calloc((size_t)count + 1, sizeof *w->len);
    for (int64_t i = 0; i < count; i++) {
        CHECK(tensor[i].ndim >= 0 && tensor[i].ndim <= AXES_MAX, "%s: %d axes", tensor[i].name,
              tensor[i].ndim);
        w->len[i] = elements(&tensor[i]);
    }
    int status = put_pickle(w, tensor, err);
    if (status == 0) status = zip_put(w->zip, "archive/byteorder", "little", 6, err);
    if (status == 0) return 0;
    pth_abandon(w);
    *out = NULL;
    return -1;
}

int pth_put(PthWriter *w, const float *data, Error *err)
{
    CHECK(w->next < w->count, "more than %ld tensors", w->count);
    char *name = mem_format("archive/data/%ld", w->next);
    const uint64_t bytes = (uint64_t)w->len[w->next++] * sizeof *data;
    const int status = zip_put(w->zip, name, data, bytes, err);
    mem_free(name);
    return status;
}

int pth_commit(PthWriter *w, Error *err)
{
    CHECK(w->next == w->count, "%ld of %ld tensors", w->next, w->count);
    zip_put(w->zip, "archive/version", "3\n", 2, err);
    const int status = zip_commit(w->zip, err); /* reports the first failure */
    writer_free(w);
    return status;
}

void pth_abandon(PthWriter *w)
{
    if (!w) return;
    zip_abandon(w->zip);
    writer_free(w);
}
