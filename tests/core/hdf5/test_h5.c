/* SPDX-License-Identifier: Apache-2.0 */
/* Ramplus's own HDF5 files: round trip, equal bytes, content hashes, and every kind of
 * corruption. */
#include "core/hash.h"
#include "core/hdf5/h5_file.h"
#include "core/hdf5/h5_write.h"
#include "core/io/file.h"
#include "core/math/bf16.h"
#include "core/mem.h"
#include "tests/core/hdf5/h5_make.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <hdf5.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static Scratch scratch;
static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

static const float weights[6] = {1, -2, 3.5f, 0, 1e-40f, 1e38f};
static const double numbers[2] = {0.1, -1e300};
static const int64_t counters[3] = {INT64_MIN, 0, INT64_MAX};
static const uint8_t bits[5] = {0, 1, 255, 7, 0};

/* The parts in one of two orders. */
static const char *write_sample(const char *name, int order, const char *note)
{
    Error err = {0};
    H5Writer *w = NULL;
    const char *path = scratch_path(&scratch, name);
    ck_assert_int_eq(h5_create(path, "checkpoint", &w, &err), 0);
    for (int i = 0; i < 7; i++) switch (order ? 6 - i : i) {
        case 0:
            h5_put(w, "param/a.b.weight", H5_F32, 2, (int64_t[]){2, 3}, weights, &err);
            break;
        case 1:
            h5_put(w, "param/scale", H5_F32, 0, NULL, weights + 2, &err);
            break;
        case 2:
            h5_put(w, "state/numbers", H5_F64, 1, (int64_t[]){2}, numbers, &err);
            break;
        case 3:
            h5_put(w, "state/counters", H5_I64, 1, (int64_t[]){3}, counters, &err);
            break;
        case 4:
            h5_put(w, "bits", H5_U8, 3, (int64_t[]){1, 5, 1}, bits, &err);
            break;
        case 5:
            h5_put(w, "none", H5_F32, 2, (int64_t[]){0, 4}, weights, &err);
            break;
        case 6:
            h5_put_text(w, "info/note", note, &err);
            break;
        }
    ck_assert_msg(h5_commit(w, &err) == 0, "%s", err.text);
    return path;
}

static void expect_array(H5File *f, const char *name, const void *want, size_t bytes)
{
    Error err = {0};
    char out[64] = {0};
    ck_assert_msg(h5_read(f, h5_find(f, name), out, &err) == 0, "%s", err.text);
    ck_assert_mem_eq(out, want, bytes);
}

START_TEST(round_trip)
{
    H5File *f = h5_good(write_sample("x.h5", 0, "two\nlines, \xc3\xa9"));
    ck_assert_str_eq(h5_kind(f), "checkpoint");
    ck_assert_int_eq(h5_count(f), 7);
    for (int i = 1; i < 7; i++)
        ck_assert(strcmp(h5_entry(f, i - 1)->name, h5_entry(f, i)->name) < 0);
    expect_array(f, "param/a.b.weight", weights, sizeof weights);
    expect_array(f, "param/scale", weights + 2, sizeof *weights);
    expect_array(f, "state/numbers", numbers, sizeof numbers);
    expect_array(f, "state/counters", counters, sizeof counters);
    expect_array(f, "bits", bits, sizeof bits);
    expect_array(f, "none", "", 0);
    const H5Entry *e = h5_find(f, "bits");
    ck_assert(e->type == H5_U8 && e->ndim == 3 && e->shape[1] == 5 && e->len == 5);
    ck_assert_int_eq(h5_find(f, "param/scale")->ndim, 0);
    ck_assert_ptr_null(h5_find(f, "param"));
    char *text;
    ck_assert_int_eq(h5_read_text(f, "info/note", &text, NULL), 0);
    ck_assert_str_eq(text, "two\nlines, \xc3\xa9");
    mem_free(text);
    ck_assert_int_eq(h5_verify(f, NULL), 0);
    h5_close(f);
}
END_TEST

/* Read as they are and as float32, and converted by HDF5 itself. */
START_TEST(bfloat16)
{
    static const uint16_t half[] = {0x3f80, 0xbf80, 0x8000, 0x0001, 0x7f7f, 0x7f80, 0x4049};
    enum { N = sizeof half / sizeof *half };
    Error err = {0};
    float want[N], have[N];
    H5Writer *w;
    const char *path = scratch_path(&scratch, "x.h5");
    for (int i = 0; i < N; i++) want[i] = bf16_number(half[i]);
    ck_assert_int_eq(h5_create(path, "bank", &w, NULL), 0);
    h5_put(w, "v", H5_BF16, 1, (int64_t[]){N}, half, NULL);
    ck_assert_int_eq(h5_commit(w, NULL), 0);
    H5File *f = h5_good(path);
    expect_array(f, "v", half, sizeof half);
    ck_assert_msg(h5_read_f32(f, h5_find(f, "v"), have, &err) == 0, "%s", err.text);
    ck_assert_mem_eq(have, want, sizeof want);
    h5_close(f);
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT),
          d = H5Dopen2(file, "v", H5P_DEFAULT);
    memset(have, 0, sizeof have);
    ck_assert_int_ge(H5Dread(d, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, have), 0);
    ck_assert_mem_eq(have, want, sizeof want);
    H5Dclose(d);
    H5Fclose(file);
}
END_TEST

/* Arrays of 1 KiB and more begin at multiples of 64 bytes, whatever precedes them; others are
 * read. */
START_TEST(mapping)
{
    static uint16_t half[5000], few[9];
    H5Writer *w;
    FileMap *m;
    Error err = {0};
    char before[] = "xxxxxxxxxxxxxxxxxxxxxxxxxxx";
    for (int i = 0; i < 5000; i++) half[i] = (uint16_t)(3 * i);
    for (size_t n = 0; n < 10; n++) {
        before[20 + n % 7] = 0;
        ck_assert_int_eq(h5_create(scratch_path(&scratch, "x.h5"), "bank", &w, NULL), 0);
        h5_put_text(w, "a", before, NULL);
        h5_put(w, "v", H5_BF16, 1, (int64_t[]){5000 - (int64_t)n}, half, NULL);
        h5_put(w, "few", H5_BF16, 1, (int64_t[]){9}, few, NULL);
        ck_assert_int_eq(h5_commit(w, NULL), 0);
        H5File *f = h5_good(scratch.path);
        const H5Entry *v = h5_find(f, "v");
        ck_assert_msg(h5_map(v, &m, &err) == 0, "%s", err.text);
        ck_assert_ptr_nonnull(m);
        ck_assert_uint_eq((uintptr_t)file_map_data(m) % 64, 0);
        h5_close(f); /* the map remains */
        ck_assert_mem_eq(file_map_data(m), half, (5000 - n) * sizeof *half);
        ck_assert_int_eq(file_map_check(m, NULL), 0);
        file_map_free(m);
    }
}
END_TEST

START_TEST(an_empty_text_and_an_empty_file)
{
    H5Writer *w;
    char *text;
    ck_assert_int_eq(h5_create(scratch_path(&scratch, "x.h5"), "bank", &w, NULL), 0);
    h5_put_text(w, "t", "", NULL);
    ck_assert_int_eq(h5_commit(w, NULL), 0);
    H5File *f = h5_good(scratch.path);
    ck_assert_int_eq(h5_read_text(f, "t", &text, NULL), 0);
    ck_assert_str_eq(text, "");
    mem_free(text);
    h5_close(f);
    ck_assert_int_eq(h5_create(scratch_path(&scratch, "y.h5"), "bank", &w, NULL), 0);
    ck_assert_int_eq(h5_commit(w, NULL), 0);
    f = h5_good(scratch.path);
    ck_assert_int_eq(h5_count(f), 0);
    ck_assert_ptr_null(h5_find(f, "t"));
    h5_close(f);
}
END_TEST

START_TEST(equal_contents_equal_bytes)
{
    char a[33], b[33], c[33];
    Bytes first, second;
    write_sample("a.h5", 0, "x");
    ck_assert_int_eq(file_read(scratch.path, &first, NULL), 0);
    h5_content_of(scratch.path, a);
    nanosleep(&(struct timespec){1, 100000000}, NULL); /* HDF5 would store seconds */
    write_sample("b.h5", 0, "x");
    ck_assert_int_eq(file_read(scratch.path, &second, NULL), 0);
    ck_assert_uint_eq(first.len, second.len);
    ck_assert_mem_eq(first.data, second.data, first.len);
    h5_content_of(write_sample("c.h5", 1, "another note"), b); /* other order, other info/ */
    ck_assert_str_eq(a, b);
    ck_assert_uint_eq(strspn(a, "0123456789abcdef"), 32);
    H5Writer *w;
    ck_assert_int_eq(h5_create(scratch_path(&scratch, "d.h5"), "checkpoint", &w, NULL), 0);
    h5_put(w, "param/a.b.weight", H5_F32, 2, (int64_t[]){3, 2}, weights, NULL);
    ck_assert_int_eq(h5_commit(w, NULL), 0);
    h5_content_of(scratch.path, c);
    ck_assert_str_ne(a, c);
    bytes_free(&first);
    bytes_free(&second);
}
END_TEST

/* The content hash covers names, types and shapes, not only data. */
START_TEST(content_depends_on_shapes)
{
    static const struct {
        const char *name;
        enum H5Type type;
        int64_t shape[2];
    } part[] = {{"a", H5_F64, {2, 4}},
                {"a", H5_F64, {4, 2}},
                {"a", H5_I64, {2, 4}},
                {"b", H5_F64, {2, 4}}};
    const double zero[8] = {0};
    char content[4][33];
    for (int i = 0; i < 4; i++) {
        H5Writer *w;
        ck_assert_int_eq(h5_create(scratch_path(&scratch, "x.h5"), "k", &w, NULL), 0);
        h5_put(w, part[i].name, part[i].type, 2, part[i].shape, zero, NULL);
        ck_assert_int_eq(h5_commit(w, NULL), 0);
        h5_content_of(scratch.path, content[i]);
        for (int k = 0; k < i; k++) ck_assert_str_ne(content[i], content[k]);
    }
}
END_TEST

START_TEST(every_flipped_byte_is_refused)
{
    Bytes b;
    write_sample("x.h5", 0, "x");
    ck_assert_int_eq(file_read(scratch.path, &b, NULL), 0);
    for (size_t i = 0; i < b.len; i++) {
        b.data[i] ^= (uint8_t)(1 << i % 8);
        h5_refused(scratch_write(&scratch, "y.h5", b.data, b.len), "y.h5: ");
        b.data[i] ^= (uint8_t)(1 << i % 8);
    }
    bytes_free(&b);
}
END_TEST

START_TEST(every_truncated_file_is_refused)
{
    Bytes b;
    write_sample("x.h5", 0, "x");
    ck_assert_int_eq(file_read(scratch.path, &b, NULL), 0);
    for (size_t n = 0; n < b.len; n += n < 600 ? 1 : 13)
        h5_refused(scratch_write(&scratch, "y.h5", b.data, n), "truncated");
    b.data[b.len] = 0;
    h5_refused(scratch_write(&scratch, "y.h5", b.data, b.len + 1), "corrupt");
    bytes_free(&b);
}
END_TEST

START_TEST(refuses_other_files)
{
    char text[600];
    memset(text, 'x', sizeof text);
    h5_refused("/nonexistent/x.h5", "/nonexistent/x.h5: cannot open: No such file");
    h5_refused("/tmp", "/tmp: not a regular file");
    h5_refused("/dev/zero", "/dev/zero: not a regular file");
    h5_refused(scratch_write(&scratch, "x", "", 0), "0 bytes: not a file of ramplus");
    h5_refused(scratch_write(&scratch, "x", text, sizeof text),
               "byte 0: not a file of ramplus");
    hid_t file =
        H5Fcreate(scratch_path(&scratch, "x"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    H5Fclose(file);
    h5_refused(scratch.path, "byte 0: not a file of ramplus");
}
END_TEST

/* The checksums of the arrays detect corruption that a new checksum block hides. */
START_TEST(checksum_of_an_array)
{
    Bytes b;
    write_sample("x.h5", 0, "x");
    ck_assert_int_eq(file_read(scratch.path, &b, NULL), 0);
    for (size_t i = 0; i + sizeof weights <= b.len; i++)
        if (memcmp(b.data + i, weights, sizeof weights) == 0) b.data[i + 2] ^= 1;
    scratch_write(&scratch, "x.h5", b.data, b.len);
    h5_reseal(scratch.path);
    H5File *f = h5_good(scratch.path);
    Error err = {0};
    char out[64];
    ck_assert_int_eq(h5_read(f, h5_find(f, "param/a.b.weight"), out, &err), -1);
    expect_error(&err, ERROR_CHECKPOINT, "x.h5: param/a.b.weight: checksum: does not match");
    err = (Error){0};
    ck_assert_int_eq(h5_verify(f, &err), -1);
    expect_error(&err, ERROR_CHECKPOINT, "param/a.b.weight: checksum");
    ck_assert_int_eq(h5_content(f, out, NULL), -1);
    h5_close(f);
    bytes_free(&b);
}
END_TEST

START_TEST(a_number_is_not_a_text)
{
    Error err = {0};
    char *text = NULL;
    H5File *f = h5_good(write_sample("x.h5", 0, "x"));
    ck_assert_int_eq(h5_read_text(f, "bits", &text, &err), -1);
    expect_error(&err, ERROR_CHECKPOINT, "bits: not a text");
    err = (Error){0};
    ck_assert_int_eq(h5_read_text(f, "tags", &text, &err), -1);
    expect_error(&err, ERROR_CHECKPOINT, "tags: missing");
    h5_close(f);
}
END_TEST

static void replace_all(Bytes *b, const void *from, const void *to, size_t n)
{
    int found = 0;
    for (size_t i = 0; i + n <= b->len; i++)
        if (memcmp(b->data + i, from, n) == 0) memcpy(b->data + i, to, n), found++;
    ck_assert_int_ge(found, 1);
}

/* It would be read as a shorter text than the file stores. */
START_TEST(a_text_with_a_nul)
{
    static const char one[] = "half\1hidden", cut[] = "half\0hidden";
    uint8_t hash[2][HASH_BYTES];
    Bytes b;
    Error err = {0};
    char *text = NULL;
    const char *path = write_sample("x.h5", 0, one);
    hash_of(one, sizeof one - 1, hash[0]);
    hash_of(cut, sizeof cut - 1, hash[1]);
    ck_assert_int_eq(file_read(path, &b, NULL), 0);
    replace_all(&b, one, cut, sizeof one - 1);
    replace_all(&b, hash[0], hash[1], HASH_BYTES);
    scratch_write(&scratch, "x.h5", b.data, b.len);
    bytes_free(&b);
    h5_reseal(path);
    H5File *f = h5_good(path);
    ck_assert_int_eq(h5_verify(f, NULL), 0);
    ck_assert_int_eq(h5_read_text(f, "info/note", &text, &err), -1);
    expect_error(&err, ERROR_CHECKPOINT, "info/note: not a text: NUL byte");
    ck_assert_ptr_null(text);
    h5_close(f);
}
END_TEST

Suite *test_h5_suite(void);
Suite *test_h5_suite(void)
{
    Suite *s = suite_create("h5");
    TCase *c = tcase_create("h5");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, round_trip);
    tcase_add_test(c, an_empty_text_and_an_empty_file);
    tcase_add_test(c, bfloat16);
    tcase_add_test(c, mapping);
    tcase_add_test(c, equal_contents_equal_bytes);
    tcase_add_test(c, content_depends_on_shapes);
    tcase_add_test(c, every_flipped_byte_is_refused);
    tcase_add_test(c, every_truncated_file_is_refused);
    tcase_add_test(c, refuses_other_files);
    tcase_add_test(c, checksum_of_an_array);
    tcase_add_test(c, a_number_is_not_a_text);
    tcase_add_test(c, a_text_with_a_nul);
    suite_add_tcase(s, c);
    return s;
}
