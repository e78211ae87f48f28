/* SPDX-License-Identifier: Apache-2.0 */
/* Files without a catalog, which HDF5 reads in a child process. */
#include "core/hdf5/checksum_block.h"
#include "core/hdf5/h5_old.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/rng.h"
#include "tests/core/hdf5/h5_make.h"
#include "tests/support/deny.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <hdf5.h>
#include <string.h>
#include <sys/syscall.h>

static Scratch scratch;
static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

START_TEST(the_same_without_a_catalog)
{
    char want[33], have[33];
    const char *path = scratch_path(&scratch, "x.h5");
    h5_random(path, (uint64_t)_i);
    h5_content_of(path, want);
    h5_without_catalog(path);
    h5_content_of(path, have);
    ck_assert_str_eq(have, want);
}
END_TEST

static void put_attribute(hid_t object, const char *name, hid_t type, const void *value)
{
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t a = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    ck_assert_int_ge(H5Awrite(a, type, value), 0);
    H5Aclose(a);
    H5Sclose(space);
}

/* Starts x.h5 in HDF5's oldest format, which protects nothing by checksums. */
static hid_t start_file(void)
{
    hid_t create = H5Pcreate(H5P_FILE_CREATE), type = H5Tcopy(H5T_C_S1);
    H5Pset_userblock(create, CHECKSUM_BLOCK_BYTES);
    hid_t file = H5Fcreate(scratch_path(&scratch, "x.h5"), H5F_ACC_TRUNC, create, H5P_DEFAULT);
    H5Tset_size(type, 32);
    put_attribute(file, "kind", type, (const char[32]){"bank"});
    H5Tclose(type);
    H5Pclose(create);
    return file;
}

/* An array of six bytes with the checksum that fits. */
static void put_array(hid_t group, const char *name)
{
    static const uint8_t data[6] = {1, 2, 3, 4, 5, 6};
    uint8_t hash[HASH_BYTES];
    hsize_t len = 6, hash_len = HASH_BYTES;
    hid_t space = H5Screate_simple(1, &len, NULL);
    hid_t d =
        H5Dcreate2(group, name, H5T_STD_U8LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    ck_assert_int_ge(H5Dwrite(d, H5T_STD_U8LE, H5S_ALL, H5S_ALL, H5P_DEFAULT, data), 0);
    hash_of(data, 6, hash);
    hid_t line = H5Screate_simple(1, &hash_len, NULL);
    hid_t a = H5Acreate2(d, "xxh3", H5T_STD_U8LE, line, H5P_DEFAULT, H5P_DEFAULT);
    ck_assert_int_ge(H5Awrite(a, H5T_STD_U8LE, hash), 0);
    H5Aclose(a);
    H5Sclose(line);
    H5Dclose(d);
    H5Sclose(space);
}

/* Opens the file with a few bytes changed behind a fitting checksum block. */
static void open_damaged(const Bytes *b, Rng *rng)
{
    Error err = {0};
    H5File *f = NULL;
    uint8_t *copy = mem_alloc(b->len);
    memcpy(copy, b->data, b->len);
    for (int64_t k = rng_below(rng, 4); k >= 0; k--)
        copy[CHECKSUM_BLOCK_BYTES + rng_below(rng, (int64_t)b->len - CHECKSUM_BLOCK_BYTES)] =
            (uint8_t)(rng_below(rng, 3) ? rng_below(rng, 256) : 255);
    scratch_write(&scratch, "y.h5", copy, b->len);
    h5_reseal(scratch.path);
    if (h5_open(scratch.path, &f, &err) != 0)
        expect_error(&err, ERROR_CHECKPOINT, "y.h5: ");
    else
        h5_verify(f, NULL);
    h5_close(f);
    mem_free(copy);
}

/* Damage that a fitting checksum hides never reaches this process: the file is refused, or what
 * HDF5 makes of it lies within it. */
START_TEST(damage_behind_a_checksum)
{
    char content[33];
    Rng rng = rng_new((uint64_t)_i, 0, 0, RNG_TEST);
    Bytes b;
    hid_t file = start_file();
    hid_t g = H5Gcreate2(file, "g", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    put_array(file, "a");
    put_array(g, "b");
    H5Gclose(g);
    H5Fclose(file);
    h5_reseal(scratch.path);
    h5_content_of(scratch.path, content);
    ck_assert_int_eq(file_read(scratch.path, &b, NULL), 0);
    for (int i = 0; i < 200; i++) open_damaged(&b, &rng);
    bytes_free(&b);
}
END_TEST

/* Opens a file that is as it should be. */
static H5File *open_good(void)
{
    hid_t file = start_file();
    put_array(file, "a");
    H5Fclose(file);
    H5File *f = h5_file_new("x.h5");
    f->fd = open(scratch.path, O_RDONLY);
    ck_assert_int_ge(f->fd, 0);
    return f;
}

/* A child that crashes, here because there is no room for the entry, says nothing. */
START_TEST(a_child_that_crashes)
{
    Error err = {0};
    H5File *f = open_good();
    f->item = (H5Item *)8;
    f->room = 1;
    ck_assert_int_eq(h5_old_read(f, &err), -1);
    expect_error(&err, ERROR_CHECKPOINT, "x.h5: damaged or hostile: HDF5 failed");
    f->item = NULL;
    h5_close(f);
}
END_TEST

/* If the disk fails, nothing is known about the file. */
START_TEST(a_disk_that_fails)
{
    Error err = {0};
    H5File *f = open_good();
    deny_call(SYS_pread64, EIO);
    ck_assert_int_eq(h5_old_read(f, &err), -1);
    expect_error(&err, ERROR_RUNTIME, "x.h5: cannot read: out of memory, or a failing disk");
    h5_close(f);
}
END_TEST

/* HDF5 takes a time that is cubic in the depth of groups. */
START_TEST(groups_take_no_time)
{
    hid_t file = start_file(), at = file;
    for (int i = 0; i < 2000; i++) {
        char *name = _i ? mem_format("g%d", i) : mem_strdup("g");
        hid_t g = H5Gcreate2(at, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        if (_i == 0) at = g;
        mem_free(name);
    }
    H5Fflush(file, H5F_SCOPE_GLOBAL);
    h5_reseal(scratch.path);
    const double start = log_now();
    h5_refused(scratch.path, "x.h5: groups: more than ramplus writes");
    ck_assert(log_now() - start < 2); /* 2000 nested groups took 40 seconds */
}
END_TEST

Suite *test_h5_old_suite(void);
Suite *test_h5_old_suite(void)
{
    Suite *s = suite_create("h5_old");
    TCase *c = tcase_create("h5_old");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_loop_test(c, the_same_without_a_catalog, 0, 10);
    tcase_add_loop_test(c, damage_behind_a_checksum, 0, 5);
    tcase_add_test(c, a_child_that_crashes);
    tcase_add_test(c, a_disk_that_fails);
    tcase_add_loop_test(c, groups_take_no_time, 0, 2);
    suite_add_tcase(s, c);
    return s;
}
