/* SPDX-License-Identifier: Apache-2.0 */
/* Tags, their vectors and the origin of the vectors as one value. */
#include "model/labels/labels.h"

#include "core/formats/tensor_set.h"
#include "core/io/content.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/strings/strings.h"

#include <string.h>

void labels_free(Labels *l)
{
    if (l->tags.name) tags_free(&l->tags);
    label_bank_free(l->bank);
    *l = (Labels){0};
}

void labels_take(Labels *to, Labels *from)
{
    labels_free(to);
    *to = *from;
    *from = (Labels){0};
}

/* ---- agreement ----------------------------------------------------------------------- */

/* Checks that the bank has vectors for every tag. */
static int check_count(const char *path, const Labels *l, Error *err)
{
    if (l->bank->tags == l->tags.count) return 0;
    return error_set(err, ERROR_CHECKPOINT, "%s: %ld tag%s, but vectors for %ld", path,
                     l->tags.count, strings_s(l->tags.count), l->bank->tags);
}

static bool same_vectors(const LabelBank *a, const LabelBank *b)
{
    if (a->tags != b->tags || a->dim != b->dim) return false;
    const size_t offsets = (size_t)(a->tags + 1) * sizeof *a->offset;
    if (memcmp(a->offset, b->offset, offsets) != 0) return false;
    return !a->half == !b->half &&
           memcmp(label_bank_data(a), label_bank_data(b), label_bank_bytes(a)) == 0;
}

int labels_same(const char *path, const Labels *have, const Labels *want, Error *err)
{
    if (tags_difference(&have->tags, &want->tags) >= 0)
        return error_set(err, ERROR_CHECKPOINT, "%s: its tags differ from those of model.tags",
                         path);
    if (same_vectors(have->bank, want->bank)) return 0;
    if (!have->bank->half != !want->bank->half)
        return error_set(err, ERROR_CHECKPOINT, "%s: its label bank is in %s, not in %s", path,
                         label_bank_dtype(have->bank), label_bank_dtype(want->bank));
    return error_set(err, ERROR_CHECKPOINT,
                     "%s: its label bank differs: the descriptions or the text encoder changed",
                     path);
}

/* ---- joining ------------------------------------------------------------------------- */

/* Fills pick [more->count] with the indices of the tags that `have` lacks, each name once.
 * Returns their number. */
static int64_t pick_new(const TagList *have, const TagList *more, const char *path,
                        int64_t *pick)
{
    int64_t n = 0, known = -1;
    for (int64_t k = 0; k < more->count; k++) {
        if (tags_find(have, more->name[k]) < 0 && tags_find(more, more->name[k]) == k)
            pick[n++] = k;
        else if (known < 0)
            known = k;
    }
    if (known >= 0)
        log_warn("%s: %ld of %ld tags are already in the list and skipped, such as '%.80s'",
                 path, (more->count - n), more->count, more->name[known]);
    return n;
}

int labels_append(Labels *l, const Labels *more, const char *path, Error *err)
{
    int64_t *pick = mem_alloc((size_t)more->tags.count * sizeof *pick);
    const int64_t K = l->tags.count, n = pick_new(&l->tags, &more->tags, path, pick);
    char **name = mem_alloc((size_t)(K + n) * sizeof *name);
    memcpy(name, l->tags.line, (size_t)K * sizeof *name);
    for (int64_t i = 0; i < n; i++) name[K + i] = more->tags.line[pick[i]];
    Labels all = {.tags = tags_new(name, K + n),
                  .bank = label_bank_join(l->bank, more->bank, pick, n),
                  .identity = l->identity};
    int status = label_bank_check(l->bank, err);
    if (status == 0) status = label_bank_check(more->bank, err);
    labels_take(l, &all);
    mem_free(name);
    mem_free(pick);
    return status;
}

/* ---- HDF5 ---------------------------------------------------------------------------- */

static int put_text(H5Writer *w, const char *name, const char *text, Error *err)
{
    return *text ? h5_put_text(w, name, text, err) : 0;
}

int labels_put_identity(H5Writer *w, const BankIdentity *i, Error *err)
{
    if (put_text(w, "info/encoder", i->encoder, err) != 0) return -1;
    if (put_text(w, "info/fingerprint", i->fingerprint, err) != 0) return -1;
    return put_text(w, "info/texts", i->texts, err);
}

int labels_put(H5Writer *w, const Labels *l, Error *err)
{
    const LabelBank *b = l->bank;
    const int64_t offsets = b->tags + 1, shape[] = {b->offset[b->tags], b->dim};
    char *text = tags_join(&l->tags);
    const int status = h5_put_text(w, "tags", text, err);
    mem_free(text);
    if (status != 0) return -1;
    if (h5_put(w, "label_embed", b->half ? H5_BF16 : H5_F32, 2, shape, label_bank_data(b),
               err) != 0)
        return -1;
    if (h5_put(w, "label/offset", H5_I64, 1, &offsets, b->offset, err) != 0) return -1;
    return labels_put_identity(w, &l->identity, err);
}

static int read_tags(H5File *f, const char *path, TagList *out, Error *err)
{
    char *text = NULL;
    if (h5_read_text(f, "tags", &text, err) != 0) return -1;
    const int status = tags_parse("tags", text, out, err);
    mem_free(text);
    return status == 0 ? 0 : error_prefix(err, "%s", path);
}

static int read_offset(H5File *f, const char *path, const H5Entry *offset, int64_t rows,
                       int64_t *at, Error *err)
{
    const int64_t tags = offset->len - 1;
    if (h5_read(f, offset, at, err) != 0) return -1;
    bool rising = at[0] == 0 && at[tags] == rows;
    for (int64_t k = 0; rising && k < tags; k++) rising = at[k] < at[k + 1];
    if (rising) return 0;
    return error_set(err, ERROR_CHECKPOINT, "%s: label/offset does not fit label_embed", path);
}

/* Reads the rows into memory, or maps them. */
static int read_rows(H5File *f, const char *path, bool map, const H5Entry *rows, int64_t tags,
                     const int64_t *offset, LabelBank **out, Error *err)
{
    const bool half = rows->type == H5_BF16;
    FileMap *pages = NULL;
    if (map && h5_map(rows, &pages, err) != 0) return -1;
    if (pages) {
        *out = label_bank_new_mapped(tags, offset, rows->shape[1], pages, half);
        return 0;
    }
    if (map)
        log_info(
            "%s: its label bank is read into memory, not mapped: it begins at an odd byte; "
            "`embed` and `convert` write files that can be mapped",
            path);
    *out = (half ? label_bank_new_halves : label_bank_new)(tags, offset, rows->shape[1]);
    return h5_read(f, rows, (void *)(uintptr_t)label_bank_data(*out), err);
}

static int read_bank(H5File *f, const char *path, bool map, LabelBank **out, Error *err)
{
    const H5Entry *rows = h5_find(f, "label_embed"), *offset = h5_find(f, "label/offset");
    if (!rows || !offset || rows->ndim != 2 || rows->shape[1] < 1 ||
        (rows->type != H5_F32 && rows->type != H5_BF16) || offset->ndim != 1 ||
        offset->type != H5_I64 || offset->len < 2)
        return error_set(err, ERROR_CHECKPOINT, "%s: contains no label bank", path);
    int64_t *at = mem_alloc((size_t)offset->len * sizeof *at);
    int status = read_offset(f, path, offset, rows->shape[0], at, err);
    if (status == 0) status = read_rows(f, path, map, rows, offset->len - 1, at, out, err);
    mem_free(at);
    return status;
}

/* Reads a short text into out [size]; empty if the file has no such entry. */
static int read_text(H5File *f, const char *path, const char *name, size_t size, char *out,
                     Error *err)
{
    char *text = NULL;
    *out = 0;
    if (!h5_find(f, name)) return 0;
    if (h5_read_text(f, name, &text, err) != 0) return -1;
    const bool fits = strlen(text) < size;
    if (fits) strcpy(out, text);
    mem_free(text);
    return fits ? 0 : error_set(err, ERROR_CHECKPOINT, "%s: %s: too long", path, name);
}

int labels_read_identity(H5File *f, const char *path, BankIdentity *out, Error *err)
{
    if (read_text(f, path, "info/encoder", sizeof out->encoder, out->encoder, err) != 0)
        return -1;
    if (read_text(f, path, "info/fingerprint", HASH_HEX, out->fingerprint, err) != 0) return -1;
    return read_text(f, path, "info/texts", HASH_HEX, out->texts, err);
}

int labels_check_finite(const char *path, const LabelBank *bank, Error *err)
{
    const TensorEntry rows = {.name = "label_embed", .len = label_bank_numbers(bank)};
    return tensor_set_check_count(path, &rows, label_bank_not_finite(bank), err);
}

static int read_all(H5File *f, const char *path, bool map, Labels *out, Error *err)
{
    if (read_tags(f, path, &out->tags, err) != 0) return -1;
    if (read_bank(f, path, map, &out->bank, err) != 0) return -1;
    if (labels_read_identity(f, path, &out->identity, err) != 0) return -1;
    if (check_count(path, out, err) != 0) return -1;
    return labels_check_finite(path, out->bank, err);
}

int labels_read(H5File *f, const char *path, bool map, Labels *out, Error *err)
{
    *out = (Labels){0};
    if (read_all(f, path, map, out, err) == 0) return 0;
    labels_free(out);
    return -1;
}

/* ---- content ------------------------------------------------------------------------- */

void labels_content(const Labels *l, char out[static HASH_HEX])
{
    const LabelBank *b = l->bank;
    const int64_t offsets = b->tags + 1, shape[] = {b->offset[b->tags], b->dim};
    Content *all = content_new();
    char *tags = tags_join(&l->tags);
    const int64_t len = (int64_t)strlen(tags);
    content_add_data(all, "tags", "u8", 1, &len, tags, (size_t)len);
    content_add_data(all, "label/offset", "i64", 1, &offsets, b->offset,
                     (size_t)offsets * sizeof *b->offset);
    content_add_data(all, "label_embed", b->half ? "bf16" : "f32", 2, shape, label_bank_data(b),
                     label_bank_bytes(b));
    mem_free(tags);
    content_end(all, out);
}
