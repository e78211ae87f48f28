/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of tensors: kinds of files, ramplus's own files as a set, compatible shapes. */
#include "core/formats/tensor_set.h"

#include "core/formats/file_kind.h"
#include "core/formats/safetensors.h"
#include "core/hash.h"
#include "core/hdf5/h5_write.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <string.h>
#include <unistd.h>

static Scratch scratch;
static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

static const float six[6] = {1, 2, 3, 4, 5, 6};

static const char *write_h5(const char *name)
{
    H5Writer *w;
    const char *path = scratch_path(&scratch, name);
    ck_assert_int_eq(h5_create(path, "weights", &w, NULL), 0);
    h5_put(w, "a", H5_F32, 2, (int64_t[]){2, 3}, six, NULL);
    h5_put(w, "b", H5_I64, 0, NULL, (int64_t[]){-5}, NULL);
    h5_put_text(w, "text", "hello", NULL);
    ck_assert_int_eq(h5_commit(w, NULL), 0);
    return path;
}

START_TEST(our_own_files)
{
    TensorSet s;
    Error err = {0};
    float values[6];
    int64_t number;
    bool all = false;
    uint8_t hash[16];
    ck_assert_int_eq(tensor_set_open(write_h5("x.h5"), &s, &err), 0);
    ck_assert_str_eq(h5_kind(s.h5), "weights");
    ck_assert_int_eq(s.count, 3);
    ck_assert_str_eq(s.entry[0].dtype, "F32");
    ck_assert_str_eq(s.entry[1].dtype, "I64");
    ck_assert_str_eq(s.entry[2].dtype, "U8");
    ck_assert_int_eq(s.entry[2].len, 5);
    ck_assert_int_eq(s.read(s.store, 0, values, NULL), 0);
    ck_assert_mem_eq(values, six, sizeof six);
    hash_of(six, sizeof six, hash);
    ck_assert_mem_eq(s.checksum(s.store, 0), hash, sizeof hash);
    ck_assert_int_eq(s.read_raw(s.store, 1, &number, NULL), 0);
    ck_assert_int_eq(number, -5);
    ck_assert_int_eq(s.read(s.store, 1, values, &err), -1);
    expect_error(&err, ERROR_CHECKPOINT, "x.h5: b: not float32");
    ck_assert_int_eq(s.verify(s.store, &all, NULL), 0);
    ck_assert(all);
    tensor_set_close(&s);
}
END_TEST

START_TEST(shapes)
{
    static const struct {
        int ndim, want_ndim;
        int64_t shape[2], want[2];
        bool fits;
    } rows[] = {
        {2, 2, {2, 3}, {2, 3}, true}, {2, 2, {2, 3}, {3, 2}, false}, {1, 2, {6}, {2, 3}, false},
        {0, 1, {0}, {1}, true},       {1, 0, {1}, {0}, true},        {0, 2, {0}, {1, 1}, true},
        {1, 0, {2}, {0}, false},      {0, 1, {0}, {2}, false},       {2, 1, {1, 1}, {1}, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        TensorEntry e = {.ndim = rows[i].ndim};
        Tensor t = {.ndim = rows[i].want_ndim};
        memcpy(e.shape, rows[i].shape, sizeof rows[i].shape);
        memcpy(t.shape, rows[i].want, sizeof rows[i].want);
        ck_assert_msg(tensor_set_fits(&e, &t) == rows[i].fits, "row %zu", i);
    }
}
END_TEST

static void expect_kind(const char *name, enum FileKind want)
{
    enum FileKind kind;
    const char *path = scratch_path(&scratch, name);
    ck_assert_int_eq(file_kind(path, &kind, NULL), 0);
    ck_assert_msg(kind == want, "%s: %d", name, (int)kind);
}

static void expect_no_arrays(const char *name, int code, const char *message)
{
    enum FileKind kind;
    Error err = {0};
    ck_assert_int_eq(file_kind_arrays(scratch_path(&scratch, name), &kind, &err), -1);
    expect_error(&err, code, message);
}

/* Bytes decide before names, names decide if the bytes are inconclusive, and links are
 * resolved. */
START_TEST(kinds)
{
    const StWrite t = {"a", 1, {6}, six};
    write_h5("named.pth");
    expect_kind("named.pth", FILE_H5);
    ck_assert_int_eq(st_write(scratch_path(&scratch, "named.h5"), NULL, 0, &t, 1, NULL), 0);
    expect_kind("named.h5", FILE_SAFETENSORS);
    ck_assert_int_eq(st_write(scratch_path(&scratch, "plain"), NULL, 0, &t, 1, NULL), 0);
    expect_kind("plain", FILE_SAFETENSORS);
    scratch_text(&scratch, "zip.h5", "PK\003\004 and more than sixteen bytes");
    expect_kind("zip.h5", FILE_PTH);
    scratch_text(&scratch, "words.bin", "words without a meaning");
    expect_kind("words.bin", FILE_PTH);
    scratch_text(&scratch, "words.txt", "words without a meaning");
    expect_kind("words.txt", FILE_OTHER);
    scratch_text(&scratch, "none.h5", "0000000000000000000");
    ck_assert_int_eq(symlink("none.h5", scratch_path(&scratch, "latest")), 0);
    expect_kind("latest", FILE_H5);
}
END_TEST

/* What is no file of arrays, whatever its name, is called what it is. */
START_TEST(other_files)
{
    static const struct {
        const char *name, *text;
        int code;
        const char *message;
    } rows[] = {
        {"a.pth", "version https://git-lfs.github.com/spec/v1\n", ERROR_DATA,
         "a.pth: not a file of weights (.pth, .safetensors or .h5): a Git LFS pointer"},
        {"a.safetensors", "<!DOCTYPE html><html>", ERROR_DATA, "a web page (HTML)"},
        {"a.h5", "version https://git-lfs.github.com/spec/v1\n", ERROR_CHECKPOINT,
         "a.h5: not a file of ramplus: a Git LFS"},
        {"a.bin", "\xff\xfe{\"", ERROR_DATA, "UTF-16 text"},
        {"a", "\x1f\x8b\x08 gzip", ERROR_DATA,
         "a: not a file of weights (.pth, .safetensors or .h5): gzip data: unpack"},
        {"b.txt", "words", ERROR_DATA, "plain text"},
        {"c.pt", "", ERROR_DATA, "an empty file"},
        {"d", "\1\2\3\4\5\6\7", ERROR_DATA, "unknown first bytes"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        scratch_text(&scratch, rows[i].name, rows[i].text);
        expect_no_arrays(rows[i].name, rows[i].code, rows[i].message);
    }
    expect_no_arrays(".", ERROR_DATA, "a folder, not a file");
}
END_TEST

START_TEST(files_that_are_not_there)
{
    enum FileKind kind;
    Error err = {0};
    ck_assert_int_eq(file_kind("/nowhere/x.h5", &kind, &err), -1);
    expect_error(&err, ERROR_DATA, "/nowhere/x.h5: cannot open");
    TensorSet s;
    err = (Error){0};
    ck_assert_int_eq(tensor_set_open("/nowhere/x.h5", &s, &err), -1);
    expect_error(&err, ERROR_DATA, "/nowhere/x.h5: cannot open");
}
END_TEST

Suite *test_tensor_set_suite(void);
Suite *test_tensor_set_suite(void)
{
    Suite *s = suite_create("tensor_set");
    TCase *c = tcase_create("tensor_set");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, our_own_files);
    tcase_add_test(c, shapes);
    tcase_add_test(c, kinds);
    tcase_add_test(c, other_files);
    tcase_add_test(c, files_that_are_not_there);
    suite_add_tcase(s, c);
    return s;
}
