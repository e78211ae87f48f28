/* SPDX-License-Identifier: Apache-2.0 */
/* Label banks in HDF5, and the code shared by both formats. */
#include "model/labels/bank_file.h"

#include "core/formats/file_kind.h"
#include "core/formats/safetensors.h"
#include "core/io/file.h"
#include "core/log.h"
#include "core/strings/strings.h"
#include "core/strings/utf8.h"
#include "model/labels/bank_safetensors.h"

#include <string.h>

static int write_h5(const char *path, const Labels *l, Error *err)
{
    H5Writer *w = NULL;
    if (h5_create(path, "bank", &w, err) != 0) return -1;
    if (labels_put(w, l, err) == 0) return h5_commit(w, err);
    h5_abandon(w);
    return -1;
}

static int read_h5(const char *path, bool map, Labels *out, Error *err)
{
    H5File *f = NULL;
    int status = -1;
    if (h5_open(path, &f, err) != 0) return -1;
    if (strcmp(h5_kind(f), "bank") == 0)
        status = labels_read(f, path, map, out, err);
    else
        error_set(err, ERROR_CHECKPOINT, "%s: a %s, not a label bank", path, h5_kind(f));
    h5_close(f);
    return status;
}

int bank_file_can_write(const char *path, Error *err)
{
    if (strings_end_in(path, ".h5") || strings_end_in(path, ".safetensors")) return 0;
    return error_set(err, ERROR_USAGE, "%s: a label bank is written as .h5 or .safetensors",
                     path);
}

int bank_file_write(const char *path, const Labels *l, Error *err)
{
    if (bank_file_can_write(path, err) != 0) return -1;
    return (strings_end_in(path, ".h5") ? write_h5 : bank_safetensors_write)(path, l, err);
}

static bool is_hash(const char *text)
{
    const size_t n = strspn(text, "0123456789abcdef");
    return n == HASH_HEX - 1 && !text[n];
}

static int check_identity(const char *path, const BankIdentity *i, Error *err)
{
    if (*i->encoder && utf8_valid(i->encoder) && is_hash(i->fingerprint) && is_hash(i->texts))
        return 0;
    return error_set(err, ERROR_CHECKPOINT, "%s: does not record the origin of its vectors",
                     path);
}

int bank_file_read(const char *path, Labels *out, Error *err)
{
    return bank_file_open(path, false, out, err);
}

int bank_file_open(const char *path, bool map, Labels *out, Error *err)
{
    Error why = {0};
    enum FileKind kind;
    int status = -1;
    *out = (Labels){0};
    if (file_is_dir(path)) return error_set(err, ERROR_DATA, "%s: not a regular file", path);
    if (file_kind(path, &kind, err) != 0) return -1;
    if (kind == FILE_H5)
        status = read_h5(path, map, out, &why);
    else if (kind == FILE_SAFETENSORS)
        status = bank_safetensors_read(path, out, &why);
    else
        error_set(&why, ERROR_CHECKPOINT, "%s: not a label bank", path);
    if (status == 0 && check_identity(path, &out->identity, &why) == 0) {
        if (map && kind == FILE_SAFETENSORS)
            log_info("%s: read into memory, not mapped: only .h5 files are", path);
        return 0;
    }
    labels_free(out);
    return error_move_as(err, &why, ERROR_CHECKPOINT);
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
