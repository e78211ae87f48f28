/* SPDX-License-Identifier: Apache-2.0 */
/* Zip archives: the writer, zip64, checksums, and archives that must be rejected. */
#include "core/formats/zip.h"
#include "core/io/file.h"
#include "core/io/file_walk.h"
#include "core/mem.h"
#include "tests/core/formats/zip_build.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static Scratch scratch;
static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

static const char *build(const ZipPart *part, int parts, const ZipEnd *end)
{
    size_t len;
    uint8_t *bytes = zip_build(part, parts, end, &len);
    const char *path = scratch_write(&scratch, "x.zip", bytes, len);
    mem_free(bytes);
    return path;
}

static ZipFile *open_good(const char *path)
{
    Error err = {0};
    ZipFile *z = NULL;
    ck_assert_msg(zip_open(path, &z, &err) == 0, "%s", err.text);
    return z;
}

static void refused(const char *path, const char *message)
{
    Error err = {0};
    ZipFile *z = NULL;
    ck_assert_msg(zip_open(path, &z, &err) == -1, "opened, expected: %s", message);
    ck_assert_ptr_null(z);
    expect_error(&err, ERROR_DATA, message);
    expect_error(&err, ERROR_DATA, scratch.dir);
}

static void expect_entry(ZipFile *z, const char *name, const char *data)
{
    char back[32] = "";
    const ZipEntry *e = zip_find(z, name);
    ck_assert_ptr_nonnull(e);
    ck_assert_uint_eq(e->size, strlen(data));
    ck_assert_int_eq(zip_read(z, e, 0, back, e->size, NULL), 0);
    ck_assert_str_eq(back, data);
}

START_TEST(written_archives)
{
    ZipWriter *w = NULL;
    const char *path = scratch_path(&scratch, "w.zip");
    ck_assert_int_eq(zip_create(path, &w, NULL), 0);
    ck_assert_int_eq(zip_put(w, "a/one", "first", 5, NULL), 0);
    ck_assert_int_eq(zip_put(w, "a/none", "", 0, NULL), 0);
    ck_assert_int_eq(zip_put(w, "a/two", "second, a longer one", 20, NULL), 0);
    ck_assert(!file_exists(path));
    ck_assert_int_eq(zip_commit(w, NULL), 0);
    ZipFile *z = open_good(path);
    ck_assert_int_eq(zip_count(z), 3);
    for (int i = 0; i < 3; i++) {
        ck_assert_uint_eq(zip_entry(z, i)->at % 64, 0);
        ck_assert_int_eq(zip_verify(z, zip_entry(z, i), NULL), 0);
    }
    expect_entry(z, "a/one", "first");
    expect_entry(z, "a/none", "");
    expect_entry(z, "a/two", "second, a longer one");
    ck_assert_ptr_null(zip_find(z, "a"));
    zip_close(z);
}
END_TEST

/* More entries than the 16 bits of the end record can count. */
START_TEST(many_written_entries)
{
    enum { MANY = 70000 };
    ZipWriter *w = NULL;
    const char *path = scratch_path(&scratch, "w.zip");
    ck_assert_int_eq(zip_create(path, &w, NULL), 0);
    for (int i = 0; i < MANY; i++) {
        char name[16];
        snprintf(name, sizeof name, "a/%d", i);
        ck_assert_int_eq(zip_put(w, name, name, strlen(name), NULL), 0);
    }
    ck_assert_int_eq(zip_commit(w, NULL), 0);
    ZipFile *z = open_good(path);
    ck_assert_int_eq(zip_count(z), MANY);
    expect_entry(z, "a/69999", "a/69999");
    zip_close(z);
}
END_TEST

START_TEST(written_failures)
{
    ZipWriter *w = NULL;
    Error err = {0};
    ck_assert_int_eq(zip_create(scratch_path(&scratch, "no/x.zip"), &w, &err), -1);
    ck_assert_ptr_null(w);
    expect_error(&err, ERROR_RUNTIME, "no/x.zip: cannot write: No such file");
    ck_assert_int_eq(zip_create(scratch_path(&scratch, "x.zip"), &w, NULL), 0);
    zip_abandon(w);
    Lines left;
    ck_assert_int_eq(file_walk(scratch.dir, &left, NULL), 0);
    ck_assert_uint_eq(left.count, 0);
    lines_free(&left);
}
END_TEST

START_TEST(zip64_fields)
{
    const ZipPart part[] = {{.name = "a/x", .data = "hello", .len = 5, .wide = 1},
                            {.name = "a/y", .data = "world", .len = 5}};
    for (int wide = 0; wide < 2; wide++) {
        ZipFile *z = open_good(build(part, 2, &(ZipEnd){.wide = wide}));
        expect_entry(z, "a/x", "hello");
        expect_entry(z, "a/y", "world");
        zip_close(z);
    }
}
END_TEST

START_TEST(damaged_data)
{
    const ZipPart part[] = {{.name = "a/x", .data = "123456788", .len = 9, .crc = 0xCBF43926u},
                            {.name = "a/y", .data = "123456789", .len = 9, .crc = 0xCBF43926u},
                            {.name = "a/z", .data = "any", .len = 3}};
    ZipFile *z = open_good(build(part, 3, &(ZipEnd){0}));
    Error err = {0};
    ck_assert_int_eq(zip_verify(z, zip_entry(z, 0), &err), -1);
    expect_error(&err, ERROR_DATA, "entry 'a/x': corrupt: the CRC-32 does not match");
    ck_assert_int_eq(zip_verify(z, zip_entry(z, 1), NULL), 0);
    ck_assert_int_eq(zip_verify(z, zip_entry(z, 2), NULL), 0); /* has no checksum */
    scratch_write(&scratch, "x.zip", "", 0);
    err = (Error){0};
    ck_assert_int_eq(zip_verify(z, zip_entry(z, 1), &err), -1);
    expect_error(&err, ERROR_DATA, "cannot read: the file has become shorter");
    zip_close(z);
}
END_TEST

#define X .name = "a/x", .data = "hello", .len = 5
#define Y .name = "a/y", .data = "world", .len = 5

/* Two entries and the end of an archive with inconsistent fields, and the expected error. */
static const struct Bad {
    ZipPart part[2];
    ZipEnd end;
    const char *message;
} bad[] = {
    {{{X, .method = 8}, {Y}}, {0}, "entry 'a/x': compressed (method 8)"},
    {{{X}, {Y, .method = 12}}, {0}, "entry 'a/y': compressed (method 12)"},
    {{{X, .local_method = 8}, {Y}}, {0}, "entry 'a/x': compressed by its own header"},
    {{{X, .flags = 1}, {Y}}, {0}, "entry 'a/x': encrypted"},
    {{{X, .flags = 0x2000}, {Y}}, {0}, "entry 'a/x': encrypted"},
    {{{X, .packed = 4}, {Y}}, {0}, "entry 'a/x': stored in 4 bytes, expected 5"},
    {{{X}, {Y, .packed = 6, .size = 6}}, {0}, "entry 'a/y': 6 bytes: extend past the end"},
    {{{X}, {Y, .packed = 1u << 31, .size = 1u << 31}},
     {0},
     "entry 'a/y': 2147483648 bytes: extend"},
    {{{X, .packed = 6, .size = 6}, {Y}}, {0}, "entry 'a/y': overlaps the entry before it"},
    {{{X}, {Y, .shift = -38}}, {0}, "'a/y': its header is not where the directory says"},
    {{{X, .shift = 1}, {Y}}, {0}, "'a/x': its header is not where the directory says"},
    {{{X}, {Y, .shift = 1 << 20}}, {0}, "'a/y': its header lies outside the file"},
    {{{X}, {Y, .shift = -1000}}, {0}, "'a/y': its header lies outside the file"},
    {{{X, .local_name = "a/z"}, {Y}}, {0}, "'a/x': its header is not where"},
    {{{X, .local_name = "a/xx"}, {Y}}, {0}, "'a/x': its header is not where"},
    {{{X}, {X}}, {0}, "entry 'a/x': duplicate name"},
    {{{X}, {X, .shift = -38}}, {0}, "entry 'a/x': overlaps the entry before it"},
    {{{X}, {.name = "", .data = "", .len = 0}}, {0}, "an entry's name is empty"},
    {{{X, .wide = 1, .extra_len = 16}, {Y}}, {0}, "entry 'a/x': zip64 field: too short"},
    {{{X}, {Y}}, {.entries = 1}, "3 entries in a directory of 98 bytes"},
    {{{X}, {Y}}, {.entries = -1}, "directory: bytes left after the last entry"},
    {{{X}, {Y}}, {.entries = 1000}, "1002 entries in a directory of 98 bytes"},
    {{{X}, {Y}},
     {.directory_bytes = 1},
     "directory of 99 bytes from byte 76: does not end here"},
    {{{X}, {Y}}, {.directory_bytes = 1 << 30}, "directory of 1073741922 bytes: at most"},
    {{{X}, {Y}}, {.directory_shift = 1}, "directory of 98 bytes from byte 77: does not end"},
    {{{X}, {Y}}, {.directory_shift = 1, .directory_bytes = -1}, "directory: no entry here"},
    {{{X}, {Y}}, {.disk = 1}, "a multi-part archive"},
    {{{X}, {Y}}, {.wide = 1, .disk = 1}, "a multi-part archive"},
    {{{X}, {Y}}, {.wide = 1, .locator_shift = 1}, "zip64 end record: lies outside"},
    {{{X}, {Y}}, {.wide = 1, .locator_shift = -1}, "zip64 end record: wrong"},
    {{{X}, {Y}}, {.wide = 1, .locator_shift = INT64_MIN}, "zip64 end record: lies outside"},
    {{{X}, {Y}}, {.wide = 1, .end64_entries = INT64_MAX}, "entries in a directory of 98 bytes"},
};
enum { BAD = sizeof bad / sizeof *bad };

START_TEST(refuses_inconsistent_fields)
{
    refused(build(bad[_i].part, 2, &bad[_i].end), bad[_i].message);
}
END_TEST

START_TEST(refuses_a_name_that_is_too_long)
{
    char name[2000];
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = 0;
    const ZipPart part = {.name = name, .data = "", .len = 0};
    refused(build(&part, 1, &(ZipEnd){0}), "an entry's name is empty, too long");
}
END_TEST

/* Every truncated file is rejected, and so is every file with bytes after its end. */
START_TEST(refuses_cut_files)
{
    const ZipPart part[] = {{X}, {Y}};
    size_t len;
    uint8_t *bytes = zip_build(part, 2, &(ZipEnd){.wide = _i}, &len);
    for (size_t n = 0; n < len; n++)
        refused(scratch_write(&scratch, "x.zip", bytes, n),
                n < 22 ? "bytes: too short for a zip archive"
                       : "no end record of a zip archive");
    bytes = mem_realloc(bytes, len + 1);
    bytes[len] = 0;
    refused(scratch_write(&scratch, "x.zip", bytes, len + 1), "no end record of a zip archive");
    mem_free(bytes);
}
END_TEST

START_TEST(refuses_what_is_not_a_file)
{
    Error err = {0};
    ZipFile *z = NULL;
    ck_assert_int_eq(zip_open("/nonexistent/x", &z, &err), -1);
    expect_error(&err, ERROR_DATA, "/nonexistent/x: cannot open: No such file");
    err = (Error){0};
    ck_assert_int_eq(zip_open("/dev/zero", &z, &err), -1);
    expect_error(&err, ERROR_DATA, "/dev/zero: not a regular file");
}
END_TEST

Suite *test_zip_suite(void);
Suite *test_zip_suite(void)
{
    Suite *s = suite_create("zip");
    TCase *c = tcase_create("zip");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, written_archives);
    tcase_add_test(c, many_written_entries);
    tcase_add_test(c, written_failures);
    tcase_add_test(c, zip64_fields);
    tcase_add_test(c, damaged_data);
    tcase_add_loop_test(c, refuses_inconsistent_fields, 0, BAD);
    tcase_add_test(c, refuses_a_name_that_is_too_long);
    tcase_add_loop_test(c, refuses_cut_files, 0, 2);
    tcase_add_test(c, refuses_what_is_not_a_file);
    suite_add_tcase(s, c);
    return s;
}
