/* SPDX-License-Identifier: Apache-2.0 */
/* A text encoder that looks up precomputed vectors of any sentence encoder in a safetensors
 * file:
 *   "texts"   U8 [bytes]   n texts in UTF-8, one per line
 *   "vectors" F32 [n, E]   their vectors, scaled to unit length when loaded
 * tests/tools/make_table.py makes such a file. Before texts are compared, every run of white
 * space becomes one space, and white space at both ends is removed. */
#include "model/text/text_encoder_kind.h"

#include "core/formats/safetensors.h"
#include "core/hash_map.h"
#include "core/mem.h"
#include "core/strings/utf8.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

typedef struct Table {
    char *path;
    int64_t count, dim;
    char *storage; /* the texts, each terminated by NUL */
    char **text;   /* [count] */
    HashMap index; /* hash of a text -> its row */
    float *vector; /* [count, dim] unit rows */
} Table;

static void table_close(void *state)
{
    Table *t = state;
    if (!t) return;
    mem_free(t->vector);
    hash_map_free(&t->index);
    mem_free(t->text);
    mem_free(t->storage);
    mem_free(t->path);
    mem_free(t);
}

/* Collapses white space in place. */
static void collapse(char *text)
{
    char *to = text;
    for (const char *p = text; *p;) {
        const size_t space = utf8_space(p);
        if (!space)
            *to++ = *p;
        else if (to > text && to[-1] != ' ')
            *to++ = ' ';
        p += space ? space : 1;
    }
    if (to > text && to[-1] == ' ') to--;
    *to = 0;
}

/* Reads "texts" into storage and counts the lines; the last line may lack its newline. */
static int read_texts(Table *t, StFile *f, Error *err)
{
    const StEntry *e = st_find(f, "texts");
    if (!e || strcmp(e->dtype, "U8") != 0 || e->ndim != 1 || e->len == 0)
        return error_set(err, ERROR_DATA, "%s: \"texts\": missing, or not a list of bytes (U8)",
                         t->path);
    t->storage = mem_alloc((size_t)e->len + 1);
    if (st_read_raw(f, e, t->storage, err) != 0) return -1;
    char *end = t->storage + e->len;
    if (end[-1] == '\n') end--;
    *end = 0;
    if (memchr(t->storage, 0, (size_t)(end - t->storage)))
        return error_set(err, ERROR_DATA, "%s: \"texts\": not text: holds a NUL byte", t->path);
    t->count = 1;
    for (const char *p = t->storage; p < end; p++) t->count += *p == '\n';
    return 0;
}

static void hash_text(const char *text, uint8_t hash[static HASH_BYTES])
{
    hash_of(text, strlen(text), hash);
}

/* Splits storage into texts and fills the index. The first of equal texts is used. */
static void index_texts(Table *t)
{
    t->text = mem_alloc((size_t)t->count * sizeof *t->text);
    t->index = hash_map_new(t->count);
    uint8_t hash[HASH_BYTES];
    char *p = t->storage;
    for (int64_t i = 0; i < t->count; i++) {
        char *stop = strchr(p, '\n');
        if (stop) *stop = 0;
        t->text[i] = p;
        p = stop ? stop + 1 : p;
        collapse(t->text[i]);
        hash_text(t->text[i], hash);
        hash_map_add(&t->index, hash, i);
    }
}

static int normalize(Table *t, Error *err)
{
    for (int64_t i = 0; i < t->count; i++) {
        float *row = t->vector + i * t->dim;
        double squares = 0;
        for (int64_t c = 0; c < t->dim; c++) squares += (double)row[c] * (double)row[c];
        if (!(squares > 0) || isinf(squares))
            return error_set(err, ERROR_DATA, "%s: \"%s\": its vector is zero or not finite",
                             t->path, t->text[i]);
        const double length = sqrt(squares);
        for (int64_t c = 0; c < t->dim; c++) row[c] = (float)((double)row[c] / length);
    }
    return 0;
}

static int read_vectors(Table *t, StFile *f, Error *err)
{
    const StEntry *e = st_find(f, "vectors");
    if (!e || e->ndim != 2 || e->shape[1] == 0)
        return error_set(err, ERROR_DATA, "%s: \"vectors\": missing, or not [texts, width]",
                         t->path);
    if (e->shape[0] != t->count)
        return error_set(err, ERROR_DATA, "%s: \"vectors\": %ld rows for %ld texts", t->path,
                         e->shape[0], t->count);
    t->dim = e->shape[1];
    t->vector = mem_alloc((size_t)e->len * sizeof *t->vector);
    if (st_read_f32(f, e, t->vector, err) != 0) return -1;
    return normalize(t, err);
}

static int load(Table *t, int64_t dim, Error *err)
{
    StFile *f = NULL;
    int status = -1;
    if (st_open(t->path, &f, err) != 0) goto done;
    if (read_texts(t, f, err) != 0) goto done;
    index_texts(t);
    if (read_vectors(t, f, err) != 0) goto done;
    if (dim != 0 && dim != t->dim) {
        error_set(err, ERROR_DATA, "%s: vectors of width %ld, expected %ld", t->path, t->dim,
                  dim);
        goto done;
    }
    status = 0;
done:
    st_close(f);
    return status;
}

static int table_open(const TextEncoderConfig *config, int64_t *dim, void **state, Error *err)
{
    const char *source = config->table;
    if (!source || !*source)
        return error_set(err, ERROR_USAGE,
                         "text_table: not set: name a file of texts and vectors; "
                         "tests/tools/make_table.py makes one");
    Table *t = mem_calloc(1, sizeof *t);
    t->path = mem_strdup(source);
    if (load(t, *dim, err) != 0) {
        table_close(t);
        return -1;
    }
    *dim = t->dim;
    *state = t;
    return 0;
}

/* Hashes the texts in the form in which they are compared and the vectors as returned by
 * encode. */
static void table_fingerprint(const void *state, Hash *h)
{
    const Table *t = state;
    hash_add(h, &t->dim, sizeof t->dim);
    for (int64_t i = 0; i < t->count; i++) hash_add_text(h, t->text[i]);
    hash_add(h, t->vector, (size_t)(t->count * t->dim) * sizeof *t->vector);
}

static int64_t find_text(const Table *t, const char *text)
{
    uint8_t hash[HASH_BYTES];
    char *plain = mem_strdup(text);
    collapse(plain);
    hash_text(plain, hash);
    mem_free(plain);
    return hash_map_get(&t->index, hash);
}

static int table_encode(const void *state, const char *const *text, int64_t n, float *out,
                        Error *err)
{
    const Table *t = state;
    for (int64_t i = 0; i < n; i++) {
        int64_t row = find_text(t, text[i]);
        if (row < 0)
            return error_set(err, ERROR_DATA,
                             "%s: no vector for the text \"%.200s\": rebuild the table with "
                             "tests/tools/make_table.py --text FILE, where FILE contains it",
                             t->path, text[i]);
        memcpy(out + i * t->dim, t->vector + row * t->dim, (size_t)t->dim * sizeof *out);
    }
    return 0;
}

const TextEncoderKind text_table_kind = {
    "table", false, table_open, table_close, table_fingerprint, table_encode};
