/* Label banks in HDF5, and what both formats share. */
#include "model/labels/bank_file.h"

#include "core/file.h"
#include "core/formats/safetensors.h"
#include "core/formats/seal.h"
#include "core/mem.h"
#include "model/labels/bank_safetensors.h"

#include <string.h>

static bool ends_in(const char *path, const char *end)
{
    const size_t n = strlen(path), m = strlen(end);
    return n >= m && strcmp(path + n - m, end) == 0;
}

/* ---- HDF5 -------------------------------------------------------------------------------------- */

static int put_text(H5Writer *w, const char *name, const char *text, Error *err)
{
    return *text ? h5_put_text(w, name, text, err) : 0;
}

int bank_file_put_identity(H5Writer *w, const BankIdentity *i, Error *err)
{
    if (put_text(w, "info/encoder", i->encoder, err) != 0) return -1;
    if (put_text(w, "info/fingerprint", i->fingerprint, err) != 0) return -1;
    return put_text(w, "info/texts", i->texts, err);
}

int bank_file_put(H5Writer *w, const TagList *tags, const LabelBank *bank,
                  const BankIdentity *identity, Error *err)
{
    char *text = tags_join(tags);
    int status = h5_put_text(w, "tags", text, err);
    mem_free(text);
    if (status == 0)
        status = h5_put(w, "label_embed", H5_F32, 2,
                        (int64_t[]){bank->offset[bank->tags], bank->dim}, bank->rows, err);
    if (status == 0)
        status = h5_put(w, "label/offset", H5_I64, 1, (int64_t[]){bank->tags + 1}, bank->offset,
                        err);
    return status == 0 ? bank_file_put_identity(w, identity, err) : -1;
}

static int write_h5(const BankFile *b, Error *err)
{
    H5Writer *w = NULL;
    if (h5_create(b->path, "bank", &w, err) != 0) return -1;
    if (bank_file_put(w, &b->tags, b->bank, &b->identity, err) == 0) return h5_commit(w, err);
    h5_abandon(w);
    return -1;
}

/* A short text; empty when there is none. */
static int get_text(H5File *f, const char *name, size_t room, char *out, Error *err)
{
    char *text = NULL;
    *out = 0;
    if (!h5_find(f, name)) return 0;
    if (h5_read_text(f, name, &text, err) != 0) return -1;
    const bool fits = strlen(text) < room;
    if (fits) strcpy(out, text);
    mem_free(text);
    return fits ? 0 : error_set(err, EXIT_CHECKPOINT, "%s: too long", name);
}

int bank_file_identity(H5File *f, BankIdentity *out, Error *err)
{
    if (get_text(f, "info/encoder", sizeof out->encoder, out->encoder, err) != 0) return -1;
    if (get_text(f, "info/fingerprint", HASH_HEX, out->fingerprint, err) != 0) return -1;
    return get_text(f, "info/texts", HASH_HEX, out->texts, err);
}

int bank_file_labels(H5File *f, const char *path, LabelBank **out, Error *err)
{
    const H5Entry *rows = h5_find(f, "label_embed"), *offset = h5_find(f, "label/offset");
    if (!rows || !offset || rows->ndim != 2 || rows->type != H5_F32 || rows->shape[1] < 1 ||
        offset->ndim != 1 || offset->type != H5_I64 || offset->len < 2)
        return error_set(err, EXIT_CHECKPOINT, "%s: no label bank inside", path);
    int64_t *at = mem_alloc((size_t)offset->len * sizeof *at);
    int status = h5_read(f, offset, at, err);
    const int64_t tags = offset->len - 1;
    bool rising = status == 0 && at[0] == 0 && at[tags] == rows->shape[0];
    for (int64_t k = 0; rising && k < tags; k++) rising = at[k] < at[k + 1];
    if (status == 0 && !rising)
        status =
            error_set(err, EXIT_CHECKPOINT, "%s: label/offset does not fit label_embed", path);
    if (status == 0) {
        *out = label_bank_new(tags, at, rows->shape[1]);
        status = h5_read(f, rows, (*out)->rows, err);
        if (status != 0) label_bank_free(*out);
    }
    mem_free(at);
    return status;
}

int bank_file_tags(H5File *f, TagList *out, Error *err)
{
    char *text = NULL;
    if (h5_read_text(f, "tags", &text, err) != 0) return -1;
    const int status = tags_parse("tags", text, out, err);
    mem_free(text);
    return status;
}

static int read_entries(BankFile *b, H5File *f, Error *err)
{
    if (strcmp(h5_kind(f), "bank") != 0)
        return error_set(err, EXIT_CHECKPOINT, "%s: a %s, not a label bank", b->path,
                         h5_kind(f));
    if (bank_file_tags(f, &b->tags, err) != 0) return error_prefix(err, "%s", b->path);
    if (bank_file_labels(f, b->path, &b->bank, err) != 0) return -1;
    return bank_file_identity(f, &b->identity, err);
}

static int read_h5(BankFile *b, Error *err)
{
    H5File *f = NULL;
    if (h5_open(b->path, &f, err) != 0) return -1;
    const int status = read_entries(b, f, err);
    h5_close(f);
    return status;
}

/* ---- both -------------------------------------------------------------------------------------- */

int bank_file_can_write(const char *path, Error *err)
{
    if (ends_in(path, ".h5") || ends_in(path, ".safetensors")) return 0;
    return error_set(err, EXIT_USAGE, "%s: a label bank is written as .h5 or .safetensors",
                     path);
}

int bank_file_write(const BankFile *b, Error *err)
{
    if (bank_file_can_write(b->path, err) != 0) return -1;
    return ends_in(b->path, ".h5") ? write_h5(b, err) : bank_safetensors_write(b, err);
}

static int check_whole(const BankFile *b, Error *err)
{
    const BankIdentity *i = &b->identity;
    if (b->bank->tags != b->tags.count)
        return error_set(err, EXIT_CHECKPOINT, "%s: %lld tags, vectors of %lld", b->path,
                         (long long)b->tags.count, (long long)b->bank->tags);
    if (*i->encoder && strlen(i->fingerprint) == HASH_HEX - 1 &&
        strlen(i->texts) == HASH_HEX - 1)
        return 0;
    return error_set(err, EXIT_CHECKPOINT, "%s: does not say what its vectors were made by",
                     b->path);
}

int bank_file_read(const char *path, BankFile *out, Error *err)
{
    char head[16];
    Error why = {0};
    int status = -1;
    *out = (BankFile){0};
    if (file_head(path, head, sizeof head, err) != 0) return -1;
    out->path = mem_strdup(path);
    if (seal_marks(head) || ends_in(path, ".h5"))
        status = read_h5(out, &why);
    else if (head[8] == '{' || ends_in(path, ".safetensors"))
        status = bank_safetensors_read(out, &why);
    else
        error_set(&why, EXIT_CHECKPOINT, "%s: not a label bank", path);
    if (status == 0) status = check_whole(out, &why);
    if (status == 0) return 0;
    bank_file_free(out);
    return error_set(err, EXIT_CHECKPOINT, "%s", why.text);
}

void bank_file_free(BankFile *b)
{
    if (b->tags.name) tags_free(&b->tags);
    label_bank_free(b->bank);
    mem_free(b->path);
    *b = (BankFile){0};
}

bool bank_file_is_safetensors(const char *path)
{
    StFile *f = NULL;
    if (st_open(path, &f, NULL) != 0) return false;
    const char *kind = st_metadata(f, "kind");
    const bool is = (kind && strcmp(kind, "bank") == 0) || st_metadata(f, "checksum");
    st_close(f);
    return is;
}

static void add_data(Hash *all, const char *name, const char *type, int ndim,
                     const int64_t *shape, const void *data, size_t bytes)
{
    uint8_t hash[HASH_BYTES];
    hash_of(data, bytes, hash);
    hash_add_array(all, name, type, ndim, shape, hash);
}

void bank_file_content(const BankFile *b, char out[static HASH_HEX])
{
    const LabelBank *bank = b->bank;
    const int64_t offsets = bank->tags + 1, shape[] = {bank->offset[bank->tags], bank->dim};
    uint8_t value[HASH_BYTES];
    Hash *all = hash_new();
    char *tags = tags_join(&b->tags);
    const int64_t len = (int64_t)strlen(tags);
    /* sorted by name, as in the file */
    add_data(all, "label/offset", "i64", 1, &offsets, bank->offset,
             (size_t)offsets * sizeof *bank->offset);
    add_data(all, "label_embed", "f32", 2, shape, bank->rows,
             (size_t)(shape[0] * shape[1]) * sizeof *bank->rows);
    add_data(all, "tags", "u8", 1, &len, tags, (size_t)len);
    mem_free(tags);
    hash_result(all, value);
    hash_hex(value, out);
    hash_free(all);
}
