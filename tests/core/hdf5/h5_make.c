/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/core/hdf5/h5_make.h"

#include "core/hdf5/checksum_block.h"
#include "core/hdf5/h5_write.h"
#include "core/mem.h"
#include "core/rng.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { TRAILER = 16 };

static void put_random(H5Writer *w, int i, Rng *rng)
{
    static const char *const folder[] = {"", "a/", "b.c/d/", "info/"};
    int64_t shape[8], numbers[1024] = {0};
    const int ndim = (int)rng_below(rng, 9);
    for (int k = 0; k < 8; k++) shape[k] = (int64_t)rng_below(rng, 10) ? 1 + k % 2 : 0;
    for (int k = 0; k < 1024; k++) numbers[k] = (int64_t)rng_below(rng, 1 << 30);
    char *name = mem_format("%s%dx%d", folder[rng_below(rng, 4)], (int)rng_below(rng, 50), i);
    const int type = (int)rng_below(rng, 7);
    if (type == 4 || type == 6)
        h5_put_text(w, name, type == 4 ? "" : name, NULL);
    else
        h5_put(w, name, (enum H5Type)type, ndim, shape, numbers, NULL);
    mem_free(name);
}

void h5_random(const char *path, uint64_t seed)
{
    H5Writer *w;
    Error err = {0};
    Rng rng = rng_new(seed, 0, 0, RNG_TEST);
    const int n = (int)rng_below(&rng, 40);
    ck_assert_int_eq(h5_create(path, "checkpoint", &w, NULL), 0);
    for (int i = 0; i < n; i++) put_random(w, i, &rng);
    ck_assert_msg(h5_commit(w, &err) == 0, "%s", err.text);
}

void h5_reseal(const char *path)
{
    const int fd = open(path, O_RDWR);
    ck_assert_int_eq(checksum_block_write(fd, path, NULL), 0);
    close(fd);
}

static uint64_t catalog_bytes(const Bytes *file)
{
    uint64_t n;
    ck_assert_mem_eq(file->data + file->len - 8, "RAMPCAT", 7);
    memcpy(&n, file->data + file->len - TRAILER, sizeof n);
    return n;
}

void h5_without_catalog(const char *path)
{
    Bytes b;
    ck_assert_int_eq(file_read(path, &b, NULL), 0);
    ck_assert_int_eq(truncate(path, (off_t)(b.len - TRAILER - catalog_bytes(&b))), 0);
    bytes_free(&b);
    h5_reseal(path);
}

Bytes h5_catalog_of(const char *path)
{
    Bytes b;
    ck_assert_int_eq(file_read(path, &b, NULL), 0);
    const uint64_t n = catalog_bytes(&b);
    memmove(b.data, b.data + b.len - TRAILER - n, n);
    b.len = n;
    return b;
}

H5File *h5_good(const char *path)
{
    Error err = {0};
    H5File *f = NULL;
    ck_assert_msg(h5_open(path, &f, &err) == 0, "%s", err.text);
    return f;
}

void h5_content_of(const char *path, char out[static 33])
{
    Error err = {0};
    H5File *f = h5_good(path);
    ck_assert_msg(h5_content(f, out, &err) == 0, "%s", err.text);
    h5_close(f);
}

void h5_refused(const char *path, const char *message)
{
    Error err = {0};
    H5File *f = NULL;
    ck_assert_int_eq(h5_open(path, &f, &err), -1);
    ck_assert_ptr_null(f);
    expect_error(&err, ERROR_CHECKPOINT, message);
}
