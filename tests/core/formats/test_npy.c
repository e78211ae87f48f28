/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays of NumPy: every version and type, and headers that are not what NumPy writes. */
#include "core/formats/npy.h"

#include "core/mem.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <math.h>
#include <signal.h>
#include <string.h>

static Scratch scratch;
static Npy array;

static void setup(void) { scratch_new(&scratch); }
static void teardown(void)
{
    npy_close(&array);
    scratch_free(&scratch);
}

/* Writes a file; the header is padded as NumPy does, to a multiple of 64 bytes. */
static const char *write_npy(int version, const char *header, const void *data, size_t len)
{
    char file[4096] = "\x93NUMPY";
    const size_t start = version > 1 ? 12 : 10, text = strlen(header);
    const size_t end = (start + text + 1 + 63) / 64 * 64;
    file[6] = (char)version;
    file[8] = (char)((end - start) & 255);
    file[9] = (char)((end - start) >> 8);
    memset(file + start, ' ', end - start);
    memcpy(file + start, header, text);
    file[end - 1] = '\n';
    memcpy(file + end, data, len);
    return scratch_write(&scratch, "a.npy", file, end + len);
}

static const float six[] = {1.5F, -2, 0.1F, INFINITY, 0, 1e-40F};

START_TEST(three_versions)
{
    Error err = {0};
    double got[6];
    const char *header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
    ck_assert_msg(npy_open(write_npy(_i, header, six, sizeof six), &array, &err) == 0, "%s",
                  err.text);
    ck_assert(array.ndim == 2 && array.shape[0] == 2 && array.shape[1] == 3 && array.len == 6);
    ck_assert_int_eq(npy_read(&array, 0, 6, got, &err), 0);
    for (int i = 0; i < 6; i++) ck_assert(got[i] == (double)six[i]);
    ck_assert_int_eq(npy_read(&array, 4, 2, got, &err), 0);
    ck_assert(got[0] == (double)six[4] && got[1] == (double)six[5]);
}
END_TEST

/* Two elements of each type. */
static const struct {
    const char *descr;
    uint8_t bytes[16];
    size_t len;
    double want[2];
} types[] = {
    {"<f2", {0x00, 0x3c, 0x00, 0xc0}, 4, {1, -2}},
    {"<f4", {0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0}, 8, {1, -2}},
    {"<f8",
     {0x9a, 0x99, 0x99, 0x99, 0x99, 0x99, 0xb9, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0x80},
     16,
     {0.1, 0}},
    {"|b1", {1, 0}, 2, {1, 0}},
    {"|u1", {255, 1}, 2, {255, 1}},
    {"|i1", {255, 1}, 2, {-1, 1}},
    {"<i2", {255, 255, 1, 0}, 4, {-1, 1}},
    {"<i4", {255, 255, 255, 255, 1, 0, 0, 1}, 8, {-1, 16777217}},
    {"<i8",
     {255, 255, 255, 255, 255, 255, 255, 255, 1, 0, 0, 0, 1, 0, 0, 0},
     16,
     {-1, 4294967297}},
};
enum { TYPES = sizeof types / sizeof *types };

START_TEST(all_types)
{
    Error err = {0};
    double got[2];
    char *header = mem_format("{\"shape\": (2,), \"descr\": \"%s\", \"fortran_order\": False}",
                              types[_i].descr);
    const char *path = write_npy(1, header, types[_i].bytes, types[_i].len);
    ck_assert_msg(npy_open(path, &array, &err) == 0, "%s", err.text);
    ck_assert_int_eq(npy_read(&array, 0, 2, got, NULL), 0);
    ck_assert(got[0] == types[_i].want[0] && got[1] == types[_i].want[1]);
    mem_free(header);
}
END_TEST

static const struct {
    const char *header, *message;
} bad[] = {
    {"{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", "column by column"},
    {"{'descr': '>f4', 'fortran_order': False, 'shape': (2, 3), }", "little-endian"},
    {"{'descr': '<c8', 'fortran_order': False, 'shape': (3,), }", "type '<c8'"},
    {"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (6,), }", "plain array"},
    {"{'descr': '|O', 'fortran_order': False, 'shape': (6,), }", "type '|O'"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 4), }", "24 bytes of elements"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }", "24 bytes of elements"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 8), }",
     "not a shape"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (999999999999999999, 99), }",
     "too many elements"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387, 2000), }",
     "24 bytes of elements"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (-2, 3), }", "not a shape"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (6), }", "a number, not a shape"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (2 3), }", "not a shape"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,6), }", "not a shape"},
    {"{'descr': '<f4', 'fortran_order': False, }", "a key is missing"},
    {"{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (6,), }",
     "an unknown or repeated key"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (6,), 'x': 1}", "an unknown or"},
    {"{'descr': '<f4', 'fortran_order': 0, 'shape': (6,), }", "expected True or False"},
    {"{'descr': '<f4' 'fortran_order': False, 'shape': (6,), }", "expected a comma"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (6,), } import os", "text after it"},
    {"['<f4', False, (6,)]", "expected a dictionary"},
    {"", "expected a dictionary"},
};
enum { BAD = sizeof bad / sizeof *bad };

START_TEST(bad_headers)
{
    Error err = {0};
    const char *path = write_npy(1, bad[_i].header, six, sizeof six);
    ck_assert_int_eq(npy_open(path, &array, &err), -1);
    expect_error(&err, ERROR_DATA, bad[_i].message);
    ck_assert_ptr_null(array.path);
}
END_TEST

static void refused(const void *bytes, size_t len, const char *message)
{
    Error err = {0};
    ck_assert_int_eq(npy_open(scratch_write(&scratch, "b.npy", bytes, len), &array, &err), -1);
    expect_error(&err, ERROR_DATA, message);
}

START_TEST(bad_files)
{
    refused("", 0, "not a .npy file");
    refused("\x93NUMPX\1\0\0\0\0\0", 12, "not a .npy file");
    refused("\x93NUMPY\4\0\0\0\0\0", 12, "version 4.0");
    refused("\x93NUMPY\1\1\0\0\0\0", 12, "version 1.1");
    refused("\x93NUMPY\1\0\377\377{}", 12, "a header of 65535 bytes");
    refused("\x93NUMPY\3\0\377\377\377\377", 12, "a header of 4294967295 bytes");
    refused("\x93NUMPY\1\0\2\0{\0", 12, "a NUL byte");
    Error err = {0};
    ck_assert_int_eq(npy_open(scratch_path(&scratch, "none"), &array, &err), -1);
    expect_error(&err, ERROR_DATA, "none: cannot open");
}
END_TEST

START_TEST(beyond_the_end)
{
    double got[6];
    const char *header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
    npy_open(write_npy(1, header, six, sizeof six), &array, NULL);
    npy_read(&array, 4, 3, got, NULL);
}
END_TEST

Suite *test_npy_suite(void);
Suite *test_npy_suite(void)
{
    Suite *s = suite_create("npy");
    TCase *t = tcase_create("npy");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, three_versions, 1, 4);
    tcase_add_loop_test(t, all_types, 0, TYPES);
    tcase_add_loop_test(t, bad_headers, 0, BAD);
    tcase_add_test(t, bad_files);
    tcase_add_test_raise_signal(t, beyond_the_end, SIGABRT);
    suite_add_tcase(s, t);
    return s;
}
