/* SPDX-License-Identifier: Apache-2.0 */
/* The checksum block: mark, length, hash, zeros. */
#include "core/hdf5/checksum_block.h"

#include "core/io/file.h"
#include "core/mem.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 4 << 20 };

typedef struct ChecksumBlock {
    char mark[8];
    uint64_t bytes; /* bytes of the file after the block, little-endian */
    uint8_t hash[HASH_BYTES];
    uint8_t zero[CHECKSUM_BLOCK_BYTES - 16 - HASH_BYTES];
} ChecksumBlock;

_Static_assert(sizeof(ChecksumBlock) == CHECKSUM_BLOCK_BYTES, "the members fill the block");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "our files are little-endian");

static const char mark[8] = "RAMPLUS1";

bool checksum_block_marks(const char *head) { return memcmp(head, mark, sizeof mark) == 0; }

int checksum_block_read(int fd, const char *path, uint64_t at, void *out, uint64_t bytes,
                        Error *err)
{
    return file_read_at(fd, path, at, out, bytes, ERROR_CHECKPOINT, err);
}

int checksum_block_hash(int fd, const char *path, uint64_t at, uint64_t bytes,
                        uint8_t out[static HASH_BYTES], Error *err)
{
    Hash *h = hash_new();
    uint8_t *block = mem_alloc(bytes < BLOCK ? bytes : BLOCK);
    int status = 0;
    for (uint64_t done = 0; status == 0 && done < bytes;) {
        uint64_t n = bytes - done < BLOCK ? bytes - done : BLOCK;
        status = checksum_block_read(fd, path, at + done, block, n, err);
        if (status == 0) hash_add(h, block, n);
        done += n;
    }
    hash_result(h, out);
    mem_free(block);
    hash_free(h);
    return status;
}

int checksum_block_write(int fd, const char *path, Error *err)
{
    ChecksumBlock block = {0};
    struct stat info;
    Error why = {0};
    memcpy(block.mark, mark, sizeof mark);
    if (fstat(fd, &info) != 0 || info.st_size < CHECKSUM_BLOCK_BYTES)
        return error_set(err, ERROR_RUNTIME, "%s: cannot checksum an empty file", path);
    block.bytes = (uint64_t)info.st_size - CHECKSUM_BLOCK_BYTES;
    if (checksum_block_hash(fd, path, CHECKSUM_BLOCK_BYTES, block.bytes, block.hash, &why) != 0)
        return error_set(err, ERROR_RUNTIME, "%s", why.text);
    if (pwrite(fd, &block, sizeof block, 0) != (ssize_t)sizeof block)
        return error_set(err, ERROR_RUNTIME, "%s: cannot write the checksum: %s", path,
                         strerror(errno));
    return 0;
}

static bool is_valid(const ChecksumBlock *b)
{
    for (size_t i = 0; i < sizeof b->zero; i++)
        if (b->zero[i]) return false;
    return checksum_block_marks(b->mark);
}

int checksum_block_check(int fd, const char *path, uint64_t *size, Error *err)
{
    ChecksumBlock block;
    struct stat info;
    uint8_t hash[HASH_BYTES];
    if (fstat(fd, &info) != 0)
        return error_set(err, ERROR_RUNTIME, "%s: cannot read: %s", path, strerror(errno));
    if (!S_ISREG(info.st_mode))
        return error_set(err, ERROR_CHECKPOINT, "%s: not a regular file", path);
    *size = (uint64_t)info.st_size;
    if (info.st_size < CHECKSUM_BLOCK_BYTES)
        return error_set(err, ERROR_CHECKPOINT,
                         "%s: %jd bytes: not a file of ramplus, or truncated", path,
                         (intmax_t)info.st_size);
    if (checksum_block_read(fd, path, 0, &block, sizeof block, err) != 0) return -1;
    if (!is_valid(&block))
        return error_set(err, ERROR_CHECKPOINT, "%s: byte 0: not a file of ramplus, or corrupt",
                         path);
    const uint64_t bytes = *size - CHECKSUM_BLOCK_BYTES;
    if (bytes != block.bytes)
        return error_set(
            err, ERROR_CHECKPOINT,
            "%s: %lu bytes after the checksum block, expected %lu: truncated or corrupt", path,
            bytes, block.bytes);
    if (checksum_block_hash(fd, path, CHECKSUM_BLOCK_BYTES, bytes, hash, err) != 0) return -1;
    if (memcmp(hash, block.hash, HASH_BYTES) != 0)
        return error_set(err, ERROR_CHECKPOINT,
                         "%s: checksum of the whole file: does not match", path);
    return 0;
}
