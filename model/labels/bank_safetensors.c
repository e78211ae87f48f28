/* SPDX-License-Identifier: Apache-2.0 */
/* Label banks in safetensors. The format has no checksums, so the metadata contains one over
 * everything. */
#include "model/labels/bank_safetensors.h"

#include "core/formats/safetensors.h"
#include "core/io/text.h"
#include "core/json/json.h"
#include "core/mem.h"

#include <stdio.h>
#include <string.h>

static void checksum(const Labels *l, char out[static HASH_HEX])
{
    char content[HASH_HEX];
    uint8_t value[HASH_BYTES];
    Hash *h = hash_new();
    labels_content(l, content);
    hash_add_text(h, content);
    hash_add_text(h, l->identity.encoder);
    hash_add_text(h, l->identity.fingerprint);
    hash_add_text(h, l->identity.texts);
    hash_result(h, value);
    hash_hex(value, out);
    hash_free(h);
}

int bank_safetensors_write(const char *path, const Labels *l, Error *err)
{
    const LabelBank *bank = l->bank;
    Text tags = {0}, offset = {0};
    char sum[HASH_HEX];
    json_t *names = json_array(), *offsets = json_array();
    checksum(l, sum);
    for (int64_t k = 0; k < bank->tags; k++)
        json_array_append_new(names, json_text(l->tags.line[k]));
    for (int64_t k = 0; k <= bank->tags; k++)
        json_array_append_new(offsets, json_integer(bank->offset[k]));
    json_put(&tags, names);
    json_put(&offset, offsets);
    const StMetadata metadata[] = {
        {"kind", "bank"},
        {"tags", tags.data},
        {"offset", offset.data},
        {"encoder", l->identity.encoder},
        {"fingerprint", l->identity.fingerprint},
        {"texts", l->identity.texts},
        {"checksum", sum},
    };
    const int64_t entries = sizeof metadata / sizeof *metadata;
    const StWrite rows = {"label_embed", 2, {bank->offset[bank->tags], bank->dim}, bank->rows};
    const int status = bank->half
                           ? st_write_half(path, metadata, entries, &rows, bank->half, err)
                           : st_write(path, metadata, entries, &rows, 1, err);
    text_free(&offset);
    text_free(&tags);
    return status;
}

static int refuse(const char *path, const char *what, const char *why, Error *err)
{
    return error_set(err, ERROR_CHECKPOINT, "%s: %s: %s", path, what, why);
}

/* The JSON array in the metadata entry `key`. Owned (json_decref); NULL on failure. */
static json_t *read_list(const char *path, const StFile *f, const char *key, Error *err)
{
    const char *text = st_metadata(f, key);
    json_t *list = text ? json_loads(text, 0, NULL) : NULL;
    if (json_is_array(list) && json_array_size(list) > 0) return list;
    json_decref(list);
    refuse(path, key, text ? "not a list" : "missing", err);
    return NULL;
}

static int read_tags(const char *path, const StFile *f, Labels *l, Error *err)
{
    json_t *list = read_list(path, f, "tags", err);
    if (!list) return -1;
    const size_t n = json_array_size(list);
    char **name = mem_calloc(n, sizeof *name);
    bool good = n <= INT32_MAX;
    for (size_t k = 0; good && k < n; k++) {
        name[k] = (char *)(uintptr_t)json_string_value(json_array_get(list, k));
        good = name[k] && tags_can_hold(name[k]);
    }
    if (good) l->tags = tags_new(name, (int64_t)n);
    mem_free(name);
    json_decref(list);
    return good ? 0 : refuse(path, "tags", "not a list of tags", err);
}

static bool is_half(const StEntry *rows) { return strcmp(rows->dtype, "BF16") == 0; }

/* Makes the bank; its rows are read later. */
static int read_offset(const char *path, const StFile *f, const StEntry *rows, Labels *l,
                       Error *err)
{
    json_t *list = read_list(path, f, "offset", err);
    if (!list) return -1;
    const int64_t n = (int64_t)json_array_size(list);
    int64_t *at = mem_calloc((size_t)n, sizeof *at);
    bool good = n == l->tags.count + 1;
    for (int64_t k = 0; good && k < n; k++) {
        const json_t *number = json_array_get(list, (size_t)k);
        at[k] = json_integer_value(number);
        good = json_is_integer(number) && (k ? at[k] > at[k - 1] : at[k] == 0);
    }
    good = good && at[n - 1] == rows->shape[0];
    if (good)
        l->bank = (is_half(rows) ? label_bank_new_halves : label_bank_new)(l->tags.count, at,
                                                                           rows->shape[1]);
    mem_free(at);
    json_decref(list);
    return good ? 0 : refuse(path, "offset", "does not fit tags and label_embed", err);
}

static int read_text(const char *path, const StFile *f, const char *key, size_t size, char *out,
                     Error *err)
{
    const char *text = st_metadata(f, key);
    if (!text || strlen(text) >= size)
        return refuse(path, key, text ? "too long" : "missing", err);
    strcpy(out, text);
    return 0;
}

static int read_identity(const char *path, const StFile *f, BankIdentity *i, Error *err)
{
    if (read_text(path, f, "encoder", sizeof i->encoder, i->encoder, err) != 0) return -1;
    if (read_text(path, f, "fingerprint", HASH_HEX, i->fingerprint, err) != 0) return -1;
    return read_text(path, f, "texts", HASH_HEX, i->texts, err);
}

static int check_sum(const char *path, const StFile *f, const Labels *l, Error *err)
{
    char want[HASH_HEX], have[HASH_HEX];
    if (read_text(path, f, "checksum", HASH_HEX, want, err) != 0) return -1;
    checksum(l, have);
    return strcmp(have, want) == 0 ? 0 : refuse(path, "checksum", "does not match", err);
}

static int read_all(const char *path, StFile *f, Labels *l, Error *err)
{
    const char *kind = st_metadata(f, "kind");
    const StEntry *rows = st_find(f, "label_embed");
    if (!kind || strcmp(kind, "bank") != 0)
        return error_set(err, ERROR_CHECKPOINT, "%s: not a label bank", path);
    if (!rows || (strcmp(rows->dtype, "F32") != 0 && !is_half(rows)) || rows->ndim != 2 ||
        rows->shape[1] < 1)
        return refuse(path, "label_embed", "missing, or not float32 or bfloat16 [texts, width]",
                      err);
    if (read_tags(path, f, l, err) != 0 || read_offset(path, f, rows, l, err) != 0) return -1;
    if (read_identity(path, f, &l->identity, err) != 0) return -1;
    if (st_read_raw(f, rows, (void *)(uintptr_t)label_bank_data(l->bank), err) != 0) return -1;
    if (check_sum(path, f, l, err) != 0) return -1;
    return labels_check_finite(path, l->bank, err);
}

int bank_safetensors_read(const char *path, Labels *out, Error *err)
{
    StFile *f = NULL;
    *out = (Labels){0};
    if (st_open(path, &f, err) != 0) return -1;
    const int status = read_all(path, f, out, err);
    if (status != 0) labels_free(out);
    st_close(f);
    return status;
}
