/* SPDX-License-Identifier: Apache-2.0 */
/* HDF5 files with a valid checksum block and a foreign catalog, and failures while writing. */
#include "core/hdf5/checksum_block.h"
#include "core/hdf5/h5_file.h"
#include "core/hdf5/h5_write.h"
#include "core/io/file.h"
#include "core/io/file_walk.h"
#include "core/mem.h"
#include "tests/core/hdf5/h5_make.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <hdf5.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static Scratch scratch;
static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

static const float weights[1] = {1};

static hid_t craft_start(bool kind)
{
    hid_t create = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_userblock(create, CHECKSUM_BLOCK_BYTES);
    hid_t file = H5Fcreate(scratch_path(&scratch, "x.h5"), H5F_ACC_TRUNC, create, H5P_DEFAULT);
    H5Pclose(create);
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    H5Tset_size(type, 32);
    if (kind) {
        hid_t a = H5Acreate2(file, "kind", type, space, H5P_DEFAULT, H5P_DEFAULT);
        H5Awrite(a, type, "checkpoint\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
        H5Aclose(a);
    }
    H5Sclose(space);
    H5Tclose(type);
    return file;
}

static void craft_array(hid_t file, hid_t type, int ndim, hid_t how)
{
    hsize_t axes[9] = {2, 1, 1, 1, 1, 1, 1, 1, 1};
    const double zero[2] = {0};
    hid_t space = H5Screate_simple(ndim, axes, NULL);
    hid_t d = H5Dcreate2(file, "a", type, space, H5P_DEFAULT, how, H5P_DEFAULT);
    H5Dwrite(d, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, zero);
    H5Dclose(d);
    H5Sclose(space);
}

static void craft(hid_t file, int which)
{
    hid_t how = H5Pcreate(H5P_DATASET_CREATE), type;
    hsize_t two = 2;
    switch (which) {
    case 1:
        craft_array(file, H5T_IEEE_F32LE, 1, how);
        break;
    case 2:
        craft_array(file, H5T_STD_I16LE, 1, how);
        break;
    case 3:
        craft_array(file, H5T_IEEE_F32BE, 1, how);
        break;
    case 4:
        craft_array(file, H5T_IEEE_F32LE, 9, how);
        break;
    case 5:
        H5Pset_chunk(how, 1, &two);
        craft_array(file, H5T_IEEE_F32LE, 1, how);
        break;
    case 6:
        H5Pset_layout(how, H5D_COMPACT);
        craft_array(file, H5T_IEEE_F32LE, 1, how);
        break;
    case 7:
        H5Pset_external(how, "/etc/passwd", 0, 8);
        craft_array(file, H5T_IEEE_F32LE, 1, H5P_DEFAULT);
        hid_t space = H5Screate_simple(1, &two, NULL);
        H5Dclose(H5Dcreate2(file, "b", H5T_IEEE_F32LE, space, H5P_DEFAULT, how, H5P_DEFAULT));
        H5Sclose(space);
        break;
    case 8:
        type = H5Tcopy(H5T_STD_U8LE);
        H5Tcommit2(file, "type", type, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        H5Tclose(type);
        break;
    }
    H5Pclose(how);
}

static const char *const crafted[] = {
    "x.h5: kind: missing",
    "x.h5: a: checksum: missing",
    "x.h5: a: number type: unknown",
    "x.h5: a: number type: unknown",
    "x.h5: a: shape: not written by ramplus",
    "x.h5: a: storage: not written by ramplus",
    "x.h5: a: storage: not written by ramplus",
    "x.h5: ",
    "x.h5: type: neither a group nor an array",
};

START_TEST(refuses_crafted_catalogs)
{
    hid_t file = craft_start(_i > 0);
    craft(file, _i);
    H5Fclose(file);
    h5_reseal(scratch.path);
    h5_refused(scratch.path, crafted[_i]);
}
END_TEST

static void refuse_put(const char *name, const char *message)
{
    Error err = {0}, last = {0};
    H5Writer *w;
    int64_t one = 1;
    ck_assert_int_eq(h5_create(scratch_path(&scratch, "x.h5"), "k", &w, NULL), 0);
    ck_assert_int_eq(h5_put(w, "a/b", H5_F32, 1, &one, weights, NULL), 0);
    ck_assert_int_eq(h5_put(w, name, H5_F32, 1, &one, weights, &err), -1);
    expect_error(&err, ERROR_RUNTIME, message);
    ck_assert_int_eq(h5_put(w, "c", H5_F32, 1, &one, weights, NULL), -1);
    ck_assert_int_eq(h5_commit(w, &last), -1);
    ck_assert_str_eq(err.text, last.text);
    Lines left;
    ck_assert_int_eq(file_walk(scratch.dir, &left, NULL), 0);
    ck_assert_uint_eq(left.count, 0);
    lines_free(&left);
}

START_TEST(refuses_names)
{
    refuse_put("a/b", "x.h5: a/b: duplicate name");
    refuse_put("a/b/c", "x.h5: a/b/c: ");
    refuse_put("", "cannot be a name");
    refuse_put("/x", "cannot be a name");
    refuse_put("x//y", "cannot be a name");
    refuse_put("./x", "cannot be a name");
    refuse_put("x/", "cannot be a name");
}
END_TEST

START_TEST(a_folder_that_is_missing)
{
    Error err = {0};
    H5Writer *w;
    ck_assert_int_eq(h5_create("/nonexistent/x.h5", "k", &w, &err), -1);
    expect_error(&err, ERROR_RUNTIME, "/nonexistent/x.h5: cannot create: No such file");
    ck_assert_ptr_null(w);
}
END_TEST

/* Limits the size of each file to `limit` bytes. */
static void write_in_little_room(size_t limit, const float *data, int64_t n)
{
    Error err = {0};
    H5Writer *w = NULL;
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){limit, RLIM_INFINITY});
    if (h5_create(scratch.path, "k", &w, &err) == 0) {
        h5_put(w, "a", H5_F32, 1, &n, data, NULL);
        h5_put_text(w, "b/c", "text", NULL);
        ck_assert_int_eq(h5_commit(w, &err), -1);
    }
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY});
    expect_error(&err, ERROR_RUNTIME, "File too large");
    H5File *old = NULL;
    ck_assert_int_eq(h5_open(scratch.path, &old, NULL), 0);
    ck_assert_str_eq(h5_kind(old), "old");
    h5_close(old);
    Lines left;
    ck_assert_int_eq(file_walk(scratch.dir, &left, NULL), 0);
    ck_assert_uint_eq(left.count, 1);
    lines_free(&left);
}

START_TEST(a_full_disk)
{
    const int64_t n = 1 << 18;
    float *data = mem_calloc((size_t)n, sizeof *data);
    signal(SIGXFSZ, SIG_IGN);
    H5Writer *w;
    ck_assert_int_eq(h5_create(scratch_path(&scratch, "x.h5"), "old", &w, NULL), 0);
    ck_assert_int_eq(h5_commit(w, NULL), 0);
    for (size_t limit = 0; limit < 4 << 18; limit += limit < 4096 ? 128 : 65521)
        write_in_little_room(limit, data, n);
    write_in_little_room((4 << 18) + 600, data, n); /* the data fit, the catalog does not */
    mem_free(data);
}
END_TEST

Suite *test_h5_bad_suite(void);
Suite *test_h5_bad_suite(void)
{
    Suite *s = suite_create("h5_bad");
    TCase *c = tcase_create("h5_bad");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_loop_test(c, refuses_crafted_catalogs, 0, 9);
    tcase_add_test(c, refuses_names);
    tcase_add_test(c, a_folder_that_is_missing);
    tcase_add_test(c, a_full_disk);
    suite_add_tcase(s, c);
    return s;
}
