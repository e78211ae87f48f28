/* SPDX-License-Identifier: Apache-2.0 */
/* The catalog at the end of a file: what is written is read, HDF5 sees the same, and no bytes
 * that anyone could put there lead out of the file. */
#include "core/hdf5/h5_catalog.h"
#include "core/hdf5/h5_old.h"
#include "core/hdf5/h5_write.h"
#include "core/mem.h"
#include "core/rng.h"
#include "tests/core/hdf5/h5_make.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static Scratch scratch;
static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

/* The catalog of the file, what HDF5 finds in it, and what reading makes of it, are the
 * same. */
START_TEST(hdf5_finds_the_same)
{
    Error err = {0};
    Text seen = {0}, again = {0};
    const char *path = scratch_path(&scratch, "x.h5");
    h5_random(path, (uint64_t)_i);
    Bytes written = h5_catalog_of(path);
    H5File *f = h5_good(path), *same = h5_file_new(path);
    same->fd = f->fd;
    ck_assert_msg(h5_old_parse(same, &seen, &err) == 0, "%s", err.text);
    h5_catalog_encode(f, &again);
    ck_assert_uint_eq(seen.len, written.len);
    ck_assert_mem_eq(seen.data, written.data, seen.len);
    ck_assert_uint_eq(again.len, written.len);
    ck_assert_mem_eq(again.data, written.data, again.len);
    same->fd = -1;
    h5_close(same);
    h5_close(f);
    text_free(&again);
    text_free(&seen);
    bytes_free(&written);
}
END_TEST

/* Places in the catalog of the file that `three` writes. */
enum { A = 40, B = A + 40 + 8 + 8, C = B + 40 + 16 + 8, END = C + 40 + 8 + 8, KIND = 8 };
enum { AT = 0, BYTES = 8, TYPE = 32, NDIM = 33, NAME = 34, ZERO = 36, AXES = 40 };
static const uint64_t first = 4242, end = 5000; /* places in a file */

/* "a": 3 float32, "b": 2 x 5 int64, "c": a text of 4 bytes, one behind the other. */
static void three(Text *out)
{
    H5File *f = h5_file_new("x.h5");
    const H5Item item[] = {
        {.entry = {.type = H5_F32, .ndim = 1, .shape = {3}, .len = 3}, .at = first},
        {.entry = {.type = H5_I64, .ndim = 2, .shape = {2, 5}, .len = 10}, .at = first + 12},
        {.entry = {.type = H5_U8, .ndim = 1, .shape = {4}, .len = 4},
         .text = true,
         .at = end - 4}};
    strcpy(f->kind, "bank");
    for (int i = 0; i < 3; i++) h5_add(f, (const char *[]){"a", "b", "c"}[i], &item[i]);
    h5_catalog_encode(f, out);
    h5_close(f);
    ck_assert_uint_eq(out->len, END);
}

static const struct {
    size_t place, bytes;
    uint64_t value; /* written over so many bytes at that place */
    const char *message;
} faults[] = {
    {0, 8, 4, "entry 4: truncated"},
    {0, 8, 1ull << 62, "entry 4: truncated"},
    {0, 8, 2, "bytes behind its last entry"},
    {0, 8, 0, "bytes behind its last entry"},
    {KIND + 5, 1, 'x', "kind: not a text"},
    {KIND + 31, 1, 'x', "kind: not a text"},
    {A + AT, 8, 511, "entry 1: data: outside of the file"},
    {A + AT, 8, end - 11, "entry 1: data: outside of the file"},
    {A + AT, 8, end + 1, "entry 1: data: outside of the file"},
    {A + AT, 8, -4ull, "entry 1: data: outside of the file"},
    {A + AT, 8, 0, "entry 1: data: outside of the file"},
    {C + AT, 8, end, "entry 3: data: outside of the file"},
    {A + AT, 8, first + 1, "b: data: part of another array"},
    {A + AT, 8, first + 12, "data: part of another array"},
    {C + AT, 8, first + 91, "c: data: part of another array"},
    {A + BYTES, 8, 11, "entry 1: shape: does not fit"},
    {A + BYTES, 8, 1ull << 62, "entry 1: shape: does not fit"},
    {A + AXES, 8, 1ull << 62, "entry 1: shape: does not fit"},
    {A + AXES, 8, -1ull, "entry 1: shape: does not fit"},
    {A + AXES, 8, 4, "entry 1: shape: does not fit"},
    {A + AXES, 8, 0, "entry 1: shape: does not fit"},
    {B + AXES, 8, (1ull << 61) + 2, "entry 2: shape: does not fit"},
    {A + TYPE, 1, 1, "entry 1: shape: does not fit"},
    {A + TYPE, 1, 5, "entry 1: shape: does not fit"},
    {A + TYPE, 1, 6, "entry 1: unknown type"},
    {A + TYPE, 1, 255, "entry 1: unknown type"},
    {C + NDIM, 1, 0, "entry 3: shape: does not fit"},
    {A + NDIM, 1, 9, "entry 1: not written by ramplus"},
    {A + ZERO, 1, 1, "entry 1: not written by ramplus"},
    {A + NAME, 2, 0, "entry 1: not a name"},
    {A + NAME, 2, 2, "entry 1: not a name"},
    {A + NAME, 2, 1025, "entry 1: not written by ramplus"},
    {C + NAME, 2, 8, "entry 3: truncated"},
    {A + AXES + 8, 1, 0, "entry 1: not a name"},
    {A + AXES + 8, 1, '/', "entry 1: not a name"},
    {A + AXES + 8, 1, '.', "entry 1: not a name"},
    {A + AXES + 8, 1, 0xff, "entry 1: not a name"},
    {A + AXES + 15, 1, 'x', "entry 1: not a name"},
    {A + AXES + 8, 1, 'b', "entry 2: a name twice, or not in order"},
    {A + AXES + 8, 1, 'd', "entry 2: a name twice, or not in order"},
};
enum { FAULTS = sizeof faults / sizeof *faults };

static void decode_refused(const char *bytes, size_t len, const char *message)
{
    Error err = {0};
    H5File *f = h5_file_new("x.h5");
    char *exact =
        mem_realloc(NULL, len); /* so that AddressSanitizer finds every byte too many */
    memcpy(exact, bytes, len);
    ck_assert_int_eq(h5_catalog_decode(f, exact, len, end, &err), -1);
    expect_error(&err, ERROR_CHECKPOINT, message);
    mem_free(exact);
    h5_close(f);
}

START_TEST(each_fault_is_found)
{
    Text t = {0};
    three(&t);
    H5File *f = h5_file_new("x.h5");
    ck_assert_int_eq(h5_catalog_decode(f, t.data, t.len, end, NULL), 0);
    h5_close(f);
    memcpy(t.data + faults[_i].place, &faults[_i].value, faults[_i].bytes);
    decode_refused(t.data, t.len, faults[_i].message);
    text_free(&t);
}
END_TEST

START_TEST(each_cut_is_found)
{
    Text t = {0};
    three(&t);
    for (size_t n = 0; n < t.len; n++) decode_refused(t.data, n, "truncated");
    text_put(&t, "x");
    decode_refused(t.data, t.len, "bytes behind its last entry");
    text_free(&t);
}
END_TEST

/* An empty array takes no bytes, but its other axes must be possible all the same. */
START_TEST(empty_arrays)
{
    Text t = {0};
    H5File *f = h5_file_new("x.h5");
    const H5Item item = {.entry = {.type = H5_F32, .ndim = 2, .shape = {0, 1ll << 61}}};
    h5_add(f, "a", &item);
    h5_catalog_encode(f, &t);
    decode_refused(t.data, t.len, "entry 1: shape: does not fit");
    text_free(&t);
    f->item->entry.shape[1] = 3;
    f->item->at = 4242;
    h5_catalog_encode(f, &t);
    decode_refused(t.data, t.len, "entry 1: data: outside of the file");
    text_free(&t);
    h5_close(f);
}
END_TEST

static void trailer_refused(size_t from_end, const void *bytes, size_t n, const char *message)
{
    Bytes b;
    const char *path = scratch_path(&scratch, "x.h5");
    h5_random(path, 3);
    ck_assert_int_eq(file_read(path, &b, NULL), 0);
    memcpy(b.data + b.len - from_end, bytes, n);
    scratch_write(&scratch, "x.h5", b.data, b.len);
    bytes_free(&b);
    h5_reseal(scratch.path);
    h5_refused(scratch.path, message);
}

/* A catalog may be long only up to a point, also in a large file. */
START_TEST(the_longest_catalog)
{
    struct {
        uint64_t bytes;
        char mark[8];
    } trailer = {(4 << 20) + 1, {'R', 'A', 'M', 'P', 'C', 'A', 'T', '1'}};
    const int fd = open(scratch_path(&scratch, "x.h5"), O_RDWR | O_CREAT, 0600);
    for (int i = 0; i < 2; i++, trailer.bytes--) {
        ck_assert_int_eq(ftruncate(fd, 20 << 20), 0);
        ck_assert_int_eq(pwrite(fd, &trailer, 16, 20 << 20), 16);
        h5_reseal(scratch.path);
        h5_refused(scratch.path, i ? "catalog: bytes behind its last entry"
                                   : "catalog: its length does not fit the file");
    }
    close(fd);
}
END_TEST

START_TEST(trailers)
{
    const uint64_t length[] = {0, 4 << 20 | 1, 1ull << 62, -1ull};
    for (int i = 0; i < 4; i++)
        trailer_refused(16, &length[i], 8, "x.h5: catalog: its length does not fit the file");
    const uint64_t shorter = 40;
    trailer_refused(16, &shorter, 8, "x.h5: catalog: ");
    trailer_refused(1, "3", 1, "x.h5: catalog: of a later version of ramplus");
    trailer_refused(1, "0", 1, "x.h5: catalog: of a later version of ramplus");
}
END_TEST

/* Version 2 only if there are numbers in bfloat16, which programs without them then refuse by
 * the version. */
START_TEST(versions)
{
    for (int half = 0; half < 2; half++) {
        H5Writer *w;
        Bytes b;
        const char *path = scratch_path(&scratch, "x.h5");
        ck_assert_int_eq(h5_create(path, "bank", &w, NULL), 0);
        h5_put(w, "a", H5_F32, 1, (int64_t[]){1}, &(float){1}, NULL);
        h5_put(w, "b", half ? H5_BF16 : H5_U8, 1, (int64_t[]){2}, "abcd", NULL);
        ck_assert_int_eq(h5_commit(w, NULL), 0);
        ck_assert_int_eq(file_read(path, &b, NULL), 0);
        ck_assert_int_eq(b.data[b.len - 1], half ? '2' : '1');
        bytes_free(&b);
    }
}
END_TEST

/* Whatever a catalog says is within bounds, and it says it in one way only. */
static void check_decoded(const H5File *f, const Text *t)
{
    Text again = {0};
    for (int64_t i = 0; i < f->count; i++)
        ck_assert(h5_bytes(&f->item[i]) == 0 ||
                  (f->item[i].at >= 512 && f->item[i].at + h5_bytes(&f->item[i]) <= end));
    h5_catalog_encode(f, &again);
    ck_assert_uint_eq(again.len, t->len);
    ck_assert_mem_eq(again.data, t->data, t->len);
    text_free(&again);
}

START_TEST(random_faults)
{
    Rng rng = rng_new(7, 0, 0, RNG_TEST);
    int good = 0;
    for (int i = 0; i < 20000; i++) {
        Text t = {0};
        three(&t);
        for (int k = 0; k <= i % 3; k++)
            t.data[rng_below(&rng, (uint32_t)t.len)] ^= (char)(1 << rng_below(&rng, 8));
        H5File *f = h5_file_new("x.h5");
        if (h5_catalog_decode(f, t.data, t.len, end, NULL) == 0) {
            check_decoded(f, &t);
            good++;
        }
        h5_close(f);
        text_free(&t);
    }
    ck_assert_int_gt(good, 1000); /* other places, names and checksums */
    ck_assert_int_lt(good, 19000);
}
END_TEST

START_TEST(names_that_are_too_long)
{
    static char name[1100];
    Error err = {0};
    H5Writer *w;
    const char *path = scratch_path(&scratch, "x.h5");
    memset(name, 'x', 1024);
    ck_assert_int_eq(h5_create(path, "bank", &w, NULL), 0);
    ck_assert_int_eq(h5_put_text(w, name, "t", NULL), 0);
    ck_assert_int_eq(h5_commit(w, NULL), 0);
    H5File *f = h5_good(path);
    ck_assert_ptr_nonnull(h5_find(f, name));
    h5_close(f);
    name[1024] = 'x';
    ck_assert_int_eq(h5_create(path, "bank", &w, NULL), 0);
    ck_assert_int_eq(h5_put_text(w, name, "t", &err), -1);
    expect_error(&err, ERROR_RUNTIME, "cannot be a name");
    h5_abandon(w);
}
END_TEST

Suite *test_h5_catalog_suite(void);
Suite *test_h5_catalog_suite(void)
{
    Suite *s = suite_create("h5_catalog");
    TCase *c = tcase_create("h5_catalog");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_loop_test(c, hdf5_finds_the_same, 0, 20);
    tcase_add_loop_test(c, each_fault_is_found, 0, FAULTS);
    tcase_add_test(c, each_cut_is_found);
    tcase_add_test(c, empty_arrays);
    tcase_add_test(c, trailers);
    tcase_add_test(c, versions);
    tcase_add_test(c, the_longest_catalog);
    tcase_add_test(c, random_faults);
    tcase_add_test(c, names_that_are_too_long);
    suite_add_tcase(s, c);
    return s;
}
