/* SPDX-License-Identifier: Apache-2.0 */
/* Safetensors: round trip, every element type, and files that must be rejected. */
#include "core/formats/safetensors.h"
#include "core/io/file.h"
#include "core/mem.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static Scratch scratch;
static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

/* Header length, header, data. */
static const char *compose(const char *header, const void *data, size_t len)
{
    uint8_t bytes[4096];
    uint64_t n = strlen(header);
    ck_assert_uint_le(8 + n + len, sizeof bytes);
    memcpy(bytes, &n, 8);
    memcpy(bytes + 8, header, n);
    if (len) memcpy(bytes + 8 + n, data, len);
    return scratch_write(&scratch, "x.safetensors", bytes, 8 + n + len);
}

static StFile *open_good(const char *path)
{
    Error err = {0};
    StFile *f = NULL;
    ck_assert_msg(st_open(path, &f, &err) == 0, "%s", err.text);
    return f;
}

START_TEST(round_trip)
{
    const float a[6] = {1, -2, 3.5f, 0, INFINITY, -1e-40f}, s = 7;
    const StWrite w[] = {
        {"b.weight", 2, {2, 3}, a}, {"a \"q\" \\", 0, {0}, &s}, {"none", 2, {0, 5}, a}};
    Error err = {0};
    const char *path = scratch_path(&scratch, "x.safetensors");
    ck_assert_int_eq(st_write(path, NULL, 0, w, 3, &err), 0);
    StFile *f = open_good(path);
    ck_assert_int_eq(st_count(f), 3);
    ck_assert_str_eq(st_entry(f, 0)->name, "b.weight");
    ck_assert_uint_eq(st_entry(f, 0)->begin % 8, 0);
    ck_assert_str_eq(st_metadata(f, "format"), "pt");
    ck_assert_ptr_null(st_metadata(f, "other"));
    ck_assert_ptr_null(st_find(f, "c"));
    ck_assert_int_eq(st_find(f, "none")->len, 0);
    float back[6], one;
    ck_assert_int_eq(st_read_f32(f, st_find(f, "b.weight"), back, &err), 0);
    ck_assert_mem_eq(back, a, sizeof a);
    ck_assert_int_eq(st_read_f32(f, st_find(f, "a \"q\" \\"), &one, &err), 0);
    ck_assert_mem_eq(&one, &s, sizeof s);
    st_close(f);
}
END_TEST

START_TEST(refuses_to_write_a_name_twice)
{
    const float x = 1;
    const StWrite w[] = {{"a", 1, {1}, &x}, {"a", 1, {1}, &x}};
    Error err = {0};
    ck_assert_int_eq(st_write(scratch_path(&scratch, "x"), NULL, 0, w, 2, &err), -1);
    expect_error(&err, ERROR_DATA, "tensor 'a': duplicate name");
    ck_assert(!file_exists(scratch.path));
}
END_TEST

START_TEST(write_failure)
{
    Error err = {0};
    ck_assert_int_eq(st_write(scratch_path(&scratch, "no/x"), NULL, 0, NULL, 0, &err), -1);
    expect_error(&err, ERROR_RUNTIME, "cannot write: No such file");
}
END_TEST

/* dtype, little-endian bytes, number of elements, their values */
static const struct Type {
    const char *name, *bytes;
    int size;
    float value[4];
} types[] = {
    {"F32", "\0\0\x80\x3f\0\0\0\xc0", 4, {1, -2}},
    {"F64", "\0\0\0\0\0\0\xf0\x3f\0\0\0\0\0\0\x04\xc0", 8, {1, -2.5f}},
    {"F16", "\x00\x3c\x01\x80\xff\x7b\x00\x04", 2, {1, -0x1p-24f, 65504, 0x1p-14f}},
    {"F16", "\x00\xfc\x00\x7c\x00\x80\xff\x03", 2, {-INFINITY, INFINITY, -0.0f, 0x3ffp-24f}},
    {"BF16", "\x80\x3f\x00\xc0\x80\x7f\x01\x00", 2, {1, -2, INFINITY, 0x1p-133f}},
    {"U8", "\x00\x01\x80\xff", 1, {0, 1, 128, 255}},
    {"BOOL", "\x00\x01\x02\x00", 1, {0, 1, 1, 0}},
    {"I8", "\x00\x01\x80\xff", 1, {0, 1, -128, -1}},
    {"U16", "\x01\x00\xff\xff", 2, {1, 65535}},
    {"I16", "\x01\x00\xff\xff", 2, {1, -1}},
    {"U32", "\x01\0\0\0\xff\xff\xff\xff", 4, {1, 0x1p32f}},
    {"I32", "\x01\0\0\0\xff\xff\xff\xff", 4, {1, -1}},
    {"U64", "\x01\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", 8, {1, 0x1p64f}},
    {"I64", "\x01\0\0\0\0\0\0\0\xfe\xff\xff\xff\xff\xff\xff\xff", 8, {1, -2}},
};
enum { TYPES = sizeof types / sizeof *types };

START_TEST(converts)
{
    const struct Type *t = &types[_i];
    char header[256];
    int n = t->size <= 2 && strcmp(t->name, "U16") != 0 && strcmp(t->name, "I16") != 0 ? 4 : 2;
    /* the three bytes before put every element at an odd address of the file */
    snprintf(header, sizeof header,
             "{\"x\":{\"dtype\":\"%s\",\"shape\":[%d],\"data_offsets\":[3,%d]},"
             "\"pad\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]}}",
             t->name, n, 3 + n * t->size);
    uint8_t data[64] = {9, 9, 9};
    memcpy(data + 3, t->bytes, (size_t)(n * t->size));
    StFile *f = open_good(compose(header, data, (size_t)(3 + n * t->size)));
    ck_assert_str_eq(st_entry(f, 0)->name, "pad");
    float out[4];
    ck_assert_int_eq(st_read_f32(f, st_find(f, "x"), out, NULL), 0);
    for (int i = 0; i < n; i++) {
        ck_assert_msg(memcmp(&out[i], &t->value[i], sizeof *out) == 0,
                      "%s[%d]: %g, expected %g", t->name, i, (double)out[i],
                      (double)t->value[i]);
    }
    st_close(f);
}
END_TEST

START_TEST(half_nan)
{
    const char *h = "{\"x\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]}}";
    StFile *f = open_good(compose(h, "\x01\x7c\x00\xfe", 4));
    float out[2];
    ck_assert_int_eq(st_read_f32(f, st_entry(f, 0), out, NULL), 0);
    ck_assert(isnan(out[0]) && isnan(out[1]));
    st_close(f);
}
END_TEST

START_TEST(float8_is_listed_but_not_read)
{
    const char *h = "{\"x\":{\"dtype\":\"F8_E4M3\",\"shape\":[2],\"data_offsets\":[0,2]}}";
    StFile *f = open_good(compose(h, "ab", 2));
    Error err = {0};
    float out[2];
    char raw[2];
    ck_assert_int_eq(st_read_f32(f, st_entry(f, 0), out, &err), -1);
    expect_error(&err, ERROR_DATA, "tensor 'x': dtype F8_E4M3: cannot be read");
    ck_assert_int_eq(st_read_raw(f, st_entry(f, 0), raw, NULL), 0);
    ck_assert_mem_eq(raw, "ab", 2);
    st_close(f);
}
END_TEST

#define T(dtype, shape, range)                                                                 \
    "{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" range "}"

/* A header for 8 bytes of data, and the expected error. */
static const struct Bad {
    const char *header, *message;
} bad[] = {
    {"[1,2]   ", "byte 8: header: does not start with '{'"},
    {"{\"a\":", "header: "},
    {"{} {}", "byte 12: header: end of file expected"},
    {"{\"a\":[[[[[[1]]]]]]}", "byte 15: header: nested deeper than 3"},
    {"{\"a\":1}", "tensor 'a': not an object"},
    {"{\"a\\u0000b\":1}", "header: NUL byte in object key"},
    {"{\"\xff\":1}", "header: unable to decode byte 0xff"},
    {"{\"\":" T("U8", "[8]", "[0,8]") "}", "tensor '': empty name"},
    {"{\"a\":" T("U8", "[8]", "[0,8]") ",\"a\":" T("U8", "[8]", "[0,8]") "}",
     "duplicate object"},
    {"{\"a\":{\"shape\":[8],\"data_offsets\":[0,8]}}", "tensor 'a': dtype: missing"},
    {"{\"a\":" T("F32", "2", "[0,8]") "}", "tensor 'a': shape: not an array"},
    {"{\"a\":" T("F32", "[-2]", "[0,8]") "}", "tensor 'a': shape: not whole numbers"},
    {"{\"a\":" T("F32", "[2.0]", "[0,8]") "}", "tensor 'a': shape: not whole numbers"},
    {"{\"a\":" T("F32", "[99999999999999999999]", "[0,8]") "}", "header: too big integer"},
    {"{\"a\":" T("F32", "[1,1,1,1,1,1,1,1,2]", "[0,8]") "}", "shape: more than 8 axes"},
    {"{\"a\":" T("F32", "[4294967296,4294967296]", "[0,8]") "}", "the product overflows"},
    {"{\"a\":" T("F32", "[4611686018427387906]", "[0,8]") "}", "do not fill the 8 bytes"},
    {"{\"a\":" T("F32", "[3]", "[0,8]") "}", "3 elements of F32 do not fill the 8 bytes"},
    {"{\"a\":" T("F32", "[2]", "[0]") "}", "data_offsets: expected [begin, end]"},
    {"{\"a\":" T("F32", "[2]", "[8,0]") "}", "data_offsets: expected [begin, end]"},
    {"{\"a\":" T("F32", "[2]", "[-8,0]") "}", "data_offsets: expected [begin, end]"},
    {"{\"a\":" T("F32", "[4]", "[0,16]") "}", "ends at byte 16 of the data, which has 8"},
    {"{\"a\":" T("U8", "[8]", "[0,8]") ",\"b\":" T("U8", "[4]", "[4,8]") "}",
     "tensor 'b': overlaps the tensor before it"},
    {"{\"a\":" T("U8", "[3]", "[0,3]") ",\"b\":" T("U8", "[4]", "[4,8]") "}",
     "tensor 'b': leaves a hole"},
    {"{\"a\":" T("U8", "[4]", "[0,4]") "}", "4 bytes after the last tensor"},
    {"{}", "byte 10: 8 bytes after the last tensor"},
    {"{\"__metadata__\":[]}", "__metadata__: not an object"},
    {"{\"__metadata__\":{\"k\":1}}", "__metadata__: 'k': not a string"},
};
enum { BAD = sizeof bad / sizeof *bad };

/* A type that is not known is an entry that cannot be read; the others can. */
START_TEST(an_unknown_type_is_named_where_it_is_read)
{
    float out[2];
    Error err = {0};
    StFile *f = open_good(compose("{\"a\":" T("F31_E2M1FNUZ_OF_2031_AND_LATER", "[3]",
                                              "[0,4]") ",\"b\":" T("U8", "[2]", "[4,6]") "}",
                                  "\1\2\3\4\5\6", 6));
    char raw[4];
    ck_assert_int_eq(st_count(f), 2);
    ck_assert_int_eq(st_read_f32(f, st_find(f, "b"), out, NULL), 0);
    ck_assert_double_eq((double)out[1], 6);
    ck_assert_int_eq(st_read_raw(f, st_find(f, "a"), raw, NULL), 0);
    ck_assert_mem_eq(raw, "\1\2\3\4", 4);
    ck_assert_int_eq(st_read_f32(f, st_find(f, "a"), out, &err), -1);
    expect_error(&err, ERROR_DATA, "tensor 'a': dtype F31_E2M1FNUZ_OF_2031_AN: cannot be read");
    st_close(f);
}
END_TEST

START_TEST(an_unknown_type_is_no_larger_than_its_bytes)
{
    Error err = {0};
    StFile *f = NULL;
    const char *path = compose("{\"a\":" T("F4", "[39]", "[0,4]") "}", "1234", 4);
    st_close(open_good(path));
    path = compose("{\"a\":" T("F4", "[1000,1000]", "[0,4]") "}", "1234", 4);
    ck_assert_int_eq(st_open(path, &f, &err), -1);
    expect_error(&err, ERROR_DATA,
                 "tensor 'a': shape: more elements than data_offsets has bits");
}
END_TEST

START_TEST(refuses_bad_headers)
{
    Error err = {0};
    StFile *f = NULL;
    ck_assert_int_eq(st_open(compose(bad[_i].header, "12345678", 8), &f, &err), -1);
    ck_assert_ptr_null(f);
    expect_error(&err, ERROR_DATA, bad[_i].message);
    expect_error(&err, ERROR_DATA, "x.safetensors: ");
}
END_TEST

static void refuse_file(const char *path, const char *message)
{
    Error err = {0};
    StFile *f = NULL;
    ck_assert_int_eq(st_open(path, &f, &err), -1);
    expect_error(&err, ERROR_DATA, message);
}

START_TEST(refuses_bad_files)
{
    refuse_file("/nonexistent/x", "cannot open: No such file");
    refuse_file("/tmp", "/tmp: not a regular file");
    refuse_file("/dev/zero", "/dev/zero: not a regular file");
    refuse_file(scratch_write(&scratch, "x", "", 0), "0 bytes: too short");
    refuse_file(scratch_write(&scratch, "x", "1234567", 7), "7 bytes: too short");
    refuse_file(scratch_write(&scratch, "x", "\x09\0\0\0\0\0\0\0{}", 10),
                "byte 0: header of 9 bytes: the file ends after 2");
    refuse_file(scratch_write(&scratch, "x", "\x89PNG\r\n\x1a\nxxxx", 12), "not safetensors?");
    refuse_file(scratch_write(&scratch, "x", "\xff\xff\xff\xff\xff\xff\xff\xff{}", 10),
                "header of 18446744073709551615 bytes");
}
END_TEST

/* A header of many small values must be rejected before the parser allocates gigabytes. */
START_TEST(refuses_a_flood_of_values)
{
    size_t n = 3 << 20;
    char *bytes = mem_alloc(8 + n);
    uint64_t len = n;
    memcpy(bytes, &len, 8);
    memcpy(bytes + 8, "{\"a\":[", 6);
    for (size_t i = 14; i < 8 + n; i++) bytes[i] = i % 2 ? ',' : '1';
    refuse_file(scratch_write(&scratch, "x", bytes, 8 + n), "values, at most 1000000");
    mem_free(bytes);
}
END_TEST

START_TEST(file_shortened_after_opening)
{
    const float a[4] = {1, 2, 3, 4};
    const StWrite w = {"a", 1, {4}, a};
    const char *path = scratch_path(&scratch, "x");
    ck_assert_int_eq(st_write(path, NULL, 0, &w, 1, NULL), 0);
    StFile *f = open_good(path);
    scratch_write(&scratch, "x", "", 0);
    Error err = {0};
    float out[4];
    ck_assert_int_eq(st_read_f32(f, st_entry(f, 0), out, &err), -1);
    expect_error(&err, ERROR_DATA, "cannot read: the file has become shorter");
    st_close(f);
}
END_TEST

/* The stored bfloat16 weights of the small model have the names of model_tiny and close
 * values. */
START_TEST(golden_bfloat16)
{
    StFile *f = open_good("tests/golden/weights/ram_plus_tiny_bf16.safetensors");
    ck_assert_int_gt(st_count(f), 20);
    for (int64_t i = 0; i < st_count(f); i++) {
        const StEntry *e = st_entry(f, i);
        float *x = mem_alloc((size_t)e->len * sizeof *x);
        ck_assert_int_eq(st_read_f32(f, e, x, NULL), 0);
        for (int64_t k = 0; k < e->len; k++) ck_assert_msg(isfinite(x[k]), "%s", e->name);
        mem_free(x);
    }
    ck_assert_str_eq(st_find(f, "fc.bias")->dtype, "BF16");
    float scale;
    ck_assert_int_eq(st_read_f32(f, st_find(f, "reweight_scale"), &scale, NULL), 0);
    ck_assert_double_eq_tol((double)scale, log(1 / 0.07), 0.01);
    st_close(f);
}
END_TEST

Suite *test_safetensors_suite(void);
Suite *test_safetensors_suite(void)
{
    Suite *s = suite_create("safetensors");
    TCase *c = tcase_create("safetensors");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, round_trip);
    tcase_add_test(c, refuses_to_write_a_name_twice);
    tcase_add_test(c, write_failure);
    tcase_add_loop_test(c, converts, 0, TYPES);
    tcase_add_test(c, half_nan);
    tcase_add_test(c, float8_is_listed_but_not_read);
    tcase_add_test(c, an_unknown_type_is_named_where_it_is_read);
    tcase_add_test(c, an_unknown_type_is_no_larger_than_its_bytes);
    tcase_add_loop_test(c, refuses_bad_headers, 0, BAD);
    tcase_add_test(c, refuses_bad_files);
    tcase_add_test(c, refuses_a_flood_of_values);
    tcase_add_test(c, file_shortened_after_opening);
    tcase_add_test(c, golden_bfloat16);
    suite_add_tcase(s, c);
    return s;
}
