/* SPDX-License-Identifier: Apache-2.0 */
/* The file format: a header that identifies texts, encoder and width, then blocks, each with a
 * checksum over its index and rows. */
#include "model/labels/bank_partial.h"

#include "core/io/file_open.h"
#include "core/io/lock.h"
#include "core/log.h"
#include "core/mem.h"
#include "model/labels/label_texts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct Header {
    char mark[8];
    int64_t texts, dim, block; /* block: texts per block */
    char encoder[TEXT_ENCODER_NAME], fingerprint[HASH_HEX], hash[HASH_HEX];
    char zero[6];
} Header;
_Static_assert(sizeof(Header) == 8 + 3 * 8 + TEXT_ENCODER_NAME + 2 * HASH_HEX + 6,
               "no padding");

struct BankPartial {
    char *path;
    FILE *file;
    Header header;
    int64_t blocks; /* complete blocks in the file */
    double synced;
};

static const char mark[8] = "RAMPART1";

static Header header_of(const BankIdentity *id, int64_t texts, int64_t dim)
{
    Header h;
    memset(&h, 0, sizeof h);
    memcpy(h.mark, mark, sizeof mark);
    h.texts = texts;
    h.dim = dim;
    h.block = LABEL_TEXTS_BLOCK;
    snprintf(h.encoder, sizeof h.encoder, "%s", id->encoder);
    snprintf(h.fingerprint, sizeof h.fingerprint, "%s", id->fingerprint);
    snprintf(h.hash, sizeof h.hash, "%s", id->texts);
    return h;
}

static int fail(const BankPartial *p, Error *err)
{
    return error_set(err, ERROR_RUNTIME, "%s: cannot write: %s", p->path, strerror(errno));
}

static int64_t block_rows(const Header *h, int64_t i)
{
    const int64_t rest = h->texts - i * h->block;
    return rest < h->block ? rest : h->block;
}

static size_t row_bytes(const Header *h) { return (size_t)h->dim * sizeof(float); }

/* The file offset of block i. */
static off_t block_at(const Header *h, int64_t i)
{
    return (off_t)sizeof *h + i * (HASH_BYTES + h->block * (off_t)row_bytes(h));
}

static void block_hash(int64_t i, const float *rows, size_t bytes,
                       uint8_t out[static HASH_BYTES])
{
    Hash *h = hash_new();
    hash_add(h, &i, sizeof i);
    hash_add(h, rows, bytes);
    hash_result(h, out);
    hash_free(h);
}

static bool read_block(const BankPartial *p, int64_t i, float *rows)
{
    uint8_t want[HASH_BYTES], have[HASH_BYTES];
    const size_t bytes = (size_t)block_rows(&p->header, i) * row_bytes(&p->header);
    if (fread(want, 1, HASH_BYTES, p->file) != HASH_BYTES) return false;
    if (fread(rows, 1, bytes, p->file) != bytes) return false;
    block_hash(i, rows, bytes, have);
    return memcmp(have, want, HASH_BYTES) == 0;
}

/* Moves past the last complete block and truncates the file there. */
static int cut(BankPartial *p, Error *err)
{
    const off_t end = block_at(&p->header, p->blocks);
    if (fseeko(p->file, end, SEEK_SET) != 0 || ftruncate(fileno(p->file), end) != 0)
        return fail(p, err);
    return 0;
}

/* Hands everything to the kernel, where a signal or a kill of this process does not reach it,
 * and once per second to the disk. */
static int flush(BankPartial *p, Error *err)
{
    if (fflush(p->file) != 0) return fail(p, err);
    if (log_now() - p->synced < 1) return 0;
    p->synced = log_now();
    return fdatasync(fileno(p->file)) == 0 ? 0 : fail(p, err);
}

static int begin(BankPartial *p, Error *err)
{
    rewind(p->file);
    if (ftruncate(fileno(p->file), 0) != 0 ||
        fwrite(&p->header, sizeof p->header, 1, p->file) != 1)
        return fail(p, err);
    return flush(p, err);
}

static int resume(BankPartial *p, float *rows, int64_t *done, Error *err)
{
    const Header *h = &p->header;
    struct stat info;
    while (*done < h->texts && read_block(p, p->blocks, rows + *done * h->dim))
        *done += block_rows(h, p->blocks++);
    const off_t end = *done < h->texts ? block_at(h, p->blocks) : 0;
    if (fstat(fileno(p->file), &info) == 0 && end > 0 && info.st_size > end)
        log_warn("%s: incomplete or corrupt after %ld texts: recomputing the rest", p->path,
                 *done);
    return *done < h->texts ? cut(p, err) : 0;
}

/* The reason why a header differs from the expected one. */
static const char *difference(const Header *have, const Header *want)
{
    if (have->dim != want->dim) return "another width";
    if (strcmp(have->encoder, want->encoder) != 0) return "another text encoder";
    if (strcmp(have->fingerprint, want->fingerprint) != 0)
        return "other weights, table or options of the text encoder";
    if (have->texts != want->texts || strcmp(have->hash, want->hash) != 0) return "other texts";
    return "another version";
}

/* The file is new, resumable, a partial bank of something else, not a partial bank, or has only
 * the part of the header that was written before a crash. */
static int start(BankPartial *p, float *rows, int64_t *done, Error *err)
{
    static const char zero[sizeof mark];
    Header have;
    memset(&have, 0, sizeof have);
    const size_t n = fread(&have, 1, sizeof have, p->file);
    if (n == sizeof have && memcmp(&have, &p->header, sizeof have) == 0)
        return resume(p, rows, done, err);
    const size_t marked = n < sizeof mark ? n : sizeof mark;
    if (memcmp(have.mark, mark, marked) != 0 && memcmp(have.mark, zero, marked) != 0)
        return error_set(err, ERROR_DATA, "%s: not a partial label bank: remove or rename it",
                         p->path);
    have.encoder[TEXT_ENCODER_NAME - 1] = have.fingerprint[HASH_HEX - 1] = 0;
    have.hash[HASH_HEX - 1] = 0;
    if (n > 0)
        log_warn("%s: made with %s: starting over", p->path,
                 n == sizeof have ? difference(&have, &p->header) : "an incomplete header");
    return begin(p, err);
}

/* Ensures that there is one writer, and that the file is not one that another process has just
 * removed. */
static int lock(const BankPartial *p, Error *err)
{
    struct stat info;
    const int file = fileno(p->file);
    if (lock_take(file, p->path) && fstat(file, &info) == 0 && info.st_nlink > 0) return 0;
    return error_set(err, ERROR_RUNTIME, "%s: another process is writing it", p->path);
}

int bank_partial_open(const char *path, const BankIdentity *identity, int64_t texts,
                      int64_t dim, float *rows, int64_t *done, BankPartial **out, Error *err)
{
    BankPartial *p = mem_calloc(1, sizeof *p);
    *done = 0;
    *out = NULL;
    p->path = mem_strdup(path);
    p->header = header_of(identity, texts, dim);
    const int fd = file_open_new(path, O_RDWR);
    p->file = fd < 0 ? NULL : fdopen(fd, "r+b");
    int status = p->file ? lock(p, err) : fail(p, err);
    if (status == 0) status = start(p, rows, done, err);
    if (status == 0) {
        *out = p;
        return 0;
    }
    if (p->file) fclose(p->file);
    mem_free(p->path);
    mem_free(p);
    return -1;
}

int bank_partial_add(BankPartial *p, const float *rows, int64_t n, Error *err)
{
    uint8_t hash[HASH_BYTES];
    const size_t bytes = (size_t)n * row_bytes(&p->header);
    CHECK(n == block_rows(&p->header, p->blocks), "%ld rows", n);
    block_hash(p->blocks, rows, bytes, hash);
    if (fwrite(hash, 1, HASH_BYTES, p->file) != HASH_BYTES ||
        fwrite(rows, 1, bytes, p->file) != bytes)
        return fail(p, err);
    p->blocks++;
    return flush(p, err);
}

static void close_part(BankPartial *p)
{
    fclose(p->file);
    mem_free(p->path);
    mem_free(p);
}

void bank_partial_remove(BankPartial *p)
{
    unlink(p->path);
    close_part(p);
}

void bank_partial_close(BankPartial *p)
{
    if (!p) return;
    if (p->blocks == 0)
        bank_partial_remove(p);
    else
        close_part(p);
}
