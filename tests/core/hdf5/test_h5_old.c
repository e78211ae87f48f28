/* SPDX-License-Identifier: Apache-2.0 */
/* Files without a catalog, which HDF5 reads in a child process. */
#include "core/hdf5/checksum_block.h"
#include "core/hdf5/h5_old.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/rng.h"
#include "tests/core/hdf5/h5_make.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <fcntl.h>
#include <hdf5.h>
#include <string.h>
#include <unistd.h>

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

/* Damage that a fitting checksum hides never reaches this process: the file is refused, or its
 * numbers are within it. */
START_TEST(damage_behind_a_checksum)
{
    Rng rng = rng_new((uint64_t)_i, 0, 0, RNG_TEST);
    Bytes b;
    const char *path = scratch_path(&scratch, "x.h5");
    h5_random(path, 5);
    h5_without_catalog(path);
    ck_assert_int_eq(file_read(path, &b, NULL), 0);
    for (int i = 0; i < 100; i++) {
        Error err = {0};
        H5File *f = NULL;
        Bytes copy = {mem_alloc(b.len), b.len};
        memcpy(copy.data, b.data, b.len);
        for (int k = 0; k < 3; k++) {
            const uint32_t at = rng_below(&rng, (uint32_t)b.len - CHECKSUM_BLOCK_BYTES);
            copy.data[CHECKSUM_BLOCK_BYTES + at] = (uint8_t)rng_below(&rng, 256);
        }
        scratch_write(&scratch, "y.h5", copy.data, copy.len);
        h5_reseal(scratch.path);
        if (h5_open(scratch.path, &f, &err) != 0)
            expect_error(&err, ERROR_CHECKPOINT, "y.h5: ");
        else
            h5_verify(f, NULL);
        h5_close(f);
        mem_free(copy.data);
    }
    bytes_free(&b);
}
END_TEST

/* HDF5 takes a time that is cubic in the depth of groups. */
START_TEST(groups_take_no_time)
{
    hid_t create = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_userblock(create, CHECKSUM_BLOCK_BYTES);
    hid_t file = H5Fcreate(scratch_path(&scratch, "x.h5"), H5F_ACC_TRUNC, create, H5P_DEFAULT);
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR), at = file;
    H5Tset_size(type, 32);
    hid_t a = H5Acreate2(file, "kind", type, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(a, type, "bank\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    H5Aclose(a);
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
    tcase_set_timeout(c, 300);
    tcase_add_loop_test(c, the_same_without_a_catalog, 0, 10);
    tcase_add_loop_test(c, damage_behind_a_checksum, 0, 5);
    tcase_add_loop_test(c, groups_take_no_time, 0, 2);
    suite_add_tcase(s, c);
    return s;
}
