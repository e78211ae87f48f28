/* SPDX-License-Identifier: Apache-2.0 */
/* libarchive reads headers through the callbacks below, which skip the data of members without
 * reading it. Neither its filters nor any other of its formats are used. */
#include "core/io/tar.h"

#include "core/io/file.h"
#include "core/io/file_writer.h"
#include "core/io/first_bytes.h"
#include "core/mem.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdbool.h>
#include <string.h>

/* BLOCK: of the file, read at a time; it holds the headers of the small members of a sample. */
enum { BLOCK = 1 << 13, RECORD = 512 };

/* ---- names ------------------------------------------------------------------------------- */

const char *tar_clean_name(char *name)
{
    char *to = name;
    if (name[0] == '/') return "an absolute name";
    for (const char *from = name; *from;) {
        const size_t n = strcspn(from, "/");
        const char *part = from;
        from += n + (from[n] == '/');
        if (n == 0 || (n == 1 && part[0] == '.')) continue;
        if (n == 2 && strncmp(part, "..", 2) == 0) return "a name with ..";
        if (to > name) *to++ = '/';
        memmove(to, part, n);
        to += n;
    }
    *to = 0;
    if (to == name) return "no name";
    return to - name > TAR_NAME_MAX ? "a name of more than 1024 bytes" : NULL;
}

/* ---- listing ----------------------------------------------------------------------------- */

typedef struct Listing {
    int fd;
    const char *path;
    int64_t bytes, at;
    int64_t end;     /* of the last member, its padding included */
    int64_t members; /* listed so far */
    Error fault;     /* of the machine, or of a file that has become shorter */
    uint8_t block[BLOCK];
} Listing;

static la_ssize_t read_block(struct archive *a, void *listing, const void **out)
{
    Listing *l = listing;
    const int64_t left = l->bytes - l->at, n = left < BLOCK ? left : BLOCK;
    (void)a;
    *out = l->block;
    if (file_read_at(l->fd, l->path, (uint64_t)l->at, l->block, (uint64_t)n, ERROR_DATA,
                     &l->fault) != 0)
        return -1;
    l->at += n;
    return n;
}

static la_int64_t skip(struct archive *a, void *listing, la_int64_t request)
{
    Listing *l = listing;
    const int64_t left = l->bytes - l->at, n = request < left ? request : left;
    (void)a;
    l->at += n;
    return n;
}

/* Why a member cannot be read as a file; NULL: it can. */
static const char *why_not(struct archive_entry *e)
{
    if (archive_entry_hardlink(e)) return "a hard link";
    if (archive_entry_filetype(e) == AE_IFLNK) return "a symbolic link";
    if (archive_entry_filetype(e) != AE_IFREG) return "not a regular file";
    if (archive_entry_sparse_count(e) > 0) return "a file with holes";
    return NULL;
}

static int tear(const Listing *l, Error *torn, const char *why)
{
    error_set(torn, ERROR_DATA, "%s: byte %ld: %s; %ld member%s before it", l->path, l->end,
              why, l->members, l->members == 1 ? "" : "s");
    return 1;
}

/* Whether the data of a member lies in the file as a whole; if so, moves `end` behind it. */
static bool is_whole(Listing *l, int64_t offset, int64_t size)
{
    if (size < 0 || offset < 0 || offset > l->bytes || size > l->bytes - offset) return false;
    l->end = offset + (size + RECORD - 1) / RECORD * RECORD;
    return true;
}

/* Returns 0, 1 if the file is torn here, or -1. */
static int take_member(Listing *l, struct archive *a, struct archive_entry *e, TarTake *take,
                       void *to, Error *torn, Error *err)
{
    const char *raw = archive_entry_pathname(e);
    if (archive_entry_filetype(e) == AE_IFDIR) return 0;
    char *name = mem_strdup(raw ? raw : "");
    const char *bad_name = tar_clean_name(name), *why = why_not(e);
    const TarMember m = {.name = bad_name && raw ? raw : name,
                         .offset = archive_filter_bytes(a, 0),
                         .bytes = why ? 0 : archive_entry_size(e),
                         .why = why ? why : bad_name};
    int status = 0;
    if (!why && !is_whole(l, m.offset, m.bytes))
        status = tear(l, torn, "the file ends inside a member");
    else if (l->members == TAR_MEMBERS_MAX)
        status = tear(l, torn, "too many members");
    else if (take(to, &m, err) != 0)
        status = -1;
    l->members += status == 0;
    mem_free(name);
    return status;
}

/* After a header that is none. */
static int end_badly(Listing *l, struct archive *a, Error *torn, Error *err)
{
    if (l->fault.code) return error_move(err, &l->fault);
    if (l->members == 0)
        return error_set(err, ERROR_DATA, "%s: not a tar file: %s", l->path,
                         archive_error_string(a));
    tear(l, torn, archive_error_string(a));
    return 0;
}

static int list_members(Listing *l, struct archive *a, TarTake *take, void *to, Error *torn,
                        Error *err)
{
    struct archive_entry *e;
    int got, status = 0;
    while (status == 0) {
        got = archive_read_next_header(a, &e);
        if (got == ARCHIVE_EOF) break;
        if (got != ARCHIVE_OK && got != ARCHIVE_WARN) return end_badly(l, a, torn, err);
        status = take_member(l, a, e, take, to, torn, err);
    }
    if (status == 0 && l->bytes - l->end < RECORD)
        tear(l, torn, "no mark of the end: the file may be cut");
    return status < 0 ? -1 : 0;
}

/* Only tar files that are not compressed can be read at random. */
static int check_kind(const Listing *l, Error *err)
{
    static const char *const packed[] = {"gzip", "bzip2", "xz", "Zstandard", "zip", "7z"};
    uint8_t head[FIRST_BYTES] = {0};
    const size_t n = l->bytes < FIRST_BYTES ? (size_t)l->bytes : FIRST_BYTES;
    if (n == 0) return error_set(err, ERROR_DATA, "%s: not a tar file: it is empty", l->path);
    if (file_read_at(l->fd, l->path, 0, head, n, ERROR_DATA, err) != 0) return -1;
    const char *kind = first_bytes_name(head, n);
    for (size_t i = 0; kind && i < sizeof packed / sizeof *packed; i++)
        if (strstr(kind, packed[i]))
            return error_set(err, ERROR_DATA,
                             "%s: compressed, so that no member can be read alone: %s", l->path,
                             kind);
    return 0;
}

static struct archive *open_archive(Listing *l)
{
    struct archive *a = archive_read_new();
    archive_read_support_format_tar(a);
    archive_read_set_options(a, "tar:read_concatenated_archives");
    archive_read_set_read_callback(a, read_block);
    archive_read_set_skip_callback(a, skip);
    archive_read_set_callback_data(a, l);
    return a;
}

int tar_list(int fd, const char *path, int64_t bytes, TarTake *take, void *to, Error *torn,
             Error *err)
{
    Listing *l = mem_calloc(1, sizeof *l);
    *torn = (Error){0};
    l->fd = fd;
    l->path = path;
    l->bytes = bytes;
    int status = check_kind(l, err);
    if (status == 0) {
        struct archive *a = open_archive(l);
        status = archive_read_open1(a) == ARCHIVE_OK ? list_members(l, a, take, to, torn, err)
                                                     : end_badly(l, a, torn, err);
        archive_read_free(a);
    }
    mem_free(l);
    return status;
}

/* ---- writing ----------------------------------------------------------------------------- */

struct TarWriter {
    FileWriter *file;
    struct archive *archive;
};

static la_ssize_t write_block(struct archive *a, void *file, const void *data, size_t n)
{
    (void)a;
    return file_writer_put(file, data, n) == 0 ? (la_ssize_t)n : -1;
}

int tar_writer_new(const char *path, TarWriter **out, Error *err)
{
    FileWriter *file;
    *out = NULL;
    if (file_writer_new(path, &file, err) != 0) return -1;
    TarWriter *w = *out = mem_calloc(1, sizeof *w);
    w->file = file;
    w->archive = archive_write_new();
    archive_write_set_format_ustar(w->archive);
    archive_write_set_bytes_in_last_block(w->archive, 1);
    archive_write_open2(w->archive, file, NULL, write_block, NULL, NULL);
    return 0;
}

/* The first failure is that of the file, if it has one. */
static int fail_to_write(const TarWriter *w, Error *err)
{
    if (file_writer_status(w->file, err) != 0) return -1;
    return error_set(err, ERROR_RUNTIME, "cannot write a tar file: %s",
                     archive_error_string(w->archive));
}

int tar_writer_put(TarWriter *w, const char *name, const void *data, size_t bytes, Error *err)
{
    struct archive_entry *e = archive_entry_new();
    CHECK(strlen(name) <= 100, "%s", name);
    archive_entry_copy_pathname(e, name);
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_perm(e, 0644);
    archive_entry_set_mtime(e, 0, 0);
    archive_entry_set_size(e, (la_int64_t)bytes);
    bool good = archive_write_header(w->archive, e) == ARCHIVE_OK;
    good = good && archive_write_data(w->archive, data, bytes) == (la_ssize_t)bytes;
    good = good && archive_write_finish_entry(w->archive) == ARCHIVE_OK;
    archive_entry_free(e);
    return good ? 0 : fail_to_write(w, err);
}

static int close_archive(TarWriter *w, Error *err)
{
    const int status =
        archive_write_close(w->archive) == ARCHIVE_OK ? 0 : fail_to_write(w, err);
    archive_write_free(w->archive);
    return status;
}

int tar_writer_commit(TarWriter *w, Error *err)
{
    int status = close_archive(w, err);
    if (status == 0)
        status = file_writer_commit(w->file, err);
    else
        file_writer_abandon(w->file);
    mem_free(w);
    return status;
}

void tar_writer_abandon(TarWriter *w)
{
    if (!w) return;
    close_archive(w, NULL);
    file_writer_abandon(w->file);
    mem_free(w);
}
